"""Automation rules and macros for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.queries.members import agents_by_user
from automation import shapes
from automation.actions import macro_runs, macros, rules
from automation.actions.rules import InvalidRule
from automation.api import serializers
from automation.models import AutomationRule, Macro
from automation.queries.macros import visible_macros
from config.bodies import body_of
from config.problems import found
from inboxes.api.base import AccountAPIView, checked


class _Ruled(AccountAPIView):
    """An invalid rule answers {error: {field: [sentences]}}, an object where all others have a text."""

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, InvalidRule):
            return super().handle_exception(exc)
        body = {"code": exc.code, "error": exc.flaws, "message": exc.message, "attributes": exc.attributes}
        return Response(body, status=exc.status)


class _RuleView(_Ruled):
    reads = writes = "automation.manage"

    def find(self, rule_id: int) -> AutomationRule:
        rows = AutomationRule.objects.for_account(self.account_id)
        rule: AutomationRule = found(rows.filter(pk=rule_id).first())
        return rule


@extend_schema(responses=OpenApiTypes.OBJECT)
class RuleList(_RuleView):
    def get(self, request: Any) -> Response:
        rows = AutomationRule.objects.for_account(self.account_id).order_by("id")
        return Response({"payload": [shapes.rule(row) for row in rows]})

    @extend_schema(request=serializers.NewRule)
    def post(self, request: Any) -> Response:
        values = checked(serializers.NewRule(data=body_of(request)))
        return Response(shapes.rule(rules.create_rule(access=request.access, **values)))


@extend_schema(responses=OpenApiTypes.OBJECT)
class RuleDetail(_RuleView):
    def get(self, request: Any, rule_id: int) -> Response:
        return Response({"payload": shapes.rule(self.find(rule_id))})

    @extend_schema(request=serializers.RuleChanges)
    def patch(self, request: Any, rule_id: int) -> Response:
        self.find(rule_id)
        values = checked(serializers.RuleChanges(data=body_of(request)))
        rule = rules.update_rule(access=request.access, rule_id=rule_id, **values)
        return Response({"payload": shapes.rule(rule)})

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, rule_id: int) -> Response:
        rules.delete_rule(access=request.access, rule_id=rule_id)
        return Response()


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class RuleClone(_RuleView):
    def post(self, request: Any, rule_id: int) -> Response:
        rule = rules.clone_rule(access=request.access, rule_id=rule_id)
        return Response({"payload": shapes.rule(rule)})


class _MacroView(_Ruled):
    def shape(self, macro: Macro) -> shapes.Row:
        return shapes.macro(macro, agents_by_user(self.account_id, _people([macro])))

    def find(self, request: Any, macro_id: int) -> Macro:
        macro: Macro = found(visible_macros(request.access).filter(pk=macro_id).first())
        return macro


def _people(rows: list[Macro]) -> list[int]:
    return sorted({pk for row in rows for pk in (row.created_by_id, row.updated_by_id) if pk})


@extend_schema(responses=OpenApiTypes.OBJECT)
class MacroList(_MacroView):
    def get(self, request: Any) -> Response:
        rows = list(visible_macros(request.access))
        people = agents_by_user(self.account_id, _people(rows))
        return Response({"payload": [shapes.macro(row, people) for row in rows]})

    @extend_schema(request=serializers.NewMacro)
    def post(self, request: Any) -> Response:
        serializer = serializers.NewMacro(data=body_of(request))
        checked(serializer)
        macro = macros.create_macro(access=request.access, **serializer.values())
        return Response({"payload": self.shape(macro)})


@extend_schema(responses=OpenApiTypes.OBJECT)
class MacroDetail(_MacroView):
    def get(self, request: Any, macro_id: int) -> Response:
        return Response({"payload": self.shape(self.find(request, macro_id))})

    @extend_schema(request=serializers.MacroChanges)
    def patch(self, request: Any, macro_id: int) -> Response:
        self.find(request, macro_id)
        serializer = serializers.MacroChanges(data=body_of(request))
        checked(serializer)
        macro = macros.update_macro(access=request.access, macro_id=macro_id, **serializer.values())
        return Response({"payload": self.shape(macro)})

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, macro_id: int) -> Response:
        macros.delete_macro(access=request.access, macro_id=macro_id)
        return Response()


@extend_schema(request=serializers.MacroRun, responses=None)
class MacroExecute(_MacroView):
    def post(self, request: Any, macro_id: int) -> Response:
        self.find(request, macro_id)
        numbers = checked(serializers.MacroRun(data=body_of(request)))["conversation_ids"]
        macro_runs.ask_macro_runs(access=request.access, macro_id=macro_id, display_ids=numbers)
        return Response(None)
