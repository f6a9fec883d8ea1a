"""One row per agent, inbox, team or label; each figure of all rows in one statement."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Avg, Count, F, FloatField, Q, QuerySet

from accounts.models import Membership, Team
from conversations.models import Conversation, ConversationLabel, Label
from conversations.shapes import CHANNELS
from inboxes.models import Inbox
from reports.models import ReportingEvent
from reports.periods import Period

Name = ReportingEvent.Name

_STATUSES = {status.name.lower(): status for status in Conversation.Status}

# Of each kind: the column of a conversation, and of an interval, that names it.
_COLUMNS = {
    "agent": ("assignee__user_id", "user_id"),
    "inbox": ("inbox_id", "inbox_id"),
    "team": ("team_id", "conversation__team_id"),
}
_INTERVALS = {
    "avg_resolution_time": Name.CONVERSATION_RESOLVED,
    "avg_first_response_time": Name.FIRST_RESPONSE,
    "avg_reply_time": Name.REPLY_TIME,
}


def summarise(
    *, account_id: int, kind: str, period: Period | None, business_hours: bool = False
) -> list[dict[str, Any]]:
    """[{id, conversations_count, resolved_conversations_count, avg_resolution_time, avg_first_response_time,
    avg_reply_time}], averages in seconds or None; `kind`: agent, inbox or team."""
    began, measured = _COLUMNS[kind]
    conversations = _counted(account_id, began, period)
    intervals = _averaged(_intervals(account_id, period), measured, business_hours)
    return [
        {
            "id": pk,
            "conversations_count": conversations.get(pk, 0),
            "resolved_conversations_count": intervals.get(pk, {}).get("resolved", 0),
            **{name: intervals.get(pk, {}).get(name) for name in _INTERVALS},
        }
        for pk in _everybody(account_id, kind)
    ]


def summarise_labels(
    *, account_id: int, period: Period | None, business_hours: bool = False
) -> list[dict[str, Any]]:
    """The same with `name`, and 0 for what was not measured."""
    conversations = _counted_by_label(account_id, period)
    intervals = _averaged_by_label(account_id, period, business_hours)
    labels = Label.objects.for_account(account_id).order_by("title").values_list("pk", "title")
    return [
        {
            "id": pk,
            "name": title,
            "conversations_count": conversations.get(title, 0),
            "resolved_conversations_count": intervals.get(title, {}).get("resolved", 0),
            **{name: intervals.get(title, {}).get(name) or 0 for name in _INTERVALS},
        }
        for pk, title in labels
    ]


def by_channel(*, account_id: int, period: Period | None) -> dict[str, dict[str, int]]:
    """{"Channel::X": {open, resolved, pending, snoozed, total}} of what began in the period."""
    rows = (
        _began(account_id, period)
        .values("inbox__kind")
        .annotate(
            total=Count("pk"),
            **{name: Count("pk", filter=Q(status=status)) for name, status in _STATUSES.items()},
        )
        .order_by("inbox__kind")
    )
    return {
        CHANNELS.get(row["inbox__kind"], f"Channel::{row['inbox__kind'].title()}"): {
            name: row[name] for name in (*_STATUSES, "total")
        }
        for row in rows
    }


def _everybody(account_id: int, kind: str) -> list[int]:
    if kind == "agent":
        members: QuerySet[Any] = Membership.objects.for_account(account_id)
        return list(members.order_by("user_id").values_list("user_id", flat=True))
    model: Any = Inbox if kind == "inbox" else Team
    return list(model.objects.for_account(account_id).order_by("pk").values_list("pk", flat=True))


def _began(account_id: int, period: Period | None) -> QuerySet[Conversation]:
    rows = Conversation.objects.for_account(account_id)
    if period is None:
        return rows.none()
    return rows.filter(created_at__gte=period.since, created_at__lt=period.until)


def _intervals(account_id: int, period: Period | None) -> QuerySet[ReportingEvent]:
    rows = ReportingEvent.objects.for_account(account_id).filter(name__in=_INTERVALS.values())
    if period is None:
        return rows.none()
    return rows.filter(event_end_time__gte=period.since, event_end_time__lt=period.until)


def _counted(account_id: int, column: str, period: Period | None) -> dict[Any, int]:
    rows = _began(account_id, period).values(key=F(column)).annotate(n=Count("pk")).order_by()
    return {row["key"]: row["n"] for row in rows}


def _averaged(rows: QuerySet[Any], column: str, business_hours: bool) -> dict[Any, dict[str, Any]]:
    """{key: {resolved, avg_…}}"""
    value = "value_in_business_hours" if business_hours else "value"
    averages = {
        name: Avg(value, filter=Q(name=event), output_field=FloatField())
        for name, event in _INTERVALS.items()
    }
    resolved = Count("pk", filter=Q(name=Name.CONVERSATION_RESOLVED))
    found = rows.values(key=F(column)).annotate(resolved=resolved, **averages).order_by()
    return {row["key"]: row for row in found}


def _counted_by_label(account_id: int, period: Period | None) -> dict[str, int]:
    if period is None:
        return {}
    rows = (
        ConversationLabel.objects.filter(
            account_id=account_id,
            conversation__created_at__gte=period.since,
            conversation__created_at__lt=period.until,
        )
        .values("title")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return {row["title"]: row["n"] for row in rows}


# An interval counts for every label of its conversation. No relation leads from one to the other, hence by hand.
_BY_LABEL = """
SELECT tag.title, interval.name, count(*), avg(interval.{value})
FROM conversations_conversationlabel AS tag
JOIN reports_reportingevent AS interval
  ON interval.account_id = tag.account_id AND interval.conversation_id = tag.conversation_id
WHERE tag.account_id = %s AND interval.name = ANY(%s)
  AND interval.event_end_time >= %s AND interval.event_end_time < %s
GROUP BY tag.title, interval.name
"""


def _averaged_by_label(
    account_id: int, period: Period | None, business_hours: bool
) -> dict[str, dict[str, Any]]:
    if period is None:
        return {}
    value = "value_in_business_hours" if business_hours else "value"
    names = {event.value: name for name, event in _INTERVALS.items()}
    found: dict[str, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_LABEL.format(value=value), [account_id, list(names), period.since, period.until])
        for title, event, times, average in cursor.fetchall():
            entry = found.setdefault(title, {})
            entry[names[event]] = average
            if event == Name.CONVERSATION_RESOLVED:
                entry["resolved"] = times
    return found
