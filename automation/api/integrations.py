from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from automation.actions import integrations as actions
from automation.api import serializers
from automation.models import IntegrationHook
from automation.queries import integrations as queries
from config.bodies import body_of
from config.problems import Invalid, NotFound
from inboxes.api.base import AccountAPIView, checked


@extend_schema(responses=OpenApiTypes.OBJECT)
class IntegrationList(AccountAPIView):
    def get(self, request: Any) -> Response:
        return Response({"payload": queries.integrations(request.access)})


@extend_schema(responses=OpenApiTypes.OBJECT)
class IntegrationDetail(AccountAPIView):
    def get(self, request: Any, integration: str) -> Response:
        return Response(queries.integration(request.access, integration))


@extend_schema(request=serializers.NewHook, responses=OpenApiTypes.OBJECT)
class HookList(AccountAPIView):
    writes = "integration.manage"

    def post(self, request: Any) -> Response:
        values = checked(serializers.NewHook(data=body_of(request, "hook")))
        hook = actions.create_hook(
            access=request.access,
            app_id=values["app_id"],
            settings=values["settings"],
            inbox_id=values.get("inbox_id"),
            enabled=values.get("status", True),
        )
        return Response(queries.hook_shape(request.access, hook))


@extend_schema(request=serializers.HookEvent, responses={422: OpenApiTypes.OBJECT})
class ProcessEvent(AccountAPIView):
    """What an agent wants of an integration (a text made shorter, an answer proposed). None does that yet."""

    def post(self, request: Any, hook_id: int) -> Response:
        checked(serializers.HookEvent(data=body_of(request)))
        if not IntegrationHook.objects.for_account(self.account_id).filter(pk=hook_id).exists():
            raise NotFound()
        raise Invalid(_("No processor found"), attributes=["event"], code="no_processor")


@extend_schema(responses=OpenApiTypes.OBJECT)
class HookDetail(AccountAPIView):
    writes = "integration.manage"

    @extend_schema(request=serializers.HookChanges)
    def patch(self, request: Any, hook_id: int) -> Response:
        values = checked(serializers.HookChanges(data=body_of(request, "hook")))
        hook = actions.update_hook(
            access=request.access,
            hook_id=hook_id,
            settings=values.get("settings"),
            enabled=values.get("status"),
        )
        return Response(queries.hook_shape(request.access, hook))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, hook_id: int) -> Response:
        actions.delete_hook(access=request.access, hook_id=hook_id)
        return Response()
