"""The bus: one channel of the channel layer for the whole process, one subscription per group.

It is lossy by design: while the layer reconnects, everything published is gone, and the layer's own
`on_disconnect` is never called. So this module tells the hub about each new connection, and knows which
subscriptions the server has confirmed; the hub reads the database for what may lie in between.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from typing import Any

import redis
from channels.layers import get_channel_layer

from channels_ext.realtime import tasks
from channels_ext.realtime.groups import HUBS

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
QUIET_SECONDS = 60


class _OnceAMinute(logging.Filter):
    """The layer logs a traceback every second while Redis is away. One line a minute says as much."""

    _said_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created - self._said_at < QUIET_SECONDS:
            return False
        self._said_at = record.created
        return True


logging.getLogger("channels_redis.pubsub").addFilter(_OnceAMinute())


class Bus:
    """Receives for one hub. Wanting a group never waits for Redis: a task keeps the subscriptions as wanted.

    `on_message(dict)` runs for every message, `on_reconnect()` whenever the connection is new: what was
    published before that moment may be lost.
    """

    def __init__(self, *, on_message: Callable[[Any], None], on_reconnect: Callable[[], None]) -> None:
        self._on_message = on_message
        self._on_reconnect = on_reconnect
        self._layer: Any = None
        self._channel: str | None = None
        self._wanted: set[str] = set()
        self._asked: set[str] = set()  # given to the layer
        self._confirmed: set[str] = set()  # by the server, on the present connection
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._changed = asyncio.Event()
        self._watched: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._layer = get_channel_layer()
        self._spawn(self._keep_subscriptions())

    def _spawn(self, work: Any) -> None:
        # A task inherits the context of whoever starts it: here that is some socket's, so give it none.
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._tasks.append(task)

    async def stop(self) -> None:
        await tasks.end(self._tasks)
        if self._layer is not None:
            shards = self._layer._get_layer()._shards
            await tasks.end(shard._receive_task for shard in shards if shard._receive_task is not None)
            await self._layer.flush()

    def want(self, group: str) -> None:
        self._wanted.add(group)
        self._changed.set()

    def drop(self, group: str) -> None:
        """Nobody is left in the group. Kept until the next sweep: a page change leaves and comes back."""
        self._wanted.discard(group)

    def sweep(self) -> None:
        if self._asked - self._wanted:
            self._changed.set()

    async def confirmed(self, groups: set[str], *, seconds: float) -> bool:
        """Wait until the server delivers these groups to us; False when it did not say so in time."""
        missing = groups - self._confirmed
        if not missing:
            return True
        futures = {group: asyncio.get_running_loop().create_future() for group in missing}
        for group, future in futures.items():
            self._waiting.setdefault(group, set()).add(future)
        try:
            _done, late = await asyncio.wait(futures.values(), timeout=seconds)
            return not late
        finally:
            self._stop_waiting(futures)

    def _stop_waiting(self, futures: dict[str, asyncio.Future[None]]) -> None:
        for group, future in futures.items():
            waiting = self._waiting.get(group)
            if waiting is not None:
                waiting.discard(future)
                if not waiting:
                    del self._waiting[group]

    async def _keep_subscriptions(self) -> None:
        """The only place that subscribes: no two coroutines can race for one connection."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._subscribe()
            except (redis.RedisError, OSError) as error:
                logger.warning("bus is away", extra={"error": str(error)})
                self._changed.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _subscribe(self) -> None:
        self._watch()
        if self._channel is None:
            self._channel = await self._layer.new_channel()
            self._spawn(self._receive(self._channel))
        # The group of all hubs first: who is in it counts as hearing whatever is sent to all of them.
        for group in sorted(self._wanted - self._asked, key=lambda name: name != HUBS):
            await self._layer.group_add(group, self._channel)
            self._asked.add(group)
            self._watch()
        for group in self._asked - self._wanted:
            await self._layer.group_discard(group, self._channel)
            self._asked.discard(group)

    async def _receive(self, channel: str) -> None:
        # Never cancel `receive` with a time-out: the layer takes that for the consumer's end and
        # unsubscribes the channel.
        while True:
            message = await self._layer.receive(channel)
            try:
                self._on_message(message)
            except Exception:
                logger.exception("a bus message was not understood")
            await asyncio.sleep(0)  # let the server write before the next one fills the sockets' buffers

    def _watch(self) -> None:
        """Look over the layer's shoulder: every answer of the server, and every new connection."""
        for shard in self._layer._get_layer()._shards:
            shard._ensure_redis()
            pubsub = shard._pubsub
            if pubsub not in self._watched:
                self._watched.append(pubsub)
                pubsub.handle_message = self._noting(pubsub.handle_message)
            if pubsub.connection is not None:  # registering twice is once
                pubsub.connection.register_connect_callback(self._connected)

    async def _connected(self, _connection: Any) -> None:
        self._confirmed.clear()
        self._on_reconnect()

    def _noting(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        async def noted(response: Any, ignore_subscribe_messages: bool = False) -> Any:
            if isinstance(response, list) and response[0] in (b"subscribe", b"unsubscribe"):
                self._note(response[0] == b"subscribe", response[1].decode())
            return await handle(response, ignore_subscribe_messages)

        return noted

    def _note(self, subscribed: bool, channel: str) -> None:
        group = channel.partition("__group__")[2]
        if not subscribed:
            self._confirmed.discard(group)
            return
        self._confirmed.add(group)
        for future in self._waiting.pop(group, ()):
            if not future.done():
                future.set_result(None)

    async def send(self, groups: tuple[str, ...], message: dict[str, Any]) -> None:
        """Publish something transient. Lost without a word when Redis is away."""
        try:
            for group in groups:
                await self._layer.group_send(group, message)
        except (redis.RedisError, OSError) as error:
            logger.info("not published", extra={"error": str(error)})
