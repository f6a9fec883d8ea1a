"""The hours of an inbox."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.permissions import Asker, require
from config.problems import Invalid
from inboxes.actions.inboxes import lock_inbox
from inboxes.hours import Day, columns_of, week_of
from inboxes.models import WorkingHours


@transaction.atomic
def set_working_hours(*, access: Asker, inbox_id: int, days: Iterable[Mapping[str, Any]]) -> None:
    """Days with the columns of WorkingHours; the others keep theirs. Raises Forbidden, NotFound, Invalid."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    cleaned = [_clean(day) for day in days]
    if len({day.day_of_week for day in cleaned}) != len(cleaned):
        raise Invalid(_("Working hours name a day twice."), attributes=["working_hours"])
    store_days(access=access, inbox_id=inbox.pk, days=cleaned)
    names = [day.day_of_week for day in cleaned]
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="inbox.hours_changed",
        subject=inbox,
        changes={"days": [None, names]},
    )


def store_days(*, access: Asker, inbox_id: int, days: Iterable[Day]) -> None:
    """For actions that hold the inbox already."""
    WorkingHours.objects.bulk_create(
        [WorkingHours(account_id=access.account_id, inbox_id=inbox_id, **columns_of(day)) for day in days],
        update_conflicts=True,
        unique_fields=["inbox", "day_of_week"],
        update_fields=[*columns_of(Day(0)).keys() - {"day_of_week"}, "updated_at"],
    )


def store_usual_week(*, access: Asker, inbox_id: int) -> None:
    store_days(access=access, inbox_id=inbox_id, days=week_of([]).values())


def _clean(day: Mapping[str, Any]) -> Day:
    number = day.get("day_of_week")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 6:
        raise Invalid(_("Day of week must be between 0 (Sunday) and 6."), attributes=["working_hours"])
    closed, all_day = bool(day.get("closed_all_day")), bool(day.get("open_all_day"))
    if closed and all_day:
        raise Invalid(_("A day is either closed or open all day."), attributes=["working_hours"])
    if closed or all_day:
        return Day(number, all_day=all_day)
    opens, closes = _time(day, "open"), _time(day, "close")
    if closes <= opens:
        raise Invalid(_("A day must close after it opens."), attributes=["working_hours"])
    return Day(number, opens, closes)


def _time(day: Mapping[str, Any], which: str) -> datetime.time:
    try:
        return datetime.time(day[f"{which}_hour"], day[f"{which}_minutes"])
    except (KeyError, TypeError, ValueError):
        message = _("A day that is open needs its hours and minutes, both when it opens and when it closes.")
        raise Invalid(message, attributes=["working_hours"]) from None
