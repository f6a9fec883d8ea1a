"""The bus may lose anything at any time. Nobody misses an event for it, or gets one twice, or out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.db import OperationalError

from channels_ext.realtime import feed, shaping
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.hub import current_hub
from channels_ext.realtime.publisher import publisher
from config.database import platform_scope
from config.models import OutboxEvent, RelayState
from tests.channels_ext.realtime.scene import Line, Scene, contact_identifier, hear, user_identifier

pytestmark = pytest.mark.drill

Act = Callable[[], Awaitable[None]]


@pytest.fixture
def nothing_published(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`nothing_published()`: from now on the relay's publishing fails, as with a dead Redis."""
    return lambda: monkeypatch.setattr(publisher, "_send", lambda _pairs: False)


@pytest.fixture
def every_third_batch_is_lost(monkeypatch: pytest.MonkeyPatch) -> Any:
    def lose() -> None:
        really_send, count = publisher._send, iter(range(1_000_000))
        monkeypatch.setattr(
            publisher, "_send", lambda pairs: really_send(pairs) if next(count) % 3 else False
        )

    return lose


@pytest.fixture
def every_third_batch_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> Any:
    """As after a restart of the database, when the relay's pooled connections are dead one after another."""

    def break_it() -> None:
        really_build, count = shaping.shaped, iter(range(1_000_000))

        def build(*arguments: Any) -> Any:
            if next(count) % 3 == 0:
                raise OperationalError("terminating connection due to unexpected postmaster exit")
            return really_build(*arguments)

        monkeypatch.setattr(feed.shaping, "shaped", build)

    return break_it


@pytest.fixture
def without_rereading(settings: Any) -> None:
    """The broken twin: a hub that trusts the bus."""
    settings.REALTIME_REREAD = False


@pytest.fixture
def killer() -> Iterator[Callable[[], int]]:
    """`killer()` cuts every pub/sub connection of this test's server. Others' sockets reconnect as well."""
    client: Any = redis.Redis.from_url(django_settings.REDIS_URL)
    yield lambda: int(client.client_kill_filter(_type="pubsub"))
    client.close()


async def write(scene: Scene, count: int, *, gap: float = 0.02) -> list[str]:
    texts = []
    for number in range(count):
        await hear(scene.cast.vera, f"message {number}")
        await scene.relay()
        texts.append(f"message {number}")
        await asyncio.sleep(gap)
    return texts


async def heard(line: Line, count: int, *, within: float = 12.0) -> list[str]:
    """The texts of new messages, in the order in which they came."""
    found: list[str] = []
    while len(found) < count:
        frame = await line.frame(within)
        if frame is None:
            break
        found += _texts(frame)
    return found + [text for frame in await line.frames(50, within=0.3) for text in _texts(frame)]


def _texts(frame: dict[str, Any]) -> list[str]:
    event = frame.get("message") or {}
    if isinstance(event, dict) and event.get("event") == "message.created":
        return [event["data"]["content"]]
    if frame.get("type") != "message.created":
        return []
    if "html" in frame:
        return [frame["html"].split("<p>")[1].split("</p>")[0]]
    return [frame["data"]["content"]]


async def everyone(scene: Scene) -> list[Line]:
    """A dashboard, a widget and two /cable clients, which have no cursor."""
    return [
        await scene.dashboard(scene.cast.bob),
        await scene.widget(scene.cast.vera),
        await scene.cable(user_identifier(scene.cast.alice)),
        await scene.cable(contact_identifier(scene.cast.vera)),
    ]


async def test_nobody_misses_anything_when_the_bus_connection_is_killed_again_and_again(
    scene: Scene, killer: Callable[[], int]
) -> None:
    lines = await everyone(scene)
    listening = [asyncio.create_task(heard(line, 120)) for line in lines]
    killing = asyncio.create_task(keep_killing(killer))

    texts = await write(scene, 120)

    killing.cancel()
    for task in listening:
        assert await task == texts
    assert current_hub().figures["reconnects"] >= 1


async def keep_killing(killer: Callable[[], int]) -> None:
    """One kill alone loses little: the client is back at once. This leaves it no time to be."""
    while True:
        await asyncio.sleep(0.3)
        for _ in range(30):
            killer()
            await asyncio.sleep(0.01)


async def test_sockets_live_on_the_database_alone_while_nothing_is_published(
    scene: Scene, nothing_published: Any
) -> None:
    lines = await everyone(scene)
    nothing_published()
    listening = [asyncio.create_task(heard(line, 25)) for line in lines]

    texts = await write(scene, 25)

    for task in listening:
        assert await task == texts


async def test_order_is_kept_when_every_third_batch_is_lost(
    scene: Scene, every_third_batch_is_lost: Any
) -> None:
    lines = await everyone(scene)
    every_third_batch_is_lost()
    listening = [asyncio.create_task(heard(line, 60)) for line in lines]

    texts = await write(scene, 60, gap=0.01)

    for task in listening:
        assert await task == texts


async def test_order_is_kept_when_the_relay_cannot_read_every_third_batch(
    scene: Scene, every_third_batch_cannot_be_read: Any
) -> None:
    lines = await everyone(scene)
    every_third_batch_cannot_be_read()
    listening = [asyncio.create_task(heard(line, 60)) for line in lines]

    texts = await write(scene, 60, gap=0.01)

    for task in listening:
        assert await task == texts


async def test_a_single_lost_event_comes_within_two_seconds(scene: Scene, nothing_published: Any) -> None:
    bob = await scene.dashboard(scene.cast.bob)
    nothing_published()

    await scene.vera_writes("lost on the way")

    found = await bob.frames(1, within=2.0, kind="message.created")
    assert "lost on the way" in found[0]["html"]


async def test_the_broken_twin_without_rereading_loses_what_was_not_published(
    without_rereading: None, scene: Scene, every_third_batch_is_lost: Any
) -> None:
    bob = await scene.dashboard(scene.cast.bob)
    every_third_batch_is_lost()
    listening = asyncio.create_task(heard(bob, 30, within=2.5))

    texts = await write(scene, 30, gap=0.01)

    got = await listening
    assert len(got) < len(texts)
    assert set(got) < set(texts)


async def test_the_broken_twin_loses_what_came_while_its_connection_was_killed(
    without_rereading: None, scene: Scene, killer: Callable[[], int]
) -> None:
    bob = await scene.dashboard(scene.cast.bob)
    listening = asyncio.create_task(heard(bob, 120, within=3.0))
    killing = asyncio.create_task(keep_killing(killer))

    texts = await write(scene, 120)

    killing.cancel()
    assert len(await listening) < len(texts)


async def test_a_restored_database_makes_everybody_come_back(scene: Scene) -> None:
    await write(scene, 3, gap=0)
    bob = await scene.dashboard(scene.cast.bob)
    await bob.silence(1.2)

    await _set_back()

    assert await bob.closed() == 4008


@in_thread
def _set_back() -> None:
    with platform_scope("a test restores an older database"):
        OutboxEvent.objects.all().delete()
        RelayState.objects.update(last_seq=1)
