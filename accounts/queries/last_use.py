"""When a token or a session was used last. Noted in Redis on the way of the rate limit, which costs nothing, and
written down by a sweep: what a flushed Redis loses is a minute of it."""

from __future__ import annotations

import time

from django.conf import settings

from config.wire import Command

HASH = f"{settings.REDIS_PREFIX}:last_use"


def note(key: str) -> Command:
    """The command that notes a use of now; `key` as in accounts.queries.door.Opened."""
    return "HSET", HASH, key, int(time.time())
