"""When a snooze ends, where the agent is."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MORNING = 9
SNOOZES: dict[str, Promise] = {
    "later": _("Later today"),
    "tomorrow": _("Tomorrow, 9:00"),
    "monday": _("Next Monday, 9:00"),
    "week": _("Next week, 9:00"),
    "month": _("Next month, 9:00"),
    "reply": _("Until the next reply"),
    "custom": _("Until"),
}
_LATER_HOURS = 3


def zone_named(name: str) -> tzinfo:
    """The zone of that name; UTC for what is unknown, as for a browser that says nothing."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, KeyError):  # not a name at all, a folder of the database, unknown
        return UTC


def snooze_end(name: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """In UTC. "later" is three hours on, at a full hour; the others are at nine in the morning of `zone`,
    whatever happens to its clocks until then; None for "until the next reply"."""
    if name == "reply":
        return None
    if name == "later":
        hour = (now + timedelta(hours=_LATER_HOURS)).replace(minute=0, second=0, microsecond=0)
        return hour if now.minute == 0 else hour + timedelta(hours=1)
    today = now.astimezone(zone).date()
    if name == "month":
        day = _a_month_later(today)
    else:
        days = {"tomorrow": 1, "monday": 7 - today.weekday(), "week": 7}[name]
        day = today + timedelta(days=days)
    return datetime(day.year, day.month, day.day, MORNING, tzinfo=zone).astimezone(UTC)


def _a_month_later(day: date) -> date:
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
