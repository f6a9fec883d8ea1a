"""How much one visitor may do, and who counts as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from channels_ext.visitor_api import client_address
from config import events, throttling
from config.events import bus
from tests import factories
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast


def test_the_twenty_first_message_of_a_minute_is_refused_and_stores_nothing(
    cast: Cast, vera: Visitor, rates: Callable[..., None], stored: Callable[[], Any]
) -> None:
    rates(visitor="20/min")
    for number in range(20):
        assert vera.write(f"Line {number}").status_code == 200
    before = stored()

    response = vera.write("One too many")

    assert response.status_code == 429
    wait = int(response["Retry-After"])
    assert 1 <= wait <= 61
    text = f"Too many requests. Please try again in {wait} s."
    assert response.json() == {"code": "too_many_requests", "message": text, "error": text}
    assert stored() == before
    # Reading goes on, and so does everybody else.
    assert len(vera.thread()) == 20
    walter = Visitor(cast.inbox, factories.make_session(cast.inbox, "Walter"))
    assert walter.write("Hello").status_code == 200


def test_opening_a_conversation_counts_like_a_message(
    vera: Visitor, rates: Callable[..., None], stored: Callable[[], Any]
) -> None:
    rates(visitor="1/min")
    assert vera.write("Hello").status_code == 200
    before = stored()

    assert vera.send("/conversations", {"message": {"content": "Hello"}}).status_code == 429
    assert stored() == before


def test_new_visitors_are_limited_by_address(
    cast: Cast, rates: Callable[..., None], stored: Callable[[], Any]
) -> None:
    rates(new_visitor="3/min")
    for _number in range(3):
        assert Visitor(cast.inbox).send("/config").status_code == 200
    before = stored()

    refused = Visitor(cast.inbox).send("/config")

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert "Retry-After" in refused
    assert stored() == before
    # Who is known already is not new; and another address has a budget of its own.
    assert Visitor(cast.inbox, cast.vera).send("/config").status_code == 200
    assert Visitor(cast.inbox, REMOTE_ADDR="198.51.100.7").send("/config").status_code == 200


def test_all_calls_of_an_address_share_one_budget(
    cast: Cast, vera: Visitor, rates: Callable[..., None]
) -> None:
    rates(visitor_ip="2/min")
    assert vera.read("/messages").status_code == 200
    assert vera.read("/conversations").status_code == 200

    refused = vera.read("/messages")

    assert refused.status_code == 429
    assert set(refused.json()) == {"code", "message", "error"}
    assert refused["Content-Type"] == "application/json"


def test_guessing_website_tokens_is_limited_too(cast: Cast, rates: Callable[..., None]) -> None:
    rates(visitor_ip="3/min")
    guesser = Visitor(cast.inbox)
    guesser.website_token = "x" * 24

    assert [guesser.send("/config").status_code for _number in range(4)] == [404, 404, 404, 429]


def test_without_redis_nobody_is_refused(vera: Visitor, rates: Callable[..., None], settings: Any) -> None:
    rates(visitor="1/min", visitor_ip="1/min")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    try:
        assert [vera.write(f"Line {number}").status_code for number in range(3)] == [200, 200, 200]
    finally:
        bus.cache_clear()
        throttling._Away.until = events._Waker.quiet_until = 0.0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),  # nobody is trusted: the header is the visitor's own invention
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.9.9.9, 203.0.113.9", "203.0.113.9"),  # the first was written by the visitor
        (2, "10.9.9.9, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # came past a proxy: believed about nothing
        (1, "", "192.0.2.1"),
        (1, " , ,", "192.0.2.1"),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(
    settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")) == address


def test_a_forged_header_gets_nobody_a_second_budget(cast: Cast, rates: Callable[..., None]) -> None:
    rates(new_visitor="1/min")

    answers = [
        Visitor(cast.inbox, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").send("/config").status_code
        for number in range(3)
    ]

    assert answers == [200, 429, 429]


def test_behind_a_trusted_proxy_every_visitor_has_their_own_budget(
    cast: Cast, rates: Callable[..., None], settings: Any
) -> None:
    rates(new_visitor="1/min")
    settings.TRUSTED_PROXY_COUNT = 1

    answers = [
        Visitor(cast.inbox, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").send("/config").status_code
        for number in (1, 2, 2)
    ]

    assert answers == [200, 200, 429]
