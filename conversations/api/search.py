"""Search for programs, in the contract's shapes (4.3). The same questions as on the page, operators included."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.rendering import Input, without_nul
from conversations import shapes
from conversations.models import Article, Contact
from conversations.queries import search
from conversations.queries.help_centre import search_articles
from conversations.search_terms import parse
from conversations.shapes import Row
from inboxes.api.base import AccountAPIView

PAGE = 15
LAST_SECOND = 253402300799  # of the year 9999


class SearchQuery(Input):
    q = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)
    page = serializers.IntegerField(required=False, default=1, min_value=1, max_value=search.MOST // PAGE)
    since = serializers.IntegerField(
        required=False, min_value=0, max_value=LAST_SECOND, help_text="epoch seconds; messages"
    )
    until = serializers.IntegerField(
        required=False, min_value=0, max_value=LAST_SECOND, help_text="epoch seconds; messages"
    )
    inbox_id = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="messages"
    )


class SenderQuery(serializers.Serializer):
    """`from` is no name in Python; this is where its form is checked and described."""

    def get_fields(self) -> Any:
        form = r"^(contact|agent):[1-9][0-9]{0,17}$"
        return {
            "from": serializers.RegexField(form, required=False, help_text="contact:7 or agent:7; messages")
        }


class Search(AccountAPIView):
    """Each kind of hit under its name, 15 of each a page. A question without words finds nothing."""

    reads = "conversation.read"

    kinds: tuple[str, ...] = ("conversations", "contacts", "messages", "articles")

    @extend_schema(parameters=[SearchQuery, SenderQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Any) -> Response:
        given = {
            name: without_nul(value) for name, value in request.query_params.items() if value or name == "q"
        }
        query, sender = SearchQuery(data=given), SenderQuery(data=given)
        query.is_valid(raise_exception=True)
        sender.is_valid(raise_exception=True)
        wanted = query.validated_data
        asked = _asked(request, wanted, sender.validated_data.get("from", ""))
        return Response(
            {"payload": {kind: _FINDERS[kind](request, asked, wanted["page"]) for kind in self.kinds}}
        )


class SearchConversations(Search):
    kinds = ("conversations",)


class SearchContacts(Search):
    reads = "contact.read"

    kinds = ("contacts",)


class SearchMessages(Search):
    kinds = ("messages",)


class SearchArticles(Search):
    kinds = ("articles",)


def _asked(request: Any, wanted: dict[str, Any], sender: str) -> search.Asked:
    question = parse(wanted["q"], today=timezone.now().date())
    asked = search.look_up_names(access=request.access, question=question)
    if sender:
        kind, _colon, pk = sender.partition(":")
        asked = replace(asked, senders=[f"{'c' if kind == 'contact' else 'u'}{pk}"])
    if "inbox_id" in wanted:
        asked = replace(asked, inbox_ids=[wanted["inbox_id"]])
    return replace(asked, since=_moment(wanted.get("since")), until=_moment(wanted.get("until")))


def _moment(seconds: int | None) -> datetime.datetime | None:
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _messages(request: Any, asked: search.Asked, page: int) -> list[Row]:
    ids, _reached = search.message_ids(access=request.access, asked=asked, most=page * PAGE)
    found = search.messages_in_order(access=request.access, ids=ids[(page - 1) * PAGE :])
    return [shapes.message_rest(one) for one in found]


def _contacts(request: Any, asked: search.Asked, page: int) -> list[Row]:
    ids = search.contact_ids(access=request.access, names=asked.question.names, most=page * PAGE)
    found = search.contacts_by_id(access=request.access, ids=ids[(page - 1) * PAGE :])
    return [_contact(one) for one in found]


def _contact(contact: Contact) -> Row:
    keys = ("email", "id", "name", "phone_number", "identifier", "additional_attributes")
    shape: Row = {key: getattr(contact, key) for key in keys}
    shape["last_activity_at"] = shapes.ts(contact.last_activity_at) if contact.last_activity_at else None
    return shape


def _conversations(request: Any, asked: search.Asked, page: int) -> list[Row]:
    question = asked.question
    if question.is_empty:
        return []
    people = search.contact_ids(access=request.access, names=question.names, most=search.MOST_PEOPLE)
    found = search.find_conversations(
        access=request.access, number=question.number, contacts=people, most=PAGE, skip=(page - 1) * PAGE
    )
    return [_conversation(row) for row in found]


def _conversation(row: Row) -> Row:
    message, sender, agent = (
        row["last_non_activity_message"],
        row["meta"]["sender"],
        row["meta"].get("assignee"),
    )
    shape: Row = {
        "id": row["id"],
        "account_id": row["account_id"],
        "created_at": row["created_at"],
        "message": shapes.message_rest(message) if message else None,
        "contact": {key: sender.get(key) for key in _CONTACT_KEYS},
        "inbox": {
            "id": row["inbox_id"],
            "channel_id": row["inbox_id"],
            "name": row["_inbox_name"],
            "channel_type": row["meta"]["channel"],
        },
        "additional_attributes": row["additional_attributes"],
    }
    if agent:
        shape["agent"] = {key: agent[key] for key in ("id", "available_name", "email", "name", "role")}
    return shape


_CONTACT_KEYS = (
    "email",
    "id",
    "name",
    "phone_number",
    "identifier",
    "additional_attributes",
    "last_activity_at",
)


def _articles(request: Any, asked: search.Asked, page: int) -> list[Row]:
    """Of any status, and of every help centre."""
    query = " ".join((*asked.question.words, *asked.question.phrases))
    found = search_articles(account_id=request.access.account_id, query=query)
    return [_article(row) for row in found[(page - 1) * PAGE : page * PAGE]]


def _article(row: Article) -> Row:
    return {
        "id": row.pk,
        "title": row.title,
        "locale": row.locale,
        "content": row.content,
        "slug": row.slug,
        "portal_slug": row.portal.slug,
        "account_id": row.account_id,
        "category_name": row.category.name if row.category else None,
        "status": row.get_status_display(),
        "updated_at": shapes.ts(row.updated_at),
    }


_FINDERS: dict[str, Callable[[Any, search.Asked, int], list[Row]]] = {
    "conversations": _conversations,
    "contacts": _contacts,
    "messages": _messages,
    "articles": _articles,
}
