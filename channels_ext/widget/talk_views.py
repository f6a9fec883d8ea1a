"""The visitor's conversation: read it, write into it, answer what it asks, end it (contract, api-contract.md 5.3)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from channels_ext.api_inbox.actions import resolve_conversation
from channels_ext.api_inbox.serializers import Typing
from channels_ext.realtime import typists
from channels_ext.widget import queries, serializers
from channels_ext.widget.base import WidgetAPIView, without_internals
from channels_ext.widget.writing import read_letter, write_message
from config.problems import Forbidden, Invalid, found
from conversations import shapes
from conversations.actions.answers import answer_message
from conversations.actions.attributes import check_attributes, put_custom_attributes
from conversations.actions.contacts import cleaned
from conversations.actions.identity import identify_contact
from conversations.actions.inbound import contact_actor
from conversations.actions.labels import put_labels
from conversations.actions.locking import lock_by_id
from conversations.actions.reading import mark_contact_seen
from conversations.actions.transcripts import request_own_transcript

# Beside what the contract has: until when an agent has read, and whether it goes on.
_META = {"contact_last_seen_at": "", "agent_last_seen_at": "_", "status": ""}


@extend_schema(responses=OpenApiTypes.OBJECT)
class Conversations(WidgetAPIView):
    def get(self, request: Any) -> Response:
        assert self.session is not None
        found = queries.latest_conversation(self.session)
        return Response(without_internals(found) if found else {})

    def post(self, request: Any) -> Response:
        """Contact details and the first message in one."""
        assert self.session is not None
        self.limit_messages()
        details = serializers.WidgetContact(data=serializers.part(request.data, "contact"))
        details.is_valid(raise_exception=True)
        attributes = serializers.WidgetAttributes(
            data={"custom_attributes": serializers.part(request.data, "custom_attributes")}
        )
        attributes.is_valid(raise_exception=True)
        custom = attributes.validated_data["custom_attributes"]
        if details.validated_data:
            # An address that somebody known has brings the visit to them.
            identify_contact(
                session=self.session, verified=self.session.hmac_verified, **details.validated_data
            )
        message = write_message(
            session=self.session,
            letter=read_letter(request.data, request.FILES),
            custom_attributes=custom,
        )
        found = queries.latest_conversation(self.session) or {}
        return Response(
            {
                **without_internals(found),
                "messages": [message],
                "custom_attributes": found.get("_custom_attributes", {}),
                # Their own words, and nothing else that is known of whom they may be.
                "contact": {**queries.own_contact(self.session), **cleaned(details.validated_data)},
            }
        )


@extend_schema(responses=OpenApiTypes.OBJECT)
class Messages(WidgetAPIView):
    @extend_schema(parameters=[serializers.ThreadQuery])
    def get(self, request: Any) -> Response:
        assert self.session is not None
        query = serializers.ThreadQuery(data={k: v for k, v in request.query_params.items() if v != ""})
        query.is_valid(raise_exception=True)
        given = query.validated_data
        found, conversation = queries.thread_of(
            self.session, before=given.get("before"), after=given.get("after")
        )
        meta = {}
        if conversation:
            meta = {key: conversation[f"{own}{key}"] for key, own in _META.items()}
        return Response({"payload": found, "meta": meta})

    @extend_schema(request=serializers.WidgetMessage)
    def post(self, request: Any) -> Response:
        """Forms. JSON goes the short way: channels_ext.widget.quick."""
        self.limit_messages()
        return Response(write_message(session=self.visitor, letter=read_letter(request.data, request.FILES)))


@extend_schema(request=None, responses={200: OpenApiTypes.OBJECT, 204: None})
class UpdateLastSeen(WidgetAPIView):
    def post(self, request: Any) -> Response:
        assert self.session is not None
        actor = contact_actor(self.session)
        known = mark_contact_seen(actor=actor, account_id=self.account_id, contact_inbox_id=self.session.pk)
        return Response({}) if known else Response(None, status=204)


@extend_schema(request=Typing, responses=None)
class ToggleTyping(WidgetAPIView):
    def post(self, request: Any) -> Response:
        assert self.session is not None
        serializer = Typing(data=request.data)
        serializer.is_valid(raise_exception=True)
        talk = found(queries.latest_conversation(self.session))
        typists.announce_typing(
            account_id=self.account_id,
            conversation_id=talk["_id"],
            on=serializer.validated_data["typing_status"] == "on",
            contact_inbox_id=self.session.pk,
        )
        return Response(None)


@extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
class MessageDetail(WidgetAPIView):
    def patch(self, request: Any, message_id: int) -> Response:
        """An answer: `message{submitted_values}`, or `contact{email}` to a message that asks for an address.
        Returns the message, and the contact where it is they who changed."""
        self.limit_messages()
        contact = serializers.part(request.data, "contact")
        values = serializers.part(request.data, "message").get("submitted_values")
        if isinstance(contact, dict) and "email" in contact:
            values = contact["email"]
        if values is None:
            raise Invalid(_("submitted_values is missing."), attributes=["submitted_values"])
        message = answer_message(session=self.visitor, message_id=message_id, values=values)
        if message["content_type"] == "input_email":
            email = message["content_attributes"]["submitted_email"]
            identify_contact(session=self.visitor, verified=False, email=email)
        return Response({**shapes.message_visitor(message), "contact": queries.own_contact(self.visitor)})


def their_conversation(view: WidgetAPIView) -> shapes.Row:
    return found(queries.latest_conversation(view.visitor))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class ToggleStatus(WidgetAPIView):
    def get(self, request: Any) -> Response:
        """A GET that writes, because existing clients call it so. It only ever ends a conversation, and needs the
        visitor's own header, which no link carries."""
        if not self.offers("end_conversation"):
            raise Forbidden(_("Conversations cannot be ended here."), code="not_offered")
        talk = their_conversation(self)
        resolve_conversation(session=self.visitor, conversation_id=talk["_id"])
        return Response({})

    post = get


