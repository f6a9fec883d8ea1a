"""Coming back with a cursor: what was missed, once and in order, or an honest reset."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels_ext.realtime import envelope, outbox, sockets
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.hub import current_hub
from config.database import platform_scope
from config.models import OutboxEvent
from tests.channels_ext.realtime.scene import OUR_PAGE, Line, Scene, hear, visitor_tokens


def created(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["id"] for frame in frames if frame["type"] == "message.created"]


async def test_bob_returns_and_gets_what_he_missed_once_and_in_order(scene: Scene) -> None:
    await scene.vera_writes("before")
    cursor = await scene.head()
    missed = [(await scene.vera_writes(f"missed {number}"))["id"] for number in range(20)]

    bob = await scene.dashboard(scene.cast.bob, cursor=cursor)
    live = [(await scene.vera_writes(f"live {number}"))["id"] for number in range(3)]

    frames = await bob.frames(1000, within=2.5)
    assert created(frames) == [*missed, *live]
    numbers = [frame["seq"] for frame in frames if frame["type"] == "message.created"]
    assert numbers == sorted(numbers)


async def test_the_welcome_says_where_the_replay_begins(scene: Scene) -> None:
    await scene.vera_writes("before")
    cursor = await scene.head()
    await scene.vera_writes("after")

    bob = await scene.dashboard(scene.cast.bob, cursor=cursor)

    # Not the newest number: a client that takes it for its cursor and is cut off now has lost nothing.
    assert bob.seq == cursor  # type: ignore[attr-defined]


async def test_vera_returns_and_gets_only_her_own(scene: Scene) -> None:
    await scene.vera_writes("before")
    cursor = await scene.head()
    opened = await scene.vera_writes("from another tab")
    await scene.answers(scene.cast.bob, opened["conversation_id"], "answer")
    await scene.answers(scene.cast.bob, opened["conversation_id"], "note", private=True)

    vera = await scene.widget(scene.cast.vera, cursor=cursor)

    frames = [one for one in await vera.frames(50, within=1.0) if one["type"] == "message.created"]
    assert [one["data"]["content"] for one in frames] == ["from another tab", "answer"]


async def test_what_happens_during_the_replay_comes_after_it(scene: Scene) -> None:
    await scene.vera_writes("before")
    cursor = await scene.head()
    first = [(await hear(scene.cast.vera, f"missed {number}"))["id"] for number in range(30)]
    await scene.relay()
    line = await scene.knock(scene.cast.bob)

    await line.send({"type": "hello", "cursor": cursor})
    later = [(await scene.vera_writes(f"meanwhile {number}"))["id"] for number in range(10)]

    assert created(await line.frames(1000, within=2.5)) == [*first, *later]


async def test_too_much_was_missed_so_bob_is_told_to_reload(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_REPLAYED", 5)
    await scene.vera_writes("before")
    cursor = await scene.head()
    for number in range(6):
        await scene.vera_writes(f"missed {number}")

    bob = await scene.dashboard(scene.cast.bob, cursor=cursor)

    assert await bob.frame() == {"type": "reset", "seq": await scene.head()}
    assert created(await bob.frames(50, within=1.3)) == []
    live = await scene.vera_writes("live")
    assert created(await bob.frames(2)) == [live["id"]]


async def test_what_was_missed_is_pruned_so_bob_is_told_to_reload(scene: Scene) -> None:
    for number in range(4):
        await scene.vera_writes(f"old {number}")

    @in_thread
    def prune() -> None:
        with platform_scope("a test prunes the outbox"):
            OutboxEvent.objects.filter(seq__lte=3).delete()

    await prune()

    bob = await scene.dashboard(scene.cast.bob, cursor=2)
    assert (await bob.frame() or {})["type"] == "reset"


@pytest.mark.parametrize("cursor", [10_000_000, 2**63 - 1])
async def test_a_cursor_from_the_future_is_reset(scene: Scene, cursor: int) -> None:
    await scene.vera_writes("one")
    bob = await scene.dashboard(scene.cast.bob, cursor=cursor)
    assert await bob.frame() == {"type": "reset", "seq": await scene.head()}


@pytest.mark.parametrize("cursor", [-1, 2**63, "7", 1.5, True, [], {}])
async def test_a_cursor_that_is_none_gets_an_error_and_the_socket_stays(scene: Scene, cursor: Any) -> None:
    line = await scene.knock(scene.cast.bob)
    await line.send({"type": "hello", "cursor": cursor})
    assert (await line.frame() or {}).get("code") == "bad_cursor"
    await line.send({"type": "hello", "cursor": None})
    assert (await line.frame() or {})["type"] == "welcome"


async def test_heartbeats_carry_the_newest_number_that_was_surely_delivered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_ext.realtime.rounds.HEARTBEAT_SECONDS", 1)
    bob = await scene.dashboard(scene.cast.bob)
    await scene.vera_writes("one")

    beats = await bob.frames(3, within=5, kind="heartbeat")

    assert beats[-1] == {"type": "heartbeat", "seq": await scene.head()}


async def test_a_silent_link_is_closed_and_a_pinging_one_stays(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_ext.realtime.rounds.DEAD_SECONDS", 3)
    monkeypatch.setattr("channels_ext.realtime.rounds.LOOK_SECONDS", 1)
    dead, alive = await scene.dashboard(scene.cast.bob), await scene.dashboard(scene.cast.bob)
    for _ in range(8):
        await alive.send({"type": "ping"})
        await asyncio.sleep(0.5)
    assert await dead.closed(1) == 4000
    assert alive.code is None and await alive.closed(0.2) is None


async def test_who_never_says_hello_is_closed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_ext.realtime.rounds.HELLO_SECONDS", 1)
    monkeypatch.setattr("channels_ext.realtime.rounds.LOOK_SECONDS", 1)
    line = await scene.knock(scene.cast.bob)
    assert await line.closed(4) == 4408


# --- slow readers -------------------------------------------------------------------------------------
class Stuck:
    """A transport whose reader has stopped: what is sent stays, as daphne's buffer would show."""

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self) -> int:
        return self.bytes


