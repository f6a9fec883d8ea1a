"""A cache that is away costs speed, never an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from config.cache import ForgivingRedisCache
from tests import factories
from tests.factories import Cast


@pytest.fixture
def nowhere() -> Iterator[ForgivingRedisCache]:
    yield ForgivingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})
    ForgivingRedisCache._away_until = 0.0


def test_every_call_has_an_answer(nowhere: ForgivingRedisCache) -> None:
    assert nowhere.get("a", "otherwise") == "otherwise"
    assert nowhere.add("a", 1) is True
    assert nowhere.get_many(["a"]) == {}
    assert nowhere.set_many({"a": 1}) == []
    assert nowhere.incr("a", 2) == 2
    assert nowhere.has_key("a") is False
    assert nowhere.touch("a") is False
    assert nowhere.set("a", 1) is None
    assert nowhere.delete("a") is False


def test_bob_signs_in_while_the_cache_is_away(cast: Cast, client: Any, nowhere: ForgivingRedisCache) -> None:
    working = caches["default"]
    caches["default"] = nowhere
    try:
        answer = client.post("/app/login", {"login": cast.bob.user.email, "password": factories.PASSWORD})
        assert answer.status_code == 302
        assert client.get(f"/app/accounts/{cast.account.pk}/dashboard").status_code == 200
    finally:
        caches["default"] = working
