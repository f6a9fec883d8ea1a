"""How much one socket, one user and one address may ask for."""

from __future__ import annotations

import time
from collections import Counter

from django.conf import settings

FRAME_BYTES = 64 * 1024
BURST = 60  # frames at once
PER_SECOND = 10.0  # frames in the long run
BAD_FRAME_COST = 5
SUBSCRIPTIONS = 50  # on one /cable socket

# Per server process.
PER_USER: int = settings.REALTIME_SOCKETS_PER_USER
PER_ADDRESS: int = settings.REALTIME_SOCKETS_PER_ADDRESS


class Bucket:
    """Tokens that refill with time. Two numbers, because there is one for every socket."""

    __slots__ = ("_at", "_tokens")

    def __init__(self) -> None:
        self._tokens = float(BURST)
        self._at = time.monotonic()

    def take(self, cost: int = 1) -> bool:
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._at) * PER_SECOND) - cost
        self._at = now
        return self._tokens >= 0


class Seats:
    """Counts open sockets by user and by address."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, name: str, most: int) -> bool:
        if self._taken[name] >= most:
            return False
        self._taken[name] += 1
        return True

    def leave(self, name: str) -> None:
        self._taken[name] -= 1
        if self._taken[name] <= 0:
            del self._taken[name]
