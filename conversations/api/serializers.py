"""Validation of what comes in. Shapes of what goes out are in conversations.shapes."""

from __future__ import annotations

import datetime
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.rendering import MOST_DEPTH, Input, LongText, without_nul
from conversations import shapes
from conversations.actions.messages import MOST_ATTRIBUTE_BYTES, MessageDraft
from conversations.queries.lists import ASSIGNEE_TYPES, MOST_PAGES, ListFilter

MOST_ENTRIES = 1000


class JSONObjectField(serializers.Field):
    """An object, or (in a multipart body) its text, that fits a column of attributes."""

    default_error_messages = {  # noqa: RUF012 - DRF's own idiom
        "invalid": _("must be an object"),
        "large": _("is too large: at most 1000 entries and 64 kB"),
        "deep": _("is nested deeper than 64 levels"),
        "nul": _("must not contain null characters"),  # jsonb has none
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            try:
                data = orjson.loads(data)
            except orjson.JSONDecodeError:
                self.fail("invalid")
        if not isinstance(data, dict):
            self.fail("invalid")
        flaw = _flaw(data)
        if flaw:
            self.fail(flaw)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def _flaw(data: dict[str, Any]) -> str | None:
    """What keeps an object out of a jsonb column. Walks by hand: a recursion could be driven too deep."""
    level: list[Any] = [data]
    entries = 0
    for _depth in range(MOST_DEPTH):
        texts = [one for one in level if isinstance(one, str)]
        if any("\x00" in text for text in texts):
            return "nul"
        level = [child for one in level for child in _children(one)]
        entries += len(level)
        if entries > 2 * MOST_ENTRIES:  # keys and values
            return "large"
        if not level:
            return "large" if len(orjson.dumps(data)) > MOST_ATTRIBUTE_BYTES else None
    return "deep"


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


class MessageInput(Input):
    content = LongText(required=False, allow_blank=True, allow_null=True, trim_whitespace=False)
    message_type = serializers.ChoiceField(choices=shapes.MESSAGE_TYPES, default="outgoing")
    private = serializers.BooleanField(default=False)
    content_type = serializers.ChoiceField(choices=shapes.CONTENT_TYPES, default="text")
    content_attributes = JSONObjectField(required=False)
    echo_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    source_id = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)

    def draft(self, files: list[Any]) -> MessageDraft:
        data = self.validated_data
        return MessageDraft(
            content=data.get("content"),
            message_type=data["message_type"],
            private=data["private"],
            content_type=data["content_type"],
            content_attributes=data.get("content_attributes") or {},
            echo_id=data.get("echo_id") or None,
            source_id=data.get("source_id") or None,
            files=tuple(files),
        )


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


_QUERY_NAMES = ("status", "assignee_type", "inbox_id", "team_id", "page", "sort_by")


def list_filter(query: Any) -> ListFilter:
    """The finder's filter from query parameters; blank ones do not count."""
    given = {name: query[name] for name in _QUERY_NAMES if query.get(name, "") != ""}
    given_labels = [*query.getlist("labels[]"), *query.getlist("labels")]
    labels = tuple(without_nul(label) for label in given_labels if label)
    if not given and not labels:
        return ListFilter()
    serializer = ListQuery(data=given)
    serializer.is_valid(raise_exception=True)
    data = dict(serializer.validated_data)
    return ListFilter(sort=data.pop("sort_by"), labels=labels[:50], **data)


class PageQuery(Input):
    before = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
