"""Whether an inbox answers now, and if not, from when on."""

from __future__ import annotations

import datetime

from inboxes import hours
from inboxes.models import Inbox, WorkingHours


def week_of(inbox: Inbox) -> hours.Week:
    found = WorkingHours.objects.for_account(inbox.account_id).filter(inbox=inbox)
    return hours.week_of(hours.day_of_row(row) for row in found)


def is_open(inbox: Inbox, moment: datetime.datetime) -> bool:
    """An inbox that keeps no hours always is."""
    return not inbox.working_hours_enabled or hours.is_open(week_of(inbox), moment, inbox.timezone)


def opens_at(inbox: Inbox, moment: datetime.datetime) -> datetime.datetime | None:
    """None while it is open, and where it never opens."""
    week = week_of(inbox) if inbox.working_hours_enabled else {}
    if not week or hours.is_open(week, moment, inbox.timezone):
        return None
    return hours.next_opening(week, moment, inbox.timezone)


def offset_of(inbox: Inbox, moment: datetime.datetime) -> str:
    """The inbox's distance from UTC: "+05:30"."""
    text = moment.astimezone(hours.zone(inbox.timezone)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
