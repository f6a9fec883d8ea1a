"""People who look at a screen: their sockets stay open through the whole drill, and write down what they see.

Each kind follows its protocol as the real client does: our own envelope comes back with its cursor; /cable
has none, so such a client asks over HTTP for what it missed, and only after its own connection was lost.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
SPEAK_SECONDS = 20  # the server closes whoever is silent for a minute
CREATED = "message.created"

# Asks over HTTP for what came after the newest known message of each conversation (by display id). Answers with
# (conversation, message id) pairs.
Floors = dict[int, int]
Fetch = Callable[[Floors], Awaitable[list[tuple[int, int]]]]


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where a watcher connects and who it is."""

    name: str
    kind: str  # "dashboard", "shopper", "agent cable", "visitor cable"
    url: str
    headers: dict[str, str]
    is_visitor: bool
    inboxes: frozenset[int] | None = None  # agents; None sees all
    conversation: int | None = None  # visitors: the only one they may see
    hello: dict[str, Any] = field(default_factory=dict)  # envelope: the rest of the first frame
    identifier: str = ""  # cable


class Watcher:
    """`run` it as a task. `seen` maps message id -> conversation, in the order of first sight; those of `fetched`
    came (also) over HTTP after a reconnect, so that their place in it says nothing."""

    def __init__(self, *, seat: Seat, rng: random.Random, fetch: Fetch | None = None) -> None:
        self.seat = seat
        self.seen: dict[int, int] = {}
        self.seen_at: dict[int, float] = {}
        self.again = 0  # frames with a message that was seen before
        self.fetched: set[int] = set()
        self.resets = 0
        self.lost: list[tuple[float, str]] = []  # when an open connection ended (time.monotonic), and why
        self.refused: list[str] = []  # attempts to connect that failed, and why
        self.errors: list[str] = []  # error frames
        self.ready = asyncio.Event()
        self._cursor: int | None = None
        self._newest: Floors = {}
        self._owed: Floors | None = None  # where an unfinished fetch began
        self._asking: asyncio.Task[None] | None = None
        self._rng = rng
        self._fetch = fetch

    async def run(self) -> None:
        tries = 0
        while True:
            before = self.ready.is_set()
            self.ready.clear()
            try:
                await self._sit(again=before or tries > 0)
            except (OSError, InvalidHandshake, TimeoutError, EOFError) as error:
                self.refused.append(f"{type(error).__name__}: {error}"[:120])
            tries = 0 if self.ready.is_set() else tries + 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2**tries)
            await asyncio.sleep(wait * self._rng.uniform(0.5, 1))

    async def _sit(self, *, again: bool) -> None:
        cable = bool(self.seat.identifier)
        async with connect(
            self.seat.url,
            additional_headers=self.seat.headers,
            subprotocols=["actioncable-v1-json"] if cable else None,  # type: ignore[list-item]
            compression=None,
            ping_interval=None,
            open_timeout=10,
            close_timeout=1,
            max_size=4 * 1024 * 1024,
            proxy=None,
        ) as socket:
            speaking = asyncio.create_task(self._speak(socket))
            try:
                await (self._cable(socket, again=again) if cable else self._envelope(socket))
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else None
                self.lost.append((time.monotonic(), f"closed with {code}" if code else "cut"))
            finally:
                speaking.cancel()

    async def _speak(self, socket: ClientConnection) -> None:
        present = {"command": "message", "identifier": self.seat.identifier}
        present["data"] = json.dumps({"action": "update_presence"})
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(SPEAK_SECONDS)
                await socket.send(json.dumps(present if self.seat.identifier else {"type": "ping"}))

    # --- our own envelope ---------------------------------------------------------------------------
    async def _envelope(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "hello", "cursor": self._cursor, **self.seat.hello}))
        async for text in socket:
            frame = json.loads(text)
            if isinstance(frame.get("seq"), int):
                self._advance(frame["type"], frame["seq"])
            self._take(frame)

    def _advance(self, kind: str, seq: int) -> None:
        """As static/js/lib/live.js: a welcome comes before the replay, so it moves no cursor that is there."""
        if kind == "welcome":
            self._cursor = seq if self._cursor is None else self._cursor
        elif kind == "reset":
            self._cursor = seq
        else:
            self._cursor = max(self._cursor or 0, seq)

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "welcome":
            self.ready.set()
        elif kind == "reset":
            self.resets += 1
            self._ask()
        elif kind == "error":
            self.errors.append(f"{frame.get('code')}: {frame.get('message')}")
        elif kind == CREATED:
            self._see(frame["id"], int(frame["stream"].removeprefix("conv:")))

    # --- ActionCable --------------------------------------------------------------------------------
    async def _cable(self, socket: ClientConnection, *, again: bool) -> None:
        await socket.send(json.dumps({"command": "subscribe", "identifier": self.seat.identifier}))
        async for text in socket:
            frame = json.loads(text)
            if frame.get("type") == "confirm_subscription":
                # From here on everything comes by itself; what came before is asked for.
                if again:
                    self._ask()
                self.ready.set()
            elif frame.get("message", {}) and isinstance(frame["message"], dict):
                self._hear(frame["message"])

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("event") == CREATED:
            self._see(message["data"]["id"], message["data"]["conversation_id"])

    def _ask(self) -> None:
        """Beside the reading: who stops reading is cut off. What is known is noted now, before the next frame;
        an earlier fetch that has not come to its end still counts from where it began."""
        self._owed = self._newest | (self._owed or {})
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.create_task(self._fetch_from(self._owed))

    async def _fetch_from(self, floors: Floors) -> None:
        assert self._fetch is not None, f"{self.seat.name} has nobody to ask"
        for conversation, message_id in await self._fetch(dict(floors)):
            self.fetched.add(message_id)
            if message_id not in self.seen:
                self._see(message_id, conversation)
        self._owed = None

    def _see(self, message_id: int, conversation: int) -> None:
        if message_id in self.seen:
            self.again += 1
            return
        self.seen[message_id] = conversation
        self._newest[conversation] = max(message_id, self._newest.get(conversation, 0))
        self.seen_at[message_id] = time.monotonic()
