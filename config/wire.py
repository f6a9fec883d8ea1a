"""Redis, as this process talks to it: the ordinary client, and the short way for what every request asks.

redis-py's pool, retries and events cost three times as much as a command like INCR. So `ask` keeps one
connection per thread and puts nothing around it.
"""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

import redis
from django.conf import settings


@cache
def bus() -> redis.Redis:
    """The Redis connection pool of this process, for pokes and publishes; short time-outs."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, protocol=2, max_connections=64
    )


class _Line(threading.local):
    """`owner` is what the connection was made for: the pool of settings that tests change, and the process."""

    owner: Any = None
    connection: Any = None


_line = _Line()


def ask(*command: str | bytes | int) -> Any:
    """The answer. Raises redis.RedisError or OSError; a connection that the server has closed meanwhile is
    made anew once, so the command must bear being repeated."""
    owner = (bus().connection_pool, os.getpid())
    if _line.owner != owner:
        _line.owner, _line.connection = owner, None
    if _line.connection is not None:
        try:
            return _asked(_line.connection, command)
        except redis.ConnectionError:
            pass  # an idle connection that is gone
    _line.connection = owner[0].make_connection()
    return _asked(_line.connection, command)


def _asked(connection: Any, command: tuple[Any, ...]) -> Any:
    try:
        connection.send_command(*command)
        return connection.read_response()
    except redis.ResponseError:
        raise
    except BaseException:  # half an answer must not be the next command's
        _line.connection = None
        connection.disconnect()
        raise
