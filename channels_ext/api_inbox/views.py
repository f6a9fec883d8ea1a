"""The public API of API inboxes (contract, api-contract.md 5.4): the identifier names the inbox, the source id
the contact. There is no secret but these, unless the inbox demands a signed identifier."""

from __future__ import annotations

import hmac
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Account
from channels_ext.api_inbox import actions, queries, serializers
from channels_ext.models import ApiChannel
from channels_ext.realtime import typists
from channels_ext.visitor_api import VisitorAPIView, may_exist
from config.database import platform_scope
from config.encryption import signature
from config.problems import NotFound, NotSignedIn, Problem
from config.schema import ROWS
from conversations.actions.contacts import update_contact
from conversations.actions.inbound import contact_actor, open_conversation, receive_message
from conversations.actions.messages import MessageDraft
from conversations.actions.reading import mark_contact_seen
from conversations.blobs import signed_ids_in
from conversations.models import ContactInbox
from conversations.shapes import Row


def find_channel(identifier: str) -> ApiChannel:
    """With inbox. Raises NotFound."""
    with platform_scope("an inbox identifier names an inbox whose account is not known yet"):
        channels = ApiChannel.objects.select_related("inbox")
        found = channels.filter(identifier=identifier[:64], account__status=Account.Status.ACTIVE)
        channel = found.first() if may_exist(identifier) else None
    if channel is None:
        raise NotFound("Not Found")
    return channel


class PublicAPIView(VisitorAPIView):
    channel: ApiChannel

    def resolve(self, request: HttpRequest, **kwargs: Any) -> int:
        self.channel = find_channel(kwargs["identifier"])
        return self.channel.account_id

    def problem_answer(self, problem: Problem) -> Response:
        response = super().problem_answer(problem)
        response.data["status"] = problem.status  # what the clients of this API look at
        return response

    def enter(self, request: Any) -> None:
        source_id = self.kwargs.get("source_id")
        if source_id is None:
            return
        sessions = ContactInbox.objects.for_account(self.account_id).select_related("contact")
        found = sessions.filter(inbox_id=self.channel.inbox_id, source_id=source_id)
        self.session = found.first() if may_exist(source_id) else None
        if self.session is None:
            raise NotFound("Not Found")

    def conversation(self, display_id: int) -> Row:
        assert self.session is not None
        found = queries.conversations_of(self.session, display_id=display_id)
        if not found:
            raise NotFound("Not Found")
        return found[0]


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxDetail(PublicAPIView):
    def get(self, request: Any, identifier: str) -> Response:
        inbox = self.channel.inbox
        return Response(
            {
                "name": inbox.name,
                "identifier": self.channel.identifier,
                "identity_validation_enabled": self.channel.hmac_mandatory,
                "timezone": inbox.timezone,
                "working_hours": [],
                "working_hours_enabled": inbox.working_hours_enabled,
                "csat_survey_enabled": inbox.csat_survey_enabled,
                "greeting_enabled": inbox.greeting_enabled,
            }
        )


def contact_shape(session: ContactInbox) -> Row:
    contact = session.contact
    return {
        "source_id": session.source_id,
        "pubsub_token": session.pubsub_token,
        "id": contact.pk,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
    }


