"""Promises and how they were kept, as lists, figures and a spreadsheet want them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.queries.members import agents_by_user
from conversations import shapes
from conversations.models import AppliedSla, ConversationLabel, SlaEvent, SlaPolicy
from conversations.shapes import Row

PAGE = 25
_MISSED = (AppliedSla.Status.MISSED, AppliedSla.Status.ACTIVE_WITH_MISSES)


@dataclass(frozen=True)
class Wanted:
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    assigned_agent_id: int | None = None
    inbox_id: int | None = None
    team_id: int | None = None
    sla_policy_id: int | None = None
    label_list: tuple[str, ...] = ()


def applied(*, account_id: int, wanted: Wanted) -> QuerySet[AppliedSla]:
    rows = AppliedSla.objects.for_account(account_id)
    if wanted.since and wanted.until:
        rows = rows.filter(created_at__gte=wanted.since, created_at__lt=wanted.until)
    named = {
        "conversation__assignee__user_id": wanted.assigned_agent_id,
        "conversation__inbox_id": wanted.inbox_id,
        "conversation__team_id": wanted.team_id,
        "sla_policy_id": wanted.sla_policy_id,
    }
    rows = rows.filter(**{name: value for name, value in named.items() if value is not None})
    if wanted.label_list:
        labelled = ConversationLabel.objects.filter(account_id=account_id, title__in=wanted.label_list)
        rows = rows.filter(conversation_id__in=labelled.values("conversation_id"))
    return rows


def missed(*, account_id: int, wanted: Wanted) -> QuerySet[AppliedSla]:
    """With all that a line shows, newest first."""
    rows = applied(account_id=account_id, wanted=wanted).filter(sla_status__in=_MISSED)
    rows = rows.select_related(
        "sla_policy",
        "conversation__contact",
        "conversation__assignee__user",
        "conversation__team",
        "conversation__inbox",
    )
    return rows.prefetch_related("events").order_by("-id")


def metrics(*, account_id: int, wanted: Wanted) -> Row:
    rows = applied(account_id=account_id, wanted=wanted)
    total, misses = rows.count(), rows.filter(Q(sla_status__in=_MISSED)).count()
    rate = 100.0 if not misses else round((total - misses) / total * 100, 2)
    return {
        "total_applied_slas": total,
        "number_of_sla_misses": misses,
        "hit_rate": f"{rate:g}%",
    }


def policy_shape(row: SlaPolicy) -> Row:
    keys = (
        "name",
        "description",
        "first_response_time_threshold",
        "next_response_time_threshold",
        "resolution_time_threshold",
        "only_during_business_hours",
    )
    return {"id": row.pk, **{key: getattr(row, key) for key in keys}}


def applied_shape(row: AppliedSla) -> Row:
    """With its policy."""
    policy = row.sla_policy
    return {
        "id": row.pk,
        "sla_id": policy.pk,
        "sla_status": row.get_sla_status_display(),
        "created_at": shapes.ts(row.created_at),
        "updated_at": shapes.ts(row.updated_at),
        "sla_description": policy.description,
        "sla_name": policy.name,
        "sla_first_response_time_threshold": policy.first_response_time_threshold,
        "sla_next_response_time_threshold": policy.next_response_time_threshold,
        "sla_only_during_business_hours": policy.only_during_business_hours,
        "sla_resolution_time_threshold": policy.resolution_time_threshold,
    }


def event_shape(row: SlaEvent) -> Row:
    return {
        "id": row.pk,
        "event_type": row.get_event_type_display(),
        "meta": row.meta,
        "created_at": shapes.ts(row.created_at),
        "updated_at": shapes.ts(row.updated_at),
    }


def shown(account_id: int, rows: list[AppliedSla]) -> list[Row]:
    assignees = [row.conversation.assignee for row in rows]
    agents = agents_by_user(account_id, {one.user_id for one in assignees if one})
    return [_line(row, agents) for row in rows]


def _line(row: AppliedSla, agents: dict[int, Row]) -> Row:
    talk = row.conversation
    conversation: dict[str, Any] = {
        "id": talk.display_id,
        "contact": {"name": talk.contact.name},
        "labels": talk.labels,
    }
    if talk.assignee is not None and talk.assignee.user_id in agents:
        conversation["assignee"] = agents[talk.assignee.user_id]
    return {
        "applied_sla": applied_shape(row),
        "conversation": conversation,
        "sla_events": [event_shape(event) for event in row.events.all()],
    }
