from __future__ import annotations

import datetime

import pytest

from inboxes.hours import Day, columns_of, is_open, next_opening, usual_day, week_of

USUAL = week_of([])
T = datetime.time


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


# 2026-03-02 is a Monday.
@pytest.mark.parametrize(
    ("moment", "timezone", "expected"),
    [
        ("2026-03-02 09:00", "UTC", True),
        ("2026-03-02 08:59:59", "UTC", False),
        ("2026-03-02 16:59:59", "UTC", True),
        ("2026-03-02 17:00", "UTC", False),
        ("2026-03-01 12:00", "UTC", False),  # Sunday
        ("2026-03-02 00:00", "Asia/Shanghai", False),
        ("2026-03-02 01:00", "Asia/Shanghai", True),
        ("2026-03-01 22:00", "Pacific/Auckland", True),  # Monday there already
        ("2026-03-02 03:30", "Asia/Kolkata", True),
        ("2026-03-02 10:00", "No/Where", True),
    ],
)
def test_an_inbox_is_open_by_the_clock_of_its_own_place(moment: str, timezone: str, expected: bool) -> None:
    assert is_open(USUAL, at(moment), timezone) is expected


@pytest.mark.parametrize(
    ("moment", "timezone", "expected"),
    [
        ("2026-03-02 10:00", "UTC", "2026-03-02 10:00"),
        ("2026-03-02 08:00", "UTC", "2026-03-02 09:00"),
        ("2026-03-02 17:00", "UTC", "2026-03-03 09:00"),
        ("2026-03-06 18:00", "UTC", "2026-03-09 09:00"),  # Friday evening
        ("2026-03-06 18:00", "America/New_York", "2026-03-06 18:00"),
        ("2026-03-06 23:00", "America/New_York", "2026-03-09 13:00"),  # the clocks went forward on Sunday
        ("2026-10-30 22:00", "America/New_York", "2026-11-02 14:00"),  # and back
    ],
)
def test_the_next_opening_is_in_working_days_and_across_changes_of_the_clock(
    moment: str, timezone: str, expected: str
) -> None:
    assert next_opening(USUAL, at(moment), timezone) == at(expected)


def test_an_hour_that_the_clock_leaps_over_still_opens_the_inbox() -> None:
    sunday = week_of([Day(0, T(2, 30), T(4))])
    # In Berlin 02:30 does not exist on 2026-03-29; the door opens no later than it would.
    opening = next_opening(sunday, at("2026-03-28 23:00"), "Europe/Berlin")
    assert opening is not None
    assert at("2026-03-29 00:30") <= opening <= at("2026-03-29 01:30")


def test_a_week_that_never_opens_has_no_next_opening() -> None:
    closed = week_of(Day(number) for number in range(7))
    assert next_opening(closed, at("2026-03-02 10:00"), "UTC") is None


def test_a_day_that_is_open_all_day_ends_with_midnight() -> None:
    week = week_of([*(Day(number) for number in range(7)), Day(1, all_day=True)])
    assert is_open(week, at("2026-03-02 00:00"), "UTC")
    assert is_open(week, at("2026-03-02 23:59:59"), "UTC")
    assert not is_open(week, at("2026-03-03 00:00"), "UTC")
    assert next_opening(week, at("2026-03-03 00:00"), "UTC") == at("2026-03-09 00:00")


def test_days_are_stored_as_the_contract_shows_them() -> None:
    assert columns_of(usual_day(1)) == {
        "day_of_week": 1,
        "closed_all_day": False,
        "open_hour": 9,
        "open_minutes": 0,
        "close_hour": 17,
        "close_minutes": 0,
        "open_all_day": False,
    }
    assert columns_of(usual_day(0))["closed_all_day"] is True
    assert columns_of(usual_day(0))["open_hour"] is None
    whole = columns_of(Day(2, all_day=True))
    assert (whole["open_hour"], whole["close_hour"], whole["close_minutes"]) == (0, 23, 59)