async def test_a_slow_reader_is_closed_with_resync_and_misses_nothing_after_it_returns(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MAX_BYTES", 64 * 1024)
    await scene.vera_writes("before")
    cursor = await scene.head()
    full = Stuck()
    slow = scene.line("/live/widget", headers=OUR_PAGE, **{"parley.buffered": full})
    await slow.open()
    await slow.send({"type": "hello", "cursor": cursor, **await visitor_tokens(scene.cast.vera)})
    await slow.frame()
    other = await scene.widget(scene.cast.vera)

    full.bytes = 65 * 1024
    message = await scene.vera_writes("too much")

    assert await slow.frame() == {"type": "resync"}
    assert await slow.closed() == 4008
    assert created(await other.frames(2, within=2)) == [message["id"]]
    back = await scene.widget(scene.cast.vera, cursor=cursor)
    assert created(await back.frames(2, within=2)) == [message["id"]]


async def test_a_server_with_back_pressure_gets_a_bounded_queue_per_socket() -> None:
    gate, sent = asyncio.Event(), []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send" and message["text"].startswith("n"):
            await gate.wait()
        sent.append(message)

    socket = sockets.Socket(send=send, render=lambda _packet: (), buffered=lambda: 0, kind="visitor")
    for number in range(100):
        socket.push({"type": "websocket.send", "text": f"n{number}"})
    assert sent == []
    gate.set()
    await asyncio.sleep(0.05)
    assert [one["text"] for one in sent] == [f"n{number}" for number in range(100)]

    gate.clear()
    sent.clear()
    for number in range(sockets.MAX_FRAMES + 2):
        socket.push({"type": "websocket.send", "text": f"n{number}"})
    assert socket.closed
    assert [one["type"] for one in sent] == ["websocket.send", "websocket.close"]
    assert sent[0]["text"] == '{"type":"resync"}'
    gate.set()


async def test_a_long_replay_waits_for_its_reader_instead_of_calling_it_slow(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "REPLAY_BYTES", 10)
    await scene.vera_writes("before")
    cursor = await scene.head()
    ids = [(await scene.vera_writes(f"missed {number}"))["id"] for number in range(5)]
    full = Stuck()
    full.bytes = 11
    line = scene.line("/live/widget", headers=OUR_PAGE, **{"parley.buffered": full})
    await line.open()
    await line.send({"type": "hello", "cursor": cursor, **await visitor_tokens(scene.cast.vera)})

    first = await _created_so_far(line)
    assert len(first) == 1  # the reader takes nothing: the rest waits
    full.bytes = 0
    assert [*first, *await _created_so_far(line)] == ids


async def _created_so_far(line: Line) -> list[int]:
    return created(await line.frames(100, within=0.8))


async def test_a_thousand_returning_sockets_are_served_from_one_reading(scene: Scene) -> None:
    await scene.vera_writes("before")
    cursor = await scene.head()
    await scene.vera_writes("missed")
    for _ in range(5):
        line = await scene.dashboard(scene.cast.bob, cursor=cursor)
        assert len(created(await line.frames(2))) == 1
    packets = current_hub().recent._packets
    assert sorted(packets) == [await scene.head()]