@extend_schema(request=serializers.PublicContact, responses=OpenApiTypes.OBJECT)
class ContactList(PublicAPIView):
    def post(self, request: Any, identifier: str) -> Response:
        serializer = serializers.PublicContact(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        check_identity(self.channel, fields.get("identifier", ""), fields.pop("identifier_hash", ""))
        source_id = fields.pop("source_id", None) or None
        session = actions.enter_contact(inbox=self.channel.inbox, source_id=source_id, **fields)
        return Response(contact_shape(session))


def check_identity(channel: ApiChannel, identifier: str, given: str) -> bool:
    """Whether the identifier came signed. Raises NotSignedIn for a wrong signature, or none where the inbox
    demands one."""
    if not given and not channel.hmac_mandatory:
        return False
    expected = signature(channel.hmac_token, identifier)
    if not identifier or not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise _wrong_identity()
    return True


def _wrong_identity() -> NotSignedIn:
    return NotSignedIn(_("HMAC failed: Invalid Identifier Hash Provided"), code="invalid_identity")


@extend_schema(request=serializers.PublicContact, responses=OpenApiTypes.OBJECT)
class ContactDetail(PublicAPIView):
    def get(self, request: Any, identifier: str, source_id: str) -> Response:
        assert self.session is not None
        query = serializers.Identity(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data.get("identifier", "")
        if check_identity(self.channel, asked, query.validated_data.get("identifier_hash", "")):
            if asked != self.session.contact.identifier:
                raise _wrong_identity()
            actions.verify_session(self.session)
        return Response(contact_shape(self.session))

    def patch(self, request: Any, identifier: str, source_id: str) -> Response:
        assert self.session is not None
        serializer = serializers.PublicContact(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        fields.pop("source_id", None)
        if check_identity(self.channel, fields.get("identifier", ""), fields.pop("identifier_hash", "")):
            # Whoever proves to be one person does not become another one's sessions by it.
            if self.session.contact.identifier not in (None, fields["identifier"]):
                raise _wrong_identity()
            actions.verify_session(self.session)
        update_contact(actor=contact_actor(self.session), contact=self.session.contact, **fields)
        return Response(queries.contact_raw(self.session))

    put = patch


def shown(found: Row, messages: list[Row]) -> Row:
    return {**{key: value for key, value in found.items() if not key.startswith("_")}, "messages": messages}


@extend_schema(request=serializers.PublicConversation, responses=OpenApiTypes.OBJECT)
class ConversationList(PublicAPIView):
    @extend_schema(operation_id="public_conversations_list", responses=ROWS)
    def get(self, request: Any, identifier: str, source_id: str) -> Response:
        assert self.session is not None
        found = queries.conversations_of(self.session)
        return Response(
            [
                shown(one, queries.messages_of(self.session, conversation_id=one["_id"], before=None)[-1:])
                for one in found
            ]
        )

    def post(self, request: Any, identifier: str, source_id: str) -> Response:
        assert self.session is not None
        self.limit_messages()
        serializer = serializers.PublicConversation(data=request.data)
        serializer.is_valid(raise_exception=True)
        locked = open_conversation(
            session=self.session,
            actor=contact_actor(self.session),
            additional_attributes={},
            custom_attributes=serializer.validated_data.get("custom_attributes") or {},
        )
        return Response(shown(self.conversation(locked.display_id), []))


@extend_schema(responses=OpenApiTypes.OBJECT)
class ConversationDetail(PublicAPIView):
    def get(self, request: Any, identifier: str, source_id: str, display_id: int) -> Response:
        assert self.session is not None
        found = self.conversation(display_id)
        messages = queries.messages_of(self.session, conversation_id=found["_id"], before=None)
        return Response(shown(found, messages))


@extend_schema(request=serializers.PublicMessage, responses=OpenApiTypes.OBJECT)
class MessageList(PublicAPIView):
    @extend_schema(responses=ROWS)
    def get(self, request: Any, identifier: str, source_id: str, display_id: int) -> Response:
        assert self.session is not None
        found = self.conversation(display_id)
        before = request.query_params.get("before", "")
        number = int(before) if before.isdecimal() and len(before) < 19 else None
        return Response(queries.messages_of(self.session, conversation_id=found["_id"], before=number))

    def post(self, request: Any, identifier: str, source_id: str, display_id: int) -> Response:
        assert self.session is not None
        self.limit_messages()
        serializer = serializers.PublicMessage(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        found = self.conversation(display_id)
        message = receive_message(
            session=self.session,
            conversation_id=found["_id"],
            draft=MessageDraft(
                content=given.get("content"),
                message_type="incoming",
                echo_id=given.get("echo_id") or None,
                source_id=given.get("source_id") or None,
                files=tuple([*request.FILES.getlist("attachments[]"), *request.FILES.getlist("attachments")]),
                blobs=signed_ids_in(request.data),
            ),
        )
        return Response(public_message(message))


def public_message(message: Row) -> Row:
    keys = (
        "id",
        "content",
        "message_type",
        "content_type",
        "content_attributes",
        "created_at",
        "conversation_id",
    )
    shape = {key: message[key] for key in keys}
    for key in ("echo_id", "attachments", "sender"):
        if key in message:
            shape[key] = message[key]
    return shape


@extend_schema(request=serializers.Typing, responses=None)
class ToggleTyping(PublicAPIView):
    def post(self, request: Any, identifier: str, source_id: str, display_id: int) -> Response:
        assert self.session is not None
        serializer = serializers.Typing(data=request.data)
        serializer.is_valid(raise_exception=True)
        found = self.conversation(display_id)
        typists.announce_typing(
            account_id=self.account_id,
            conversation_id=found["_id"],
            on=serializer.validated_data["typing_status"] == "on",
            contact_inbox_id=self.session.pk,
        )
        return Response(None)


@extend_schema(request=None, responses=None)
class UpdateLastSeen(PublicAPIView):
    def post(self, request: Any, identifier: str, source_id: str, display_id: int) -> Response:
        assert self.session is not None
        found = self.conversation(display_id)
        mark_contact_seen(
            actor=contact_actor(self.session),
            account_id=self.account_id,
            contact_inbox_id=self.session.pk,
            conversation_id=found["_id"],
        )
        return Response(None)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class ToggleStatus(PublicAPIView):
    """Resolves. A contact opens again by writing."""

    def post(self, request: Any, identifier: str, source_id: str, display_id: int) -> Response:
        assert self.session is not None
        found = self.conversation(display_id)
        actions.resolve_conversation(session=self.session, conversation_id=found["_id"])
        messages = queries.messages_of(self.session, conversation_id=found["_id"], before=None)
        return Response(shown(self.conversation(display_id), messages))
