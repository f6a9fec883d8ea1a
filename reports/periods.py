"""The time that a report covers, and the buckets it is cut into. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from config.problems import Invalid

GROUPS = ("hour", "day", "week", "month", "year")
MOST_BUCKETS = 10_000
_LAST_SECOND = 253_402_300_799  # 9999-12-31
_WIDEST_OFFSET = 14  # hours; Kiribati


@dataclass(frozen=True)
class Period:
    """[since, until), aware, in the zone that the report is read in."""

    since: datetime.datetime
    until: datetime.datetime
    group_by: str = "day"

    @property
    def zone(self) -> datetime.tzinfo:
        zone = self.since.tzinfo
        assert zone is not None
        return zone

    @property
    def before(self) -> Period:
        """As long, just before."""
        return Period(self.since - (self.until - self.since), self.since, self.group_by)

    def buckets(self) -> Iterator[datetime.datetime]:
        """The starts of all buckets, the first of which may begin before `since`."""
        start = floor(self.since, self.group_by)
        while start < self.until:
            yield start
            start = following(start, self.group_by)


def parse_period(since: object, until: object, *, offset: object = 0, group_by: str = "day") -> Period | None:
    """From epoch seconds (texts or numbers) and an offset in hours. None without both ends. Raises Invalid."""
    if since in (None, "") or until in (None, ""):
        return None
    zone = datetime.timezone(datetime.timedelta(hours=_offset(offset)))
    if group_by not in GROUPS:
        raise Invalid(_("group_by must be one of: %s") % ", ".join(GROUPS), attributes=["group_by"])
    period = Period(_moment(since, "since", zone), _moment(until, "until", zone), group_by)
    if period.until < period.since:
        raise Invalid(_("until must not be before since"), attributes=["until"])
    _guard(period)
    return period


def _guard(period: Period) -> None:
    shortest = {"hour": 1, "day": 24, "week": 168, "month": 672, "year": 8760}[period.group_by]
    hours = (period.until - period.since).total_seconds() / 3600
    if hours / shortest > MOST_BUCKETS:
        raise Invalid(
            _("The range is too long for this grouping. Choose a coarser one."), attributes=["group_by"]
        )


def _moment(value: object, name: str, zone: datetime.tzinfo) -> datetime.datetime:
    try:
        seconds = int(float(str(value)))
    except (ValueError, OverflowError):
        seconds = -1
    if not 0 <= seconds <= _LAST_SECOND - 86_400 * 2:
        raise Invalid(_("%s must be a time in seconds since 1970") % name, attributes=[name])
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone(zone)


def _offset(value: object) -> float:
    try:
        hours = float(str(value or 0))
    except ValueError:
        hours = 99
    if not abs(hours) <= _WIDEST_OFFSET:  # also refuses NaN
        raise Invalid(
            _("timezone_offset must be a number of hours from -14 to 14"), attributes=["timezone_offset"]
        )
    return hours


def floor(moment: datetime.datetime, group_by: str) -> datetime.datetime:
    """The start of its hour, day, week (Monday), month or year. Offsets are fixed, so no clock changes here."""
    start = moment.replace(minute=0, second=0, microsecond=0)
    if group_by == "hour":
        return start
    start = start.replace(hour=0)
    if group_by == "week":
        return start - datetime.timedelta(days=start.weekday())
    if group_by == "month":
        return start.replace(day=1)
    return start.replace(month=1, day=1) if group_by == "year" else start


def following(start: datetime.datetime, group_by: str) -> datetime.datetime:
    if group_by == "month":
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    if group_by == "year":
        return start.replace(year=start.year + 1)
    steps = {"hour": datetime.timedelta(hours=1), "day": datetime.timedelta(days=1)}
    return start + steps.get(group_by, datetime.timedelta(weeks=1))
