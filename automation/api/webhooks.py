"""The webhook desk: what went out, what came back, again."""

from __future__ import annotations

import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from automation.actions import webhook_log as actions
from automation.models import WebhookDelivery
from automation.queries import webhook_log as queries
from config.problems import NotFound, found
from config.rendering import Input
from inboxes.api.base import AccountAPIView
from inboxes.models import Webhook

_LAST = 253_402_300_799


class LogQuery(Input):
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, required=False)
    page = serializers.IntegerField(default=1, min_value=1, max_value=100_000)


class RangeInput(Input):
    since = serializers.IntegerField(min_value=0, max_value=_LAST, help_text="epoch seconds")
    until = serializers.IntegerField(min_value=0, max_value=_LAST, help_text="epoch seconds")
    only_failed = serializers.BooleanField(default=True)


class _WebhookView(AccountAPIView):
    reads = writes = "webhook.manage"

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not Webhook.objects.for_account(self.account_id).filter(pk=kwargs["webhook_id"]).exists():
            raise NotFound()


@extend_schema(responses=OpenApiTypes.OBJECT)
class WebhookLog(_WebhookView):
    @extend_schema(parameters=[LogQuery])
    def get(self, request: Any, webhook_id: int) -> Response:
        wanted = LogQuery(data={key: value for key, value in request.query_params.items() if value})
        wanted.is_valid(raise_exception=True)
        data = wanted.validated_data
        page = queries.log_page(
            account_id=self.account_id, webhook_id=webhook_id, state=data.get("state"), page=data["page"]
        )
        return Response(page)


@extend_schema(responses=OpenApiTypes.OBJECT)
class WebhookLogEntry(_WebhookView):
    def get(self, request: Any, webhook_id: int, delivery_id: int) -> Response:
        delivery = queries.find_delivery(
            account_id=self.account_id, webhook_id=webhook_id, delivery_id=delivery_id
        )
        return Response(found(delivery))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class ReplayDelivery(_WebhookView):
    def post(self, request: Any, webhook_id: int, delivery_id: int) -> Response:
        fresh = actions.replay_delivery(access=request.access, webhook_id=webhook_id, delivery_id=delivery_id)
        return Response(queries.shape(fresh))


@extend_schema(request=RangeInput, responses=OpenApiTypes.OBJECT)
class ReplayRange(_WebhookView):
    def post(self, request: Any, webhook_id: int) -> Response:
        wanted = RangeInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        data = wanted.validated_data
        since, until = (
            datetime.datetime.fromtimestamp(data[name], datetime.UTC) for name in ("since", "until")
        )
        count = actions.replay_range(
            access=request.access,
            webhook_id=webhook_id,
            since=since,
            until=until,
            only_failed=data["only_failed"],
        )
        return Response({"count": count})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class TestWebhook(_WebhookView):
    def post(self, request: Any, webhook_id: int) -> Response:
        return Response(queries.shape(actions.send_test(access=request.access, webhook_id=webhook_id)))


@extend_schema(request=None, responses={200: None})
class ResumeWebhook(_WebhookView):
    def post(self, request: Any, webhook_id: int) -> Response:
        actions.resume_webhook(access=request.access, webhook_id=webhook_id)
        return Response()
