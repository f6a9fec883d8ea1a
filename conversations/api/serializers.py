"""Validation of what comes in. Shapes of what goes out are in conversations.shapes."""

from __future__ import annotations

import datetime
from typing import Any

from rest_framework import serializers

from config.fields import JSONObjectField
from config.rendering import Input, LongText, without_nul
from conversations import shapes
from conversations.actions.messages import MessageDraft
from conversations.api.cursors import CursorField, refuse_order_beside_cursor
from conversations.content import check_shape
from conversations.queries.finder import CONVERSATION_TYPES, Finder
from conversations.queries.lists import ASSIGNEE_TYPES, MOST_PAGES, ListFilter


class MessageInput(Input):
    content = LongText(required=False, allow_blank=True, allow_null=True, trim_whitespace=False)
    message_type = serializers.ChoiceField(choices=shapes.MESSAGE_TYPES, default="outgoing")
    private = serializers.BooleanField(default=False)
    content_type = serializers.ChoiceField(choices=shapes.CONTENT_TYPES, default="text")
    content_attributes = JSONObjectField(required=False)
    echo_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    source_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    template_params = JSONObjectField(required=False)
    campaign_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)
    external_created_at = serializers.CharField(required=False, allow_null=True, max_length=64)
    email_html_content = LongText(
        required=False, allow_blank=True, max_length=150_000, help_text="HTML; an allow-list is applied"
    )
    sender_type = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=32)
    sender_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**63 - 1)

    blobs: tuple[str, ...] = ()  # signed ids, of a message within a conversation's body

    @property
    def bot_id(self) -> int | None:
        """In whose name it is sent, if a bot is named."""
        named = self.validated_data.get("sender_type") == "AgentBot"
        return self.validated_data.get("sender_id") if named else None

    def draft(self, files: list[Any], blobs: tuple[str, ...] = ()) -> MessageDraft:
        data = self.validated_data
        return MessageDraft(
            content=data.get("content"),
            message_type=data["message_type"],
            private=data["private"],
            content_type=data["content_type"],
            content_attributes=_content_attributes(data),
            additional_attributes=_additional_attributes(data),
            echo_id=data.get("echo_id") or None,
            source_id=data.get("source_id") or None,
            files=tuple(files),
            blobs=blobs,
        )


def _content_attributes(data: dict[str, Any]) -> dict[str, Any]:
    attributes = dict(data.get("content_attributes") or {})
    if data.get("external_created_at"):
        attributes["external_created_at"] = data["external_created_at"]
    if data.get("email_html_content"):
        html = data["email_html_content"]
        email = {"html_content": {"full": html, "reply": html}}
        text = data.get("content") or ""
        attributes["email"] = {**email, "text_content": {"full": text, "reply": text}}
    return attributes


def _additional_attributes(data: dict[str, Any]) -> dict[str, Any]:
    known = {name: data[name] for name in ("template_params", "campaign_id") if data.get(name)}
    if "template_params" in known:
        check_shape("template_params", known["template_params"], field="template_params")
    return known


class StatusInput(Input):
    status = serializers.ChoiceField(choices=shapes.CONVERSATION_STATUSES, required=False, allow_null=True)
    snoozed_until = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=253402300799, help_text="epoch seconds"
    )

    def until(self) -> datetime.datetime | None:
        seconds = self.validated_data.get("snoozed_until")
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC) if seconds else None


class AssignmentInput(Input):
    # An unknown id unassigns, so that a silly one is no error either, as long as the database can hold it.
    assignee_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**63), max_value=2**63 - 1
    )
    team_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**63), max_value=2**63 - 1
    )


class ListQuery(Input):
    status = serializers.ChoiceField(choices=(*shapes.CONVERSATION_STATUSES, "all"), default="open")
    assignee_type = serializers.ChoiceField(choices=ASSIGNEE_TYPES, default="all")
    inbox_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    team_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    page = serializers.IntegerField(default=1, min_value=1, max_value=MOST_PAGES)
    sort_by = serializers.CharField(default="last_activity_at_desc", max_length=64)
    q = serializers.CharField(required=False, max_length=255, help_text="of what was written; any status")
    source_id = serializers.CharField(required=False, max_length=255)
    conversation_type = serializers.ChoiceField(choices=CONVERSATION_TYPES, required=False)
    updated_within = serializers.IntegerField(
        required=False, min_value=0, max_value=10**9, help_text="seconds; answers all at once"
    )
    cursor = CursorField()


_QUERY_NAMES = tuple(ListQuery().fields)
_FINDER_NAMES = ("q", "source_id", "conversation_type", "updated_within", "cursor")


def finder(query: Any) -> Finder:
    """What a list is asked for, from query parameters; blank ones do not count."""
    given = {name: query[name] for name in _QUERY_NAMES if query.get(name, "") != ""}
    given_labels = [*query.getlist("labels[]"), *query.getlist("labels")]
    labels = tuple(without_nul(label) for label in given_labels if label)
    if not given and not labels:
        return Finder()
    serializer = ListQuery(data=given)
    serializer.is_valid(raise_exception=True)
    refuse_order_beside_cursor(given, "sort_by")
    data = dict(serializer.validated_data)
    more = {name: data.pop(name) for name in _FINDER_NAMES if name in data}
    return Finder(base=ListFilter(sort=data.pop("sort_by"), labels=labels[:50], **data), **more)


class PageQuery(Input):
    before = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
