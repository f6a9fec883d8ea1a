"""Publishing from synchronous code: the relay, and views that announce who is typing.

Writes exactly what the channel layer's `group_send` would, through a plain connection: one round trip per
batch and no event loop. Publishing may fail at any time: the outbox is the truth, hubs read it again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.core.exceptions import ImproperlyConfigured

from config.wire import ask, ask_all

logger = logging.getLogger(__name__)

_PAUSE = 1.0  # seconds without another try after Redis did not answer

Message = dict[str, Any]


class Publisher:
    """Counts what it sent and what it could not. `send` never raises for Redis' sake."""

    def __init__(self) -> None:
        self.sent = 0
        self.failed = 0
        self._quiet_until = 0.0

    def send(self, messages: Iterable[tuple[tuple[str, ...], Message]]) -> bool:
        """Publish each message to its groups, in order. False when (some of) it was not published."""
        layer: Any = get_channel_layer()
        pairs = [
            (channel_of(layer, group), data)
            for groups, message in messages
            for data in (layer.serialize(message),)
            for group in groups
        ]
        return self._send(pairs) if pairs else True

    def _send(self, pairs: list[tuple[str, bytes]]) -> bool:
        if time.monotonic() < self._quiet_until:
            self.failed += len(pairs)
            return False
        try:
            ask_all([("PUBLISH", channel, data) for channel, data in pairs])
        except (redis.RedisError, OSError) as error:
            self.failed += len(pairs)
            self._quiet_until = time.monotonic() + _PAUSE
            logger.warning("not published, hubs read the outbox", extra={"error": str(error)})
            return False
        self.sent += len(pairs)
        return True

    def listeners(self, groups: Iterable[str]) -> dict[str, int]:
        """How many hubs listen to each of the groups; only those that somebody listens to. One for all of them
        when Redis does not say."""
        names = list(groups)
        layer: Any = get_channel_layer()
        channels = [channel_of(layer, name) for name in names]
        if not names or time.monotonic() < self._quiet_until:
            return {}
        try:
            answer = ask("PUBSUB", "NUMSUB", *channels)
        except (redis.RedisError, OSError):
            return dict.fromkeys(names, 1)
        return {name: int(count) for name, count in zip(names, answer[1::2], strict=True) if count}


def channel_of(layer: Any, group: str) -> str:
    """The Redis channel that the layer uses for a group."""
    hosts = layer._kwargs.get("hosts") or [None]
    if len(hosts) != 1:
        raise ImproperlyConfigured("realtime publishes to one Redis: CHANNEL_LAYERS may name one host only")
    prefix = layer._kwargs.get("prefix", "asgi")
    return f"{prefix}__group__{group}"


publisher = Publisher()
