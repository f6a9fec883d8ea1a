"""Who is in an inbox and which bot answers there; and the account's webhooks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts import shapes
from config.bodies import body_of
from inboxes.actions import bots, inboxes, webhooks
from inboxes.api import serializers
from inboxes.api.base import AccountAPIView, checked
from inboxes.queries import members as queries


@extend_schema(request=serializers.InboxMembers, responses=OpenApiTypes.OBJECT)
class InboxMemberList(AccountAPIView):
    """The inbox is named in the body, since the contract has it there."""

    def post(self, request: Any) -> Response:
        return self._changed(request, inboxes.add_inbox_members)

    def patch(self, request: Any) -> Response:
        return self._changed(request, inboxes.set_inbox_members)

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any) -> Response:
        self._changed(request, inboxes.remove_inbox_members)
        return Response()

    def _changed(self, request: Any, action: Any) -> Response:
        given = checked(serializers.InboxMembers(data=body_of(request)))
        action(access=request.access, **given)
        return Response({"payload": queries.inbox_agents(request.access, given["inbox_id"])})


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxMembersOfOne(AccountAPIView):
    def get(self, request: Any, inbox_id: int) -> Response:
        return Response({"payload": queries.inbox_agents(request.access, inbox_id)})


@extend_schema(responses=OpenApiTypes.OBJECT)
class AssignableAgents(AccountAPIView):
    @extend_schema(parameters=[serializers.InboxIds])
    def get(self, request: Any) -> Response:
        asked = request.query_params
        ids = [*asked.getlist("inbox_ids[]"), *asked.getlist("inbox_ids")]
        given = checked(serializers.InboxIds(data={"inbox_ids": ids}))
        return Response({"payload": queries.assignable_agents(request.access, given["inbox_ids"])})


@extend_schema(responses=OpenApiTypes.OBJECT)
class AssignableAgentsOfOne(AccountAPIView):
    def get(self, request: Any, inbox_id: int) -> Response:
        return Response({"payload": queries.assignable_agents(request.access, [inbox_id])})


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxAgentBot(AccountAPIView):
    def get(self, request: Any, inbox_id: int) -> Response:
        bot = queries.inbox_bot(request.access, inbox_id)
        return Response({"agent_bot": bot} if bot else {})


@extend_schema(request=serializers.InboxBot, responses=OpenApiTypes.NONE)
class SetAgentBot(AccountAPIView):
    def post(self, request: Any, inbox_id: int) -> Response:
        given = checked(serializers.InboxBot(data=body_of(request)))
        bots.set_inbox_bot(access=request.access, inbox_id=inbox_id, bot_id=given["agent_bot"])
        return Response()


def _webhook_values(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "name": given["name"] or ""} if "name" in given else given


def _wrapped(shape: shapes.Row) -> Response:
    return Response({"payload": {"webhook": shape}})


@extend_schema(responses=OpenApiTypes.OBJECT)
class WebhookList(AccountAPIView):
    reads = writes = "webhook.manage"

    def get(self, request: Any) -> Response:
        return Response({"payload": {"webhooks": queries.webhooks(request.access)}})

    @extend_schema(request=serializers.NewWebhook)
    def post(self, request: Any) -> Response:
        given = checked(serializers.NewWebhook(data=body_of(request, "webhook")))
        row = webhooks.create_webhook(access=request.access, **_webhook_values(given))
        return _wrapped(queries.webhook_shape(row))


@extend_schema(responses=OpenApiTypes.OBJECT)
class WebhookDetail(AccountAPIView):
    reads = writes = "webhook.manage"

    @extend_schema(request=serializers.WebhookChanges)
    def patch(self, request: Any, webhook_id: int) -> Response:
        given = checked(serializers.WebhookChanges(data=body_of(request, "webhook")))
        row = webhooks.update_webhook(access=request.access, webhook_id=webhook_id, **_webhook_values(given))
        return _wrapped(queries.webhook_shape(row))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, webhook_id: int) -> Response:
        webhooks.delete_webhook(access=request.access, webhook_id=webhook_id)
        return Response()
