"""Survey responses, as lists, figures and a spreadsheet want them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet

from accounts.queries.members import agents_by_user
from conversations import shapes
from conversations.models import Message, SurveyResponse
from conversations.shapes import Row

PAGE = 25
SORTS = {
    "created_at": "created_at",
    "rating": "rating",
    "feedback_message": "feedback_message",
}


@dataclass(frozen=True)
class Wanted:
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    user_ids: list[int] = field(default_factory=list)
    inbox_id: int | None = None
    team_id: int | None = None
    rating: int | None = None
    sort: str = ""


def _within(wanted: Wanted, conversation: str = "conversation__") -> dict[str, Any]:
    found: dict[str, Any] = {}
    if wanted.since and wanted.until:
        found |= {"created_at__gte": wanted.since, "created_at__lt": wanted.until}
    if wanted.inbox_id is not None:
        found[f"{conversation}inbox_id"] = wanted.inbox_id
    if wanted.team_id is not None:
        found[f"{conversation}team_id"] = wanted.team_id
    return found


def responses(*, account_id: int, wanted: Wanted) -> QuerySet[SurveyResponse]:
    """With contact and conversation; newest first, unless another order is asked for."""
    rows = SurveyResponse.objects.for_account(account_id).filter(**_within(wanted))
    if wanted.user_ids:
        rows = rows.filter(assigned_agent_id__in=wanted.user_ids)
    if wanted.rating is not None:
        rows = rows.filter(rating=wanted.rating)
    rows = rows.select_related("contact", "conversation", "review_notes_updated_by", "assigned_agent")
    column = SORTS.get(wanted.sort.removeprefix("-"))
    if column is None:
        return rows.order_by("-created_at", "-id")
    order = F(column).desc(nulls_last=True) if wanted.sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(order, "-id")


def metrics(*, account_id: int, wanted: Wanted) -> Row:
    """How many of each rating, and how many were asked."""
    rows = responses(account_id=account_id, wanted=wanted).order_by()
    counted = dict(rows.values_list("rating").annotate(n=Count("id")))
    asked = Message.objects.for_account(account_id).filter(
        content_type=Message.ContentType.INPUT_CSAT, **_within(wanted)
    )
    return {
        "total_count": sum(counted.values()),
        "ratings_count": {str(rating): number for rating, number in sorted(counted.items())},
        "total_sent_messages_count": asked.count(),
    }


def shown(account_id: int, rows: list[SurveyResponse]) -> list[Row]:
    agents = agents_by_user(account_id, {row.assigned_agent_id for row in rows if row.assigned_agent_id})
    return [_shape(row, agents) for row in rows]


def _shape(row: SurveyResponse, agents: dict[int, Row]) -> Row:
    changed = row.review_notes_updated_at
    shape: Row = {
        "id": row.pk,
        "rating": row.rating,
        "feedback_message": row.feedback_message or None,
        "csat_review_notes": row.csat_review_notes or None,
        "review_notes_updated_at": shapes.ts(changed) if changed else None,
        "account_id": row.account_id,
        "message_id": row.message_id,
        "contact": _contact(row),
        "conversation_id": row.conversation.display_id,
        "created_at": shapes.ts(row.created_at),
    }
    if row.review_notes_updated_by is not None:
        person = row.review_notes_updated_by
        shape["review_notes_updated_by"] = {"id": person.pk, "name": person.name}
    if row.assigned_agent_id in agents:
        shape["assigned_agent"] = agents[row.assigned_agent_id]
    return shape


def _contact(row: SurveyResponse) -> Row:
    contact = row.contact
    keys = ("additional_attributes", "email", "id", "name", "phone_number", "blocked", "identifier")
    return {
        **{key: getattr(contact, key) for key in keys},
        "availability_status": "offline",
        "thumbnail": "",
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": shapes.ts(contact.last_activity_at),
        "created_at": shapes.ts(contact.created_at),
    }


def find_survey(conversation_uuid: str) -> Message | None:
    """The newest survey message of the conversation, with its conversation and inbox: of any account, so within the
    platform's scope."""
    rows = Message.objects.filter(
        conversation__uuid=conversation_uuid, content_type=Message.ContentType.INPUT_CSAT
    )
    return rows.select_related("conversation", "inbox", "account").order_by("-id").first()


def response_of(message: Message) -> SurveyResponse | None:
    return SurveyResponse.objects.for_account(message.account_id).filter(message=message).first()


def raw(row: SurveyResponse) -> Row:
    """Its columns, as the contract has rows of tables."""
    return {
        "id": row.pk,
        "account_id": row.account_id,
        "conversation_id": row.conversation_id,
        "message_id": row.message_id,
        "rating": row.rating,
        "feedback_message": row.feedback_message or None,
        "contact_id": row.contact_id,
        "assigned_agent_id": row.assigned_agent_id,
        "created_at": shapes.iso(row.created_at),
        "updated_at": shapes.iso(row.updated_at),
    }
