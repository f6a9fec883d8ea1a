"""One change to many rows, for programs (contract 5.1). Answers before it is done."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import problem_body
from config.fields import IdsField
from config.problems import Invalid
from config.rendering import Input
from conversations import shapes
from conversations.actions.bulk import (
    ContactChanges,
    ConversationChanges,
    ask_contact_changes,
    ask_conversation_changes,
)
from conversations.api.answers import checked_input
from conversations.api.conversation_input import MOMENT, AnyId
from inboxes.api.base import AccountAPIView


class BulkFields(Input):
    status = serializers.ChoiceField(choices=shapes.CONVERSATION_STATUSES, required=False)
    priority = serializers.ChoiceField(choices=shapes.PRIORITIES, required=False, allow_null=True)
    assignee_id = AnyId()
    team_id = AnyId()


class BulkLabels(Input):
    add = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, allow_null=True, max_length=100
    )
    remove = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, allow_null=True, max_length=100
    )


class BulkInput(Input):
    type = serializers.CharField(max_length=32, help_text="Conversation or Contact")
    ids = IdsField(help_text="numbers of conversations, or ids of contacts")
    # DRF's metaclass takes it out of the class, so that it does not hide the property of that name.
    fields = BulkFields(required=False, allow_null=True)
    labels = BulkLabels(required=False, allow_null=True)
    snoozed_until = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOMENT, help_text="epoch seconds"
    )
    action_name = serializers.ChoiceField(choices=["delete"], required=False, allow_null=True)


class BulkActions(AccountAPIView):
    @extend_schema(request=BulkInput, responses={200: None, 422: OpenApiTypes.OBJECT})
    def post(self, request: Any) -> Response:
        kind = request.data.get("type") if isinstance(request.data, dict) else None
        if kind not in ("Conversation", "Contact"):
            problem = Invalid(_("type must be Conversation or Contact."), attributes=["type"])
            return Response({"success": False, **problem_body(problem)}, status=problem.status)
        given = checked_input(BulkInput, request.data)
        who = {"actor": request.access.actor, "access": request.access}
        if kind == "Conversation":
            ask_conversation_changes(**who, display_ids=given["ids"], changes=_of_conversations(given))
        else:
            ask_contact_changes(**who, contact_ids=given["ids"], changes=_of_contacts(given))
        return Response(None)


def _of_conversations(given: dict[str, Any]) -> ConversationChanges:
    changes: dict[str, Any] = {**(given.get("fields") or {}), **_labels(given)}
    if changes.get("status") == "snoozed":
        changes["snoozed_until"] = given.get("snoozed_until")
    return ConversationChanges(**changes)  # type: ignore[typeddict-item]


def _of_contacts(given: dict[str, Any]) -> ContactChanges:
    if given.get("action_name") == "delete":
        return ContactChanges(delete=True)
    return ContactChanges(**_labels(given))  # type: ignore[typeddict-item]


def _labels(given: dict[str, Any]) -> dict[str, list[str]]:
    labels = given.get("labels") or {}
    return {f"{name}_labels": labels[name] for name in ("add", "remove") if labels.get(name)}