@extend_schema(request=serializers.WidgetAttributes, responses={204: None})
class SetAttributes(WidgetAPIView):
    def post(self, request: Any) -> Response:
        """Custom attributes of the conversation: these and no others."""
        serializer = serializers.WidgetAttributes(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data.get("custom_attributes") or {}
        self._replace(lambda _old: given)
        return Response(None, status=204)

    def _replace(self, change: Any) -> None:
        talk = their_conversation(self)
        locked = lock_by_id(account_id=self.account_id, conversation_id=talk["_id"])
        wanted = change(locked.custom_attributes)
        check_attributes(wanted, field="custom_attributes")
        if wanted != locked.custom_attributes:
            put_custom_attributes(locked, actor=contact_actor(self.visitor), custom_attributes=wanted)


@extend_schema(request=serializers.Names, responses=OpenApiTypes.OBJECT)
class DestroyAttributes(SetAttributes):
    def post(self, request: Any) -> Response:
        serializer = serializers.Names(data=request.data)
        serializer.is_valid(raise_exception=True)
        gone = serializer.keys()
        self._replace(lambda old: {key: value for key, value in old.items() if key not in gone})
        talk = their_conversation(self)
        return Response({**without_internals(talk), "custom_attributes": talk["_custom_attributes"]})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class Transcript(WidgetAPIView):
    def post(self, request: Any) -> Response:
        """By mail to the contact's own address. `sent` tells whether there is one."""
        talk = queries.latest_conversation(self.visitor)
        sent = talk is not None and request_own_transcript(session=self.visitor, conversation_id=talk["_id"])
        return Response({"sent": sent})


@extend_schema(request=OpenApiTypes.OBJECT, responses={204: None})
class Labels(WidgetAPIView):
    def post(self, request: Any) -> Response:
        """A label that the account has already: a page invents none."""
        title = request.data.get("label") if isinstance(request.data, dict) else None
        if not isinstance(title, str) or not title:
            raise Invalid(_("label is missing."), attributes=["label"])
        if queries.has_label(self.account_id, title):
            self._put(lambda old: [*old, title])
        return Response(None, status=204)

    def _put(self, change: Any) -> None:
        locked = lock_by_id(account_id=self.account_id, conversation_id=their_conversation(self)["_id"])
        wanted = list(dict.fromkeys(change(locked.labels)))
        put_labels(locked, actor=contact_actor(self.visitor), labels=wanted)


@extend_schema(responses={204: None})
class OneLabel(Labels):
    http_method_names = ("delete", "options")

    def delete(self, request: Any, title: str) -> Response:
        self._put(lambda old: [one for one in old if one != title])
        return Response(None, status=204)
