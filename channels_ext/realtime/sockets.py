"""One open socket as the hub sees it: sends without a task of its own, and never grows without bound."""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Protocol

import orjson

MAX_FRAMES = 256
MAX_BYTES = 1024 * 1024
MAX_HELD = 2000  # events waiting while the socket is (re-)authorised or replayed

TOO_BIG = 1009
TRY_LATER = 1013
RESYNC = 4008
UNAUTHENTICATED = 4401
FORBIDDEN = 4403
UNKNOWN_TOKEN = 4404
NO_HELLO = 4408
TOO_MUCH = 4029

Message = dict[str, Any]  # an ASGI message; the same dict goes to every socket, so nobody changes it


class Delivery(Protocol):
    """What the hub delivers: an event or something transient. `seq` is 0 for what is not in the outbox."""

    seq: int
    groups: tuple[str, ...]


FRAME = "parley.frame"


def text_frame(value: Any) -> Message:
    """The message, and beside its text the same as bytes on the wire, for servers that take them."""
    payload = orjson.dumps(value)
    return {"type": "websocket.send", "text": payload.decode(), FRAME: wire_frame(payload)}


def wire_frame(payload: bytes) -> bytes:
    """A whole text frame of a server (RFC 6455, 5.2): unmasked, so it is the same for every socket."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


RESYNC_FRAME = text_frame({"type": "resync"})


class Socket:
    """`render(delivery)` gives the ready ASGI messages for this kind of socket; encoding is shared."""

    __slots__ = (
        "__weakref__",
        "_buffered",
        "_holds",
        "_last_word",
        "_queue",
        "_queued",
        "_send",
        "_write",
        "_writer",
        "accounts",
        "closed",
        "floor",
        "groups",
        "heard",
        "held",
        "kind",
        "opened",
        "owners",
        "reauthorised",
        "render",
        "slot",
    )

    def __init__(
        self,
        *,
        send: Callable[[Message], Awaitable[None]],
        render: Callable[[Any], list[Message] | tuple[Message, ...]],
        buffered: Callable[[], int],
        kind: str,
        reauthorised: Callable[[dict[Any, Any]], None] = lambda _verdicts: None,
        last_word: Message | None = None,
        write: Callable[[bytes], None] | None = None,
    ) -> None:
        self._send = send
        self._write = write  # takes whole frames at once and never waits; only our own server has it
        self._buffered = buffered
        self._holds = 0
        self._queue: deque[Message] | None = None
        self._queued = 0
        self._writer: asyncio.Task[None] | None = None
        self.render = render
        self.reauthorised = reauthorised
        self._last_word = last_word or RESYNC_FRAME
        self.kind = kind  # "dashboard", "visitor" or "cable"
        self.groups: frozenset[str] = frozenset()
        self.accounts: frozenset[int] = frozenset()
        self.owners: tuple[Any, ...] = ()  # who was let in (rights.Agent, rights.Visitor): several on /cable
        self.floor = 0  # events up to here were replayed, or were before its time
        self.held: list[Any] | None = None  # not None: deliveries wait
        self.heard = self.opened = time.monotonic()
        self.closed = False
        self.slot = 0

    # --- deliveries -----------------------------------------------------------------------------------
    def deliver(self, delivery: Any) -> None:
        """Send, or keep for later while the socket is being (re-)authorised."""
        if self.closed or (delivery.seq and delivery.seq <= self.floor):
            return
        if self.held is None:
            self._push_all(self.render(delivery))
        elif len(self.held) < MAX_HELD:
            self.held.append(delivery)
        else:
            self.resync()

    def hold(self) -> None:
        """Let deliveries wait. Holds nest: a replay and a re-authorisation may overlap."""
        self._holds += 1
        if self.held is None:
            self.held = []

    def release(self) -> None:
        """Deliver what waited, but for what is below the floor or of a group that was taken away."""
        self._holds -= 1
        if self._holds or self.closed:
            return
        waiting, self.held = self.held or [], None
        for delivery in waiting:
            if not self.groups.isdisjoint(delivery.groups):
                self.deliver(delivery)

    # --- frames ---------------------------------------------------------------------------------------
    def push(self, message: Message) -> None:
        """Hand a frame to the server. Who does not read is closed with `resync` before it costs more."""
        if self.closed:
            return
        if self._buffered() + self._queued > MAX_BYTES:
            self.resync()
        elif self._writer is not None:
            self._enqueue(message)
        else:
            self._start(message)

    def _push_all(self, messages: list[Message] | tuple[Message, ...]) -> None:
        """In one write, if the frames are encoded already and the server takes them."""
        ready = self._write is not None and self._writer is None
        if not ready or not messages or any(FRAME not in message for message in messages):
            for message in messages:
                self.push(message)
        elif self._buffered() > MAX_BYTES:
            self.resync()
        else:
            write: Any = self._write
            write(b"".join([message[FRAME] for message in messages]))

    def _start(self, message: Message) -> None:
        # daphne's `send` never waits, so the coroutine ends at its first step and no task is needed.
        # Servers with back-pressure suspend it; only then does this socket get a task and a queue.
        coroutine: Any = self._send(message)
        try:
            awaited = coroutine.send(None)
        except StopIteration:
            return
        except Exception:  # the transport is gone; the consumer is told by its own disconnect
            self.closed = True
            return
        self._queue = deque()
        self._writer = asyncio.ensure_future(self._drain(_Resumed(coroutine, awaited)))

    def _enqueue(self, message: Message) -> None:
        assert self._queue is not None
        if len(self._queue) >= MAX_FRAMES:
            self.resync()
            return
        self._queue.append(message)
        self._queued += len(message.get("text", ""))

    async def _drain(self, first: Awaitable[None]) -> None:
        try:
            await first
            while self._queue:
                message = self._queue.popleft()
                self._queued -= len(message.get("text", ""))
                await self._send(message)
        except Exception:
            self.closed = True
        finally:
            self._writer, self._queue, self._queued = None, None, 0

    @property
    def waiting_bytes(self) -> int:
        return self._buffered() + self._queued

    def resync(self) -> None:
        """The reader is too slow: say so, close, and let it come back with its cursor."""
        if not self.closed:
            self._fire(self._send(self._last_word))
            self.close(RESYNC)

    def close(self, code: int) -> None:
        if self.closed:
            return
        self.closed = True
        self.held = None
        if self._queue is not None:
            self._queue.clear()
        self._fire(self._send({"type": "websocket.close", "code": code}))

    def _fire(self, sending: Awaitable[None]) -> None:
        coroutine: Any = sending
        try:
            awaited = coroutine.send(None)
        except StopIteration:
            return
        except Exception:
            return
        task = asyncio.ensure_future(_finished(_Resumed(coroutine, awaited)))
        _background.add(task)
        task.add_done_callback(_background.discard)


_background: set[asyncio.Task[None]] = set()


async def _finished(first: Awaitable[None]) -> None:
    try:
        await first
    except Exception:
        return


class _Resumed:
    """Goes on awaiting a coroutine that was stepped by hand and has stopped at a future."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._awaited
        yield from self._coroutine.__await__()
