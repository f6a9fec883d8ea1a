"""Inboxes for programs (contract, 3.4): an inbox and its channel are one thing there."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.permissions import require
from channels_ext.inbox_api import actions, queries, serializers
from channels_ext.inbox_api.kinds import KINDS
from config.bodies import body_of
from config.problems import Invalid
from conversations.actions.portals import set_inbox_portal
from inboxes.actions import inboxes
from inboxes.actions.hours import set_working_hours
from inboxes.api.base import AccountAPIView, checked
from inboxes.queries.members import find_inbox


def inbox_body(request: Any) -> dict[str, Any]:
    """Forms cannot say null but as its name."""
    return {key: None if value == "null" else value for key, value in body_of(request).items()}


def channel_columns(serializer: serializers.ChannelChanges) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.columns()


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxList(AccountAPIView):
    reads = "inbox.read"
    writes = "inbox.create"

    def get(self, request: Any) -> Response:
        return Response({"payload": queries.inboxes(request.access)})

    @extend_schema(request=serializers.NewInbox)
    def post(self, request: Any) -> Response:
        body = inbox_body(request)
        given = checked(serializers.NewInbox(data=body))
        kind = given["channel"].get("type")
        if not isinstance(kind, str) or kind not in KINDS:
            message = _("Channel type is not one that can be opened here: %(kinds)s.")
            raise Invalid(message % {"kinds": ", ".join(KINDS)}, attributes=["channel"])
        columns = channel_columns(KINDS[kind].new(data=given["channel"]))
        values = serializers.InboxChanges.columns(given)
        inbox = actions.open_inbox(access=request.access, kind=kind, channel=columns, **values)
        return Response(_changed(request, inbox.pk, body, given))


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxDetail(AccountAPIView):
    reads = "inbox.read"

    def get(self, request: Any, inbox_id: int) -> Response:
        return Response(queries.inbox(request.access, inbox_id))

    @extend_schema(request=serializers.InboxChanges)
    def patch(self, request: Any, inbox_id: int) -> Response:
        body = inbox_body(request)
        given = checked(serializers.InboxChanges(data=body))
        values = serializers.InboxChanges.columns(given)
        inbox = inboxes.update_inbox(access=request.access, inbox_id=inbox_id, **values)
        if given.get("channel") and inbox.kind in KINDS:
            columns = channel_columns(KINDS[inbox.kind].changes(data=given["channel"]))
            actions.update_channel(access=request.access, inbox_id=inbox_id, **columns)
        return Response(_changed(request, inbox_id, body, given))

    put = patch

    def delete(self, request: Any, inbox_id: int) -> Response:
        inboxes.delete_inbox(access=request.access, inbox_id=inbox_id)
        message = _("The inbox is being deleted. That may take a while when there are many conversations.")
        return Response({"message": message})


def _changed(request: Any, inbox_id: int, body: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Hours and picture, and the inbox as it is then."""
    access = request.access
    if given.get("working_hours"):
        set_working_hours(access=access, inbox_id=inbox_id, days=given["working_hours"])
    if "portal_id" in given:
        inbox = find_inbox(access, inbox_id)
        set_inbox_portal(access=access, inbox=inbox, portal_id=given["portal_id"])
    if body.get("avatar") not in (None, ""):
        inboxes.change_inbox_avatar(access=access, inbox_id=inbox_id, upload=body["avatar"])
    return queries.inbox(access, inbox_id)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class SurveyTemplate(AccountAPIView):
    """Templates are WhatsApp's, which approves what a business writes first. Other inboxes ask by a message."""

    reads = writes = "inbox.manage"

    def get(self, request: Any, inbox_id: int) -> Response:
        find_inbox(request.access, inbox_id)
        text = _("Survey templates are for WhatsApp inboxes only. This one sends the survey as a message.")
        raise Invalid(text, code="not_a_whatsapp_inbox")

    post = get


@extend_schema(request=None, responses=OpenApiTypes.NONE)
class InboxAvatar(AccountAPIView):
    def delete(self, request: Any, inbox_id: int) -> Response:
        inboxes.change_inbox_avatar(access=request.access, inbox_id=inbox_id, upload=None)
        return Response()


class _OfWhatsApp(AccountAPIView):
    """Administrators ask it of inboxes that have templates and a quality rating; the kinds there are have neither."""

    def refuse(self, request: Any, inbox_id: int) -> Response:
        inbox = queries.inbox(request.access, inbox_id)
        require(request.access, "inbox.manage")
        text = _("%(name)s is no WhatsApp inbox: there is nothing of the kind here.")
        raise Invalid(text % {"name": inbox["name"]}, code="not_a_whatsapp_inbox")


@extend_schema(request=None, responses={422: OpenApiTypes.OBJECT})
class SyncTemplates(_OfWhatsApp):
    def post(self, request: Any, inbox_id: int) -> Response:
        return self.refuse(request, inbox_id)


@extend_schema(responses={422: OpenApiTypes.OBJECT})
class InboxHealth(_OfWhatsApp):
    def get(self, request: Any, inbox_id: int) -> Response:
        return self.refuse(request, inbox_id)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class InboxSecret(AccountAPIView):
    def post(self, request: Any, inbox_id: int) -> Response:
        secret = actions.reset_webhook_secret(access=request.access, inbox_id=inbox_id)
        return Response({**queries.inbox(request.access, inbox_id), "secret": secret})
