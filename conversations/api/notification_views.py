"""A member's own notifications, for programs."""

from __future__ import annotations

import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.bodies import body_of
from config.problems import found
from config.rendering import Input
from conversations.actions import notifications as actions
from conversations.models import Conversation, Notification
from conversations.queries import notifications as queries
from inboxes.api.base import AccountAPIView, checked

_LAST = 253_402_300_799


class NotificationQuery(Input):
    page = serializers.IntegerField(default=1, min_value=1, max_value=100_000)
    sort_order = serializers.ChoiceField(choices=["asc", "desc"], default="desc")


class SnoozeInput(Input):
    snoozed_until = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=_LAST, help_text="epoch seconds"
    )


class ReadAllInput(Input):
    primary_actor_type = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=64
    )
    primary_actor_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**63 - 1
    )


class DestroyAllInput(Input):
    type = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=16)


@extend_schema(responses=OpenApiTypes.OBJECT)
class NotificationList(AccountAPIView):
    @extend_schema(parameters=[NotificationQuery])
    def get(self, request: Any) -> Response:
        query = request.query_params
        given = {key: query[key] for key in ("page", "sort_order") if query.get(key)}
        wanted = checked(NotificationQuery(data=given))
        includes = {*query.getlist("includes[]"), *query.getlist("includes")}
        access = request.access
        payload = queries.notifications_page(
            access=access,
            page=wanted["page"],
            with_read="read" in includes,
            with_snoozed="snoozed" in includes,
            ascending=wanted["sort_order"] == "asc",
        )
        unread, count = queries.counts(account_id=access.account_id, membership_id=access.membership_id)
        # The contract echoes the page as it came: a text when it was sent, else the number 1.
        meta = {"unread_count": unread, "count": count, "current_page": query.get("page") or 1}
        return Response({"data": {"meta": meta, "payload": payload}})


@extend_schema(responses=OpenApiTypes.INT)
class UnreadCount(AccountAPIView):
    def get(self, request: Any) -> Response:
        access = request.access
        unread, _count = queries.counts(account_id=access.account_id, membership_id=access.membership_id)
        return Response(unread)


@extend_schema(responses=OpenApiTypes.OBJECT)
class NotificationDetail(AccountAPIView):
    @extend_schema(request=None)
    def patch(self, request: Any, notification_id: int) -> Response:
        """Marks it as read."""
        row = actions.mark_read(access=request.access, notification_id=notification_id)
        return _answer(row)

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, notification_id: int) -> Response:
        actions.delete_notification(access=request.access, notification_id=notification_id)
        return Response()


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class NotificationUnread(AccountAPIView):
    def post(self, request: Any, notification_id: int) -> Response:
        return _answer(actions.mark_unread(access=request.access, notification_id=notification_id))


@extend_schema(request=SnoozeInput, responses=OpenApiTypes.OBJECT)
class NotificationSnooze(AccountAPIView):
    def post(self, request: Any, notification_id: int) -> Response:
        seconds = checked(SnoozeInput(data=body_of(request))).get("snoozed_until")
        until = datetime.datetime.fromtimestamp(seconds, datetime.UTC) if seconds else None
        row = actions.snooze(access=request.access, notification_id=notification_id, until=until)
        return _answer(row)


@extend_schema(request=ReadAllInput, responses=OpenApiTypes.NONE)
class ReadAll(AccountAPIView):
    def post(self, request: Any) -> Response:
        pk = checked(ReadAllInput(data=body_of(request))).get("primary_actor_id")
        display_id = None if pk is None else self._display_id(pk)
        actions.read_all(access=request.access, display_id=display_id)
        return Response()

    def _display_id(self, pk: int) -> int:
        """`primary_actor_id` is the internal id, here alone. Raises NotFound."""
        rows = Conversation.objects.for_account(self.account_id).filter(pk=pk)
        return found(rows.values_list("display_id", flat=True).first())


@extend_schema(request=DestroyAllInput, responses=OpenApiTypes.NONE)
class DestroyAll(AccountAPIView):
    def post(self, request: Any) -> Response:
        wanted = checked(DestroyAllInput(data=body_of(request)))
        actions.delete_all(access=request.access, only_read=wanted.get("type") == "read")
        return Response()


def _answer(row: Notification) -> Response:
    return Response(queries.raw(row))
