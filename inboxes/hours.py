"""When an inbox is open: pure, in the inbox's own time zone.

A day's hours begin with their first minute and end before their last (09:00 to 17:00 is closed at 17:00); a day
that is open all day ends with midnight. Hours never run past midnight: a night shift is two days' hours.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

SUNDAY, SATURDAY = 0, 6
_LAST_OF_DAY = datetime.time(23, 59)


@dataclass(frozen=True)
class Day:
    """0 is Sunday. Without times a day is closed or open as a whole."""

    day_of_week: int
    opens: datetime.time | None = None
    closes: datetime.time | None = None
    all_day: bool = False

    @property
    def is_closed(self) -> bool:
        return not self.all_day and self.opens is None


def usual_day(day_of_week: int) -> Day:
    """Monday to Friday from nine to five."""
    if day_of_week in (SUNDAY, SATURDAY):
        return Day(day_of_week)
    return Day(day_of_week, datetime.time(9), datetime.time(17))


Week = Mapping[int, Day]


def week_of(days: Iterable[Day]) -> dict[int, Day]:
    """All seven days, the usual hours where none are given."""
    given = {day.day_of_week: day for day in days}
    return {number: given.get(number, usual_day(number)) for number in range(7)}


def day_of_row(row: Any) -> Day:
    """From a row of WorkingHours, or anything with its columns."""
    if row.open_all_day:
        return Day(row.day_of_week, all_day=True)
    if row.closed_all_day or row.open_hour is None or row.close_hour is None:
        return Day(row.day_of_week)
    opens = datetime.time(row.open_hour, row.open_minutes or 0)
    return Day(row.day_of_week, opens, datetime.time(row.close_hour, row.close_minutes or 0))


def columns_of(day: Day) -> dict[str, Any]:
    """As WorkingHours stores them and the API shows them."""
    opens, closes = day.opens, day.closes
    if day.all_day:
        opens, closes = datetime.time(0), _LAST_OF_DAY
    return {
        "day_of_week": day.day_of_week,
        "closed_all_day": day.is_closed,
        "open_hour": opens.hour if opens else None,
        "open_minutes": opens.minute if opens else None,
        "close_hour": closes.hour if closes else None,
        "close_minutes": closes.minute if closes else None,
        "open_all_day": day.all_day,
    }


def is_open(week: Week, moment: datetime.datetime, timezone: str) -> bool:
    local = moment.astimezone(zone(timezone))
    day = week[_weekday(local.date())]
    if day.all_day or day.opens is None or day.closes is None:
        return day.all_day
    return day.opens <= local.time().replace(tzinfo=None) < day.closes


def next_opening(week: Week, moment: datetime.datetime, timezone: str) -> datetime.datetime | None:
    """The moment itself while open; None where no day ever opens. In UTC."""
    if is_open(week, moment, timezone):
        return moment.astimezone(datetime.UTC)
    today = moment.astimezone(zone(timezone)).date()
    for ahead in range(8):
        date = today + datetime.timedelta(days=ahead)
        day = week[_weekday(date)]
        if day.is_closed:
            continue
        # An hour that the clock leaps over is read as the same time before the leap, one that comes twice as its
        # first: never later than the sign on the door says.
        local = datetime.datetime.combine(date, day.opens or datetime.time(0), zone(timezone))
        opening = local.astimezone(datetime.UTC)
        if opening > moment:
            return opening
    return None


def _weekday(date: datetime.date) -> int:
    return date.isoweekday() % 7


@cache
def zone(name: str) -> datetime.tzinfo:
    """UTC for a name that is none any more."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return datetime.UTC
