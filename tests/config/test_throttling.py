from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from config import throttling
from config.events import bus
from config.problems import TooMany


@pytest.fixture(autouse=True)
def _rates(settings: Any, monkeypatch: Any) -> Iterator[None]:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "visitor": "3/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    throttling._rate.cache_clear()
    monkeypatch.setattr(time, "time", lambda: 1_800_000_020.0)
    yield
    throttling._rate.cache_clear()


def test_the_fourth_within_a_minute_is_refused_with_the_time_to_wait() -> None:
    for _number in range(3):
        throttling.allow("visitor", 7)
    with pytest.raises(TooMany) as refused:
        throttling.allow("visitor", 7)
    assert refused.value.retry_after == 41
    throttling.allow("visitor", 8)


def test_the_next_window_begins_at_zero(monkeypatch: Any) -> None:
    for _number in range(3):
        throttling.allow("visitor", 7)
    monkeypatch.setattr(time, "time", lambda: 1_800_000_061.0)
    throttling.allow("visitor", 7)


def test_without_redis_nobody_is_refused(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    try:
        for _number in range(10):
            throttling.allow("visitor", 7)
    finally:
        bus.cache_clear()
        throttling._Away.until = 0.0


def test_a_rate_that_cannot_be_read_stops_at_once(settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "visitor": "often"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    throttling._rate.cache_clear()
    with pytest.raises(ValueError, match="visitor"):
        throttling.allow("visitor", 7)
