"""Rate limits: counted in Redis, atomically, in windows of a fixed length. Without Redis nobody is refused:
a limit protects the service, it must not be the outage."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.utils.translation import gettext as _

from config.problems import TooMany
from config.wire import Command, ask_all

_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
_PAUSE = 1.0


class _Away:
    until = 0.0


@dataclass(frozen=True)
class Usage:
    """One use of a limit, counted. `reset` is when its window ends, in epoch seconds."""

    limit: int
    used: int
    reset: int
    wait: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": str(self.reset),
        }

    def demand(self) -> None:
        """Raises TooMany if it was one too many."""
        if self.used > self.limit:
            text = _("Too many requests. Please try again in %(seconds)s s.") % {"seconds": self.wait}
            raise TooMany(text, retry_after=self.wait)


@cache
def _rate(scope: str) -> tuple[int, int]:
    """("20/min") → (20, 60)"""
    text = str(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][scope])
    match = re.fullmatch(r"(\d+)/(\w+)", text)
    if match is None or match[2] not in _SECONDS:
        raise ValueError(f"rate of {scope} must look like 20/min, not {text!r}")
    return int(match[1]), _SECONDS[match[2]]


def allow(scope: str, key: object) -> None:
    """Count one use. Raises TooMany (429) with the seconds until the window ends."""
    allow_all((scope, key))


def allow_all(*uses: tuple[str, object]) -> None:
    """Count one use of each (scope, key), in one round trip. Raises TooMany for the first that is used up."""
    for usage in count(*uses):
        usage.demand()


def count(*uses: tuple[str, object], also: Command | None = None) -> list[Usage]:
    """Count one use of each (scope, key), in one round trip, and send `also` with it. Nothing without Redis."""
    now = time.time()
    if now < _Away.until:
        return []
    rates = [_rate(scope) for scope, _key in uses]
    names = [
        f"{settings.REDIS_PREFIX}:rate:{scope}:{key}:{int(now // window)}"
        for (scope, key), (_limit, window) in zip(uses, rates, strict=True)
    ]
    commands: list[Command] = [("INCR", name) for name in names]
    try:
        counts = ask_all([*commands, also] if also else commands)[: len(names)]
        new: list[Command] = [
            ("EXPIRE", name, window + 1)
            for name, (_limit, window), used in zip(names, rates, counts, strict=True)
            if used == 1  # should we die right here, a key stays; its name is not used again
        ]
        if new:
            ask_all(new)
    except (redis.RedisError, OSError):
        _Away.until = now + _PAUSE
        return []
    return [
        Usage(limit, used, int(now // window + 1) * window, max(1, int(window - now % window) + 1))
        for used, (limit, window) in zip(counts, rates, strict=True)
    ]
