"""What programs send about conversations."""

from __future__ import annotations

import datetime
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.rendering import Input, LongText
from conversations import shapes
from conversations.actions.conversations import NewConversation
from conversations.actions.messages import MessageDraft
from conversations.api.serializers import JSONObjectField, MessageInput
from conversations.blobs import signed_ids_in

BIG = 2**63 - 1
MOMENT = 253402300799  # the last second that a date can hold


class AnyId(serializers.IntegerField):
    """An id that need not exist, as long as the database can hold it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("allow_null", True)
        super().__init__(min_value=-BIG - 1, max_value=BIG, **options)


@extend_schema_field(MessageInput)
class FirstMessage(serializers.Field):
    """What MessageInput takes; in a multipart body its JSON. Becomes a serializer that has been checked."""

    default_error_messages = {"invalid": _("must be an object")}  # noqa: RUF012 - DRF's own idiom

    def to_internal_value(self, data: Any) -> MessageInput:
        if isinstance(data, str):
            try:
                data = orjson.loads(data)
            except orjson.JSONDecodeError:
                self.fail("invalid")
        if not isinstance(data, dict):
            self.fail("invalid")
        message = MessageInput(data=data)
        message.is_valid(raise_exception=True)
        message.blobs = signed_ids_in(data)
        return message

    def to_representation(self, value: Any) -> Any:
        return value


class ConversationInput(Input):
    inbox_id = AnyId()
    contact_id = AnyId()
    source_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    status = serializers.ChoiceField(choices=shapes.CONVERSATION_STATUSES, required=False, allow_null=True)
    priority = serializers.ChoiceField(choices=shapes.PRIORITIES, required=False, allow_null=True)
    assignee_id = AnyId()
    team_id = AnyId()
    snoozed_until = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOMENT, help_text="epoch seconds"
    )
    hmac_verified = serializers.BooleanField(default=False)
    additional_attributes = JSONObjectField(required=False)
    custom_attributes = JSONObjectField(required=False)
    message = FirstMessage(required=False, allow_null=True)

    def wanted(self, files: list[Any]) -> NewConversation:
        """With `files` in the first message."""
        data = dict(self.validated_data)
        message = data.pop("message", None)
        draft = (
            message.draft(files, message.blobs)
            if message
            else MessageDraft(files=tuple(files))
            if files
            else None
        )
        seconds = data.pop("snoozed_until", None)
        until = datetime.datetime.fromtimestamp(seconds, datetime.UTC) if seconds else None
        for name in ("additional_attributes", "custom_attributes"):
            data[name] = data.get(name) or {}
        return NewConversation(**data, snoozed_until=until, draft=draft)


class PriorityInput(Input):
    priority = serializers.ChoiceField(choices=shapes.PRIORITIES, allow_null=True, allow_blank=True)


class ConversationPatch(Input):
    """Chatwoot takes only the priority here and drops the rest; its own SDK sends all of them."""

    priority = serializers.ChoiceField(choices=shapes.PRIORITIES, required=False, allow_null=True)
    status = serializers.ChoiceField(choices=shapes.CONVERSATION_STATUSES, required=False)
    assignee_id = AnyId()
    team_id = AnyId()
    sla_policy_id = AnyId(help_text="once: what was promised cannot be changed")


class LabelsInput(Input):
    labels = serializers.ListField(
        child=serializers.CharField(max_length=255), allow_empty=True, max_length=100
    )


class CustomAttributesInput(Input):
    custom_attributes = JSONObjectField()


class TranscriptInput(Input):
    email = serializers.EmailField(max_length=254)


class PeopleInput(Input):
    user_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=-BIG - 1, max_value=BIG), max_length=100
    )


class DraftMessage(Input):
    message = LongText(allow_blank=True, allow_null=True, max_length=150_000, trim_whitespace=False)


class DraftInput(Input):
    draft_message = DraftMessage()


class FilterInput(Input):
    payload = serializers.JSONField(
        help_text="a list of {attribute_key, filter_operator, values[], query_operator, attribute_model?}"
    )


class PageOnly(Input):
    page = serializers.IntegerField(default=1, min_value=1, max_value=400)


class SaidQuery(PageOnly):
    q = serializers.CharField(required=False, allow_blank=True, default="", max_length=255)


class TranslateInput(Input):
    target_language = serializers.RegexField(r"^[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?$")


class MessagePatch(Input):
    # An unknown status changes nothing, as the contract has it.
    status = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=64)
    external_error = LongText(required=False, allow_null=True, allow_blank=True, max_length=20_000)
    content_attributes = JSONObjectField(required=False)


class MessageEdit(MessagePatch):
    content = LongText(required=False, allow_null=True, allow_blank=True)
