"""A cache that may be away: Redis can be flushed, stopped or killed at any moment."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_PAUSE = (
    1.0  # seconds without asking again after a failure, so that a hanging Redis costs one time-out a second
)


class ForgivingRedisCache(RedisCache):
    """Misses instead of raising. Sessions live in the database too, so nobody is signed out by it."""

    _away_until = 0.0

    def _forgive(self, method: str, fallback: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < ForgivingRedisCache._away_until:
            return fallback
        try:
            return getattr(super(), method)(*args, **kwargs)
        except (RedisError, OSError) as error:
            ForgivingRedisCache._away_until = time.monotonic() + _PAUSE
            logger.warning("cache is away", extra={"error": str(error)})
            return fallback

    def add(self, *args: Any, **kwargs: Any) -> Any:
        # As if nobody had it: who limits by this lets people in, rather than locking everybody out.
        return self._forgive("add", True, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._forgive("get", default, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("set", None, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("touch", False, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("delete", False, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("get_many", {}, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("set_many", [], *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("delete_many", None, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._forgive("has_key", False, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._forgive("incr", delta, key, delta, version)
