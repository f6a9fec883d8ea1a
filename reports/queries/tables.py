"""The tables behind the CSV files: headers as existing clients know them, rows of texts and numbers."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count
from django.db.models.functions import Trunc
from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from conversations.models import Conversation
from inboxes.models import Inbox
from reports.exports import duration
from reports.periods import Period
from reports.queries.metrics import summary
from reports.queries.scopes import Scope
from reports.queries.summaries import CHANNELS, summarise, summarise_labels

Table = list[list[Any]]


def agents_table(*, account_id: int, period: Period | None, business_hours: bool) -> Table:
    header = [
        _("Agent name"),
        _("Assigned conversations"),
        _("Avg first response time"),
        _("Avg resolution time"),
        _("Avg customer waiting time"),
        _("Resolution Count"),
    ]
    people = Membership.objects.for_account(account_id).select_related("user")
    names = {member.user_id: member.user.name for member in people}
    rows = summarise(account_id=account_id, kind="agent", period=period, business_hours=business_hours)
    return [header, *(_waiting_row(names[row["id"]], row) for row in rows)]


def teams_table(*, account_id: int, period: Period | None, business_hours: bool) -> Table:
    header = [
        _("Team name"),
        _("Conversations count"),
        _("Avg first response time"),
        _("Avg resolution time"),
        _("Avg customer waiting time"),
        _("Resolution Count"),
    ]
    names = dict(Team.objects.for_account(account_id).values_list("pk", "name"))
    rows = summarise(account_id=account_id, kind="team", period=period, business_hours=business_hours)
    return [header, *(_waiting_row(names[row["id"]], row) for row in rows)]


def _waiting_row(name: str, row: dict[str, Any]) -> list[Any]:
    return [
        name,
        row["conversations_count"],
        duration(row["avg_first_response_time"]),
        duration(row["avg_resolution_time"]),
        duration(row["avg_reply_time"]),
        row["resolved_conversations_count"],
    ]


def inboxes_table(*, account_id: int, period: Period | None, business_hours: bool) -> Table:
    header = [
        _("Inbox name"),
        _("Inbox type"),
        _("No. of conversations"),
        _("Avg first response time"),
        _("Avg resolution time"),
        _("Avg reply time"),
        _("Resolution Count"),
    ]
    inboxes = {inbox.pk: inbox for inbox in Inbox.objects.for_account(account_id)}
    rows = summarise(account_id=account_id, kind="inbox", period=period, business_hours=business_hours)
    return [header, *(_inbox_row(inboxes[row["id"]], row) for row in rows)]


def _inbox_row(inbox: Inbox, row: dict[str, Any]) -> list[Any]:
    name, *figures = _waiting_row(inbox.name, row)
    return [name, CHANNELS.get(inbox.kind, inbox.kind), *figures]


def labels_table(*, account_id: int, period: Period | None, business_hours: bool) -> Table:
    header = [
        _("Label"),
        _("No. of conversations"),
        _("Avg first response time"),
        _("Avg resolution time"),
        _("Avg reply time"),
        _("Resolution Count"),
    ]
    rows = summarise_labels(account_id=account_id, period=period, business_hours=business_hours)
    return [header, *(_waiting_row(row["name"], row) for row in rows)]


def conversations_table(*, account_id: int, period: Period | None, business_hours: bool) -> Table:
    header = [
        _("Conversations"),
        _("Messages received"),
        _("Messages sent"),
        _("Avg first response time"),
        _("Avg resolution time"),
        _("Resolution count"),
        _("Avg customer waiting time"),
    ]
    found = summary(scope=Scope(account_id), period=period, business_hours=business_hours)
    return [
        header,
        [
            found["conversations_count"],
            found["incoming_messages_count"],
            found["outgoing_messages_count"],
            duration(found["avg_first_response_time"]),
            duration(found["avg_resolution_time"]),
            found["resolutions_count"],
            duration(found["reply_time"]),
        ],
    ]


def traffic_table(
    *, account_id: int, days_before: int, zone: datetime.tzinfo, now: datetime.datetime
) -> Table:
    """How many conversations began in each hour of each of the last days: hours down, days across."""
    today = now.astimezone(zone).date()
    days = [today - datetime.timedelta(days=back) for back in range(days_before, -1, -1)]
    since = datetime.datetime.combine(days[0], datetime.time(), zone)
    counts = {
        row["hour"]: row["n"]
        for row in Conversation.objects.for_account(account_id)
        .filter(created_at__gte=since)
        .annotate(hour=Trunc("created_at", "hour", tzinfo=zone))
        .values("hour")
        .annotate(n=Count("pk"))
        .order_by()
    }
    rows = [[f"{hour:02}:00", *(counts.get(_hour(day, hour, zone), 0) for day in days)] for hour in range(24)]
    return [
        [_("Timezone"), str(zone)],
        [_("Start of the hour"), *(day.isoformat() for day in days)],
        *rows,
    ]


def _hour(day: datetime.date, hour: int, zone: datetime.tzinfo) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), zone)
