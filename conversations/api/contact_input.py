"""What programs send about contacts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.rendering import Input, LongText, without_nul
from conversations.actions.labels import MOST_LABELS
from conversations.api.conversation_input import BIG, AnyId
from conversations.api.cursors import CursorField
from conversations.api.serializers import JSONObjectField
from conversations.queries.contacts import MOST_PAGES, ContactPage


class _Blank(serializers.CharField):
    """A text that may be missing, null or empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, **options)


class ContactFields(Input):
    # How long and of which form they may be is the action's to say: in the words of the contract.
    name = _Blank(max_length=1000)
    email = _Blank(max_length=1000)
    phone_number = _Blank(max_length=1000)
    identifier = _Blank(max_length=1000)
    blocked = serializers.BooleanField(required=False)
    additional_attributes = JSONObjectField(required=False)
    custom_attributes = JSONObjectField(required=False)


class NewContact(ContactFields):
    inbox_id = AnyId()
    source_id = _Blank(max_length=255)


class ContactSession(Input):
    inbox_id = serializers.IntegerField(min_value=1, max_value=BIG)
    source_id = _Blank(max_length=255)


class MergeInput(Input):
    base_contact_id = serializers.IntegerField(min_value=1, max_value=BIG)
    mergee_contact_id = serializers.IntegerField(min_value=1, max_value=BIG)


class NoteInput(Input):
    content = LongText(allow_blank=True, max_length=20_000, trim_whitespace=False)


class KeysInput(Input):
    custom_attributes = serializers.ListField(child=serializers.CharField(max_length=255), max_length=1000)


class SessionFilter(Input):
    inbox_id = serializers.IntegerField(min_value=1, max_value=BIG)
    source_id = serializers.CharField(max_length=255)


class ContactQuery(Input):
    page = serializers.IntegerField(default=1, min_value=1, max_value=MOST_PAGES)
    sort = serializers.CharField(required=False, allow_blank=True, max_length=64)
    q = serializers.CharField(required=False, allow_blank=True, max_length=255)
    include_contact_inboxes = serializers.BooleanField(default=True)
    cursor = CursorField()

    def wanted(self, labels: list[str], **more: Any) -> ContactPage:
        data = self.validated_data
        clean = tuple(without_nul(label) for label in labels if label)
        return ContactPage(
            page=data["page"],
            sort=data.get("sort", ""),
            labels=clean[:MOST_LABELS],
            include_contact_inboxes=data["include_contact_inboxes"],
            cursor=data.get("cursor"),
            **{"q": data.get("q", "").strip(), **more},
        )
