from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conversations.actions.messages import MessageDraft


class WidgetMessage(serializers.Serializer):
    """The part `message` of the widget's body. Whatever else a page sends in it is ignored: the sender, the
    kind and the time are ours to say."""

    content = serializers.CharField(required=False, allow_blank=True, allow_null=True, trim_whitespace=False)
    echo_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    referer_url = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=2048)
    timestamp = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=64)

    def draft(self, files: list[Any]) -> MessageDraft:
        data = self.validated_data
        return MessageDraft(
            content=data.get("content"),
            message_type="incoming",
            echo_id=data.get("echo_id") or None,
            files=tuple(files),
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


class ThreadQuery(serializers.Serializer):
    before = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)


def message_part(data: Any) -> dict[str, Any]:
    """`message` of a JSON body, or the fields message[…] of a multipart one."""
    if isinstance(data, dict) and isinstance(data.get("message"), dict):
        return dict(data["message"])
    if hasattr(data, "getlist"):
        return {key[8:-1]: data[key] for key in data if key.startswith("message[") and key.endswith("]")}
    return dict(data) if isinstance(data, dict) and "content" in data else {}
