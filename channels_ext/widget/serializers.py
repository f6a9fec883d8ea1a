from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rest_framework import serializers

from config.fields import JSONObjectField
from config.rendering import Input, LongText
from conversations.actions.messages import MessageDraft

_PHONE = re.compile(r"\+[1-9]\d{1,14}")


class WidgetMessage(Input):
    """The part `message` of the widget's body. Whatever else a page sends in it is ignored: the sender, the
    kind and the time are ours to say."""

    content = LongText(required=False, allow_blank=True, allow_null=True, trim_whitespace=False)
    echo_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    referer_url = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=2048)
    timestamp = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=64)

    def draft(self, files: list[Any], blobs: tuple[str, ...] = ()) -> MessageDraft:
        data = self.validated_data
        return MessageDraft(
            content=data.get("content"),
            message_type="incoming",
            echo_id=data.get("echo_id") or None,
            files=tuple(files),
            blobs=blobs,
        )

    def origin(self) -> dict[str, Any]:
        """additional_attributes of a conversation that this message opens."""
        data = self.validated_data
        attributes: dict[str, Any] = {"initiated_at": {"timestamp": data.get("timestamp") or ""}}
        referer = data.get("referer_url") or ""
        if referer.startswith(("http://", "https://")):
            attributes["referer"] = referer
        return attributes


class WidgetContact(serializers.Serializer):
    name = serializers.CharField(required=False, allow_blank=True, max_length=255)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    phone_number = serializers.RegexField(r"^\+[1-9]\d{1,14}$", required=False, allow_blank=True)
    custom_attributes = JSONObjectField(required=False)


class Identity(Input):
    """Of a contact, from a page: what is no address or number is dropped, as the contract has it."""

    identifier = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    identifier_hash = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=128)
    name = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    email = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=254)
    phone_number = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=32)
    custom_attributes = JSONObjectField(required=False)
    additional_attributes = JSONObjectField(required=False)

    def fields_of_contact(self) -> dict[str, Any]:
        fields = {key: value for key, value in self.validated_data.items() if value not in (None, "")}
        fields.pop("identifier_hash", None)
        if not _is_email(fields.get("email", "")):
            fields.pop("email", None)
        if not _PHONE.fullmatch(fields.get("phone_number", "")):
            fields.pop("phone_number", None)
        return fields


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


class Names(Input):
    """Keys of custom attributes to be removed."""

    custom_attribute = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=100
    )
    custom_attributes = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=100
    )

    def keys(self) -> set[str]:
        data = self.validated_data
        return {*data.get("custom_attribute", ()), *data.get("custom_attributes", ())}


class EventReport(Input):
    name = serializers.CharField(max_length=64)
    event_info = JSONObjectField(required=False)


class ThreadQuery(serializers.Serializer):
    before = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)


class WidgetAttributes(serializers.Serializer):
    custom_attributes = JSONObjectField(required=False)


def part(data: Any, name: str) -> Any:
    """`name` of a JSON body as it is, or the fields name[…] of a form as a dictionary; {} if there is none."""
    if hasattr(data, "getlist"):
        return {
            key[len(name) + 1 : -1]: data[key]
            for key in data
            if key.startswith(f"{name}[") and key[-1] == "]"
        }
    return data.get(name) or {} if isinstance(data, dict) else {}


def message_part(data: Any) -> Any:
    """The part `message`, or a body that is the message itself."""
    flat = isinstance(data, dict) and "message" not in data and not hasattr(data, "getlist")
    return data if flat else part(data, "message")
