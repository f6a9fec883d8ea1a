"""The figures of a report. Every one is a count of rows or an average of measured intervals, so that the rows
behind it can be shown.

    conversations_count       conversations that began
    incoming_messages_count   what contacts wrote
    outgoing_messages_count   what was answered; private notes are not answers
    resolutions_count         times that a conversation was resolved
    avg_first_response_time   seconds until the first human answer (since it began or was last opened again)
    avg_resolution_time       seconds from its beginning until it was resolved
    reply_time                seconds that a contact waited for a later answer
    bot_resolutions_count     resolved without a human answer, by a bot
    bot_handoffs_count        conversations that a bot handed to people
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, FloatField, QuerySet
from django.db.models.functions import Trunc

from conversations.models import Message
from reports.models import ReportingEvent
from reports.periods import Period
from reports.queries.scopes import Scope

Name = ReportingEvent.Name

_INTERVALS = {
    "avg_first_response_time": Name.FIRST_RESPONSE,
    "avg_resolution_time": Name.CONVERSATION_RESOLVED,
    "reply_time": Name.REPLY_TIME,
}
_OCCASIONS = {
    "resolutions_count": Name.CONVERSATION_RESOLVED,
    "bot_resolutions_count": Name.CONVERSATION_BOT_RESOLVED,
    "bot_handoffs_count": Name.CONVERSATION_BOT_HANDOFF,
}
_MESSAGES = {
    "incoming_messages_count": Message.Type.INCOMING,
    "outgoing_messages_count": Message.Type.OUTGOING,
}
METRICS = ("conversations_count", *_MESSAGES, *_OCCASIONS, *_INTERVALS)
SUMMARY = (
    "conversations_count",
    *_MESSAGES,
    "avg_first_response_time",
    "avg_resolution_time",
    "resolutions_count",
)


@dataclass(frozen=True)
class _Source:
    rows: QuerySet[Any]
    time: str
    average_of: str | None = None
    distinct: str | None = None

    def figure(self) -> Any:
        if self.average_of:
            return Avg(self.average_of, output_field=FloatField())
        return Count(self.distinct, distinct=True) if self.distinct else Count("pk")


def series(
    *, scope: Scope, metric: str, period: Period, business_hours: bool = False
) -> list[dict[str, Any]]:
    """[{value, timestamp, count?}] for every bucket, empty ones 0. `count`: how many intervals were averaged."""
    source = _source(scope, metric, period, business_hours)
    bucket = Trunc(source.time, period.group_by, tzinfo=period.zone)
    found = {
        row["bucket"]: row
        for row in source.rows.annotate(bucket=bucket)
        .values("bucket")
        .annotate(value=source.figure(), count=Count("pk"))
        .order_by()
    }
    return [_point(start, found.get(start), source.average_of is not None) for start in period.buckets()]


def _point(start: datetime.datetime, row: dict[str, Any] | None, is_average: bool) -> dict[str, Any]:
    point = {"value": (row["value"] if row else 0) or 0, "timestamp": int(start.timestamp())}
    return {**point, "count": row["count"] if row else 0} if is_average else point


def total(*, scope: Scope, metric: str, period: Period | None, business_hours: bool = False) -> float | None:
    """Of the whole period: a count, or an average (None when nothing was measured)."""
    is_average = metric in _INTERVALS
    if period is None:
        return None if is_average else 0
    source = _source(scope, metric, period, business_hours)
    figure: float | None = source.rows.aggregate(value=source.figure())["value"]
    return figure


def summary(*, scope: Scope, period: Period | None, business_hours: bool = False) -> dict[str, Any]:
    """The SUMMARY metrics and reply_time; and the same for the time before, under `previous`."""
    before = period.before if period else None
    return {
        **_totals(scope, period, business_hours),
        "previous": _totals(scope, before, business_hours),
    }


def _totals(scope: Scope, period: Period | None, business_hours: bool) -> dict[str, Any]:
    return {
        metric: total(scope=scope, metric=metric, period=period, business_hours=business_hours)
        for metric in (*SUMMARY, "reply_time")
    }


def bot_summary(*, scope: Scope, period: Period | None) -> dict[str, Any]:
    names = ("bot_resolutions_count", "bot_handoffs_count")
    now = {name: total(scope=scope, metric=name, period=period) for name in names}
    before = period.before if period else None
    return {**now, "previous": {name: total(scope=scope, metric=name, period=before) for name in names}}


def _source(scope: Scope, metric: str, period: Period, business_hours: bool) -> _Source:
    if metric == "conversations_count":
        return _Source(_within(scope.conversations(), "created_at", period), "created_at")
    if metric in _MESSAGES:
        rows = scope.messages().filter(message_type=_MESSAGES[metric])
        return _Source(_within(rows, "created_at", period), "created_at")
    name = _OCCASIONS.get(metric) or _INTERVALS[metric]
    intervals = _within(scope.intervals().filter(name=name), "event_end_time", period)
    if metric in _INTERVALS:
        column = "value_in_business_hours" if business_hours else "value"
        return _Source(intervals, "event_end_time", average_of=column)
    distinct = "conversation_id" if metric == "bot_handoffs_count" else None
    return _Source(intervals, "event_end_time", distinct=distinct)


def _within(rows: QuerySet[Any], column: str, period: Period) -> QuerySet[Any]:
    return rows.filter(**{f"{column}__gte": period.since, f"{column}__lt": period.until})


def bot_metrics(*, account_id: int, period: Period | None) -> dict[str, int]:
    """What bots talked in, what they said, and which share of it ended with them or went to people (percent)."""
    if period is None:
        return {"conversation_count": 0, "message_count": 0, "resolution_rate": 0, "handoff_rate": 0}
    scope = Scope(account_id)
    said = _within(scope.messages().filter(sender_bot__isnull=False), "created_at", period).aggregate(
        messages=Count("pk"), talks=Count("conversation_id", distinct=True)
    )
    ended = total(scope=scope, metric="bot_resolutions_count", period=period) or 0
    handed = total(scope=scope, metric="bot_handoffs_count", period=period) or 0
    return {
        "conversation_count": said["talks"],
        "message_count": said["messages"],
        "resolution_rate": _percent(ended, said["talks"]),
        "handoff_rate": _percent(handed, said["talks"]),
    }


def _percent(part: float, whole: int) -> int:
    return int(part * 100 / whole) if whole else 0
