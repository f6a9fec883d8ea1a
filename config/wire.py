"""Redis, as this process talks to it: the ordinary client, and the short way for what every request asks.

redis-py's pool, retries and events cost three times as much as a command like INCR. So `ask` keeps one
connection per thread and puts nothing around it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
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
    """`owner` is what the connection was made for: the pool of settings that tests change, and the process.
    `untold` answers of it were not waited for and are still to come."""

    owner: Any = None
    connection: Any = None
    untold: int = 0


_line = _Line()
Command = tuple[str | bytes | int, ...]


def ask(*command: str | bytes | int) -> Any:
    """The answer. Raises redis.RedisError or OSError; a connection that the server has closed meanwhile is
    made anew once, so the command must bear being repeated."""
    return ask_all([command])[0]


def ask_all(commands: Sequence[Command]) -> list[Any]:
    """The same for several commands in one round trip."""
    packed = b"".join(map(_packed, commands))
    _settle_line()
    if _line.connection is not None:
        try:
            return _asked(packed, len(commands))
        except redis.ConnectionError:
            pass  # an idle connection that is gone
    _connect()
    return _asked(packed, len(commands))


def tell(*command: str | bytes | int) -> None:
    """Send, and let the next command on this thread take the answer. For what may be lost; raises like `ask`."""
    _settle_line()
    if _line.connection is None:
        _connect()
    try:
        _line.connection.send_packed_command([_packed(command)], check_health=False)
    except BaseException:
        _hang_up()
        raise
    _line.untold += 1


def _settle_line() -> None:
    owner = (bus().connection_pool, os.getpid())
    if _line.owner != owner:
        _line.owner, _line.connection, _line.untold = owner, None, 0


def _connect() -> None:
    pool = _line.owner[0]
    # Not by the pool, which counts what it makes, and would refuse after some restarts of the server.
    _line.connection, _line.untold = pool.connection_class(**pool.connection_kwargs), 0
    _line.connection.connect()


def _asked(packed: bytes, count: int) -> list[Any]:
    connection = _line.connection
    try:
        connection.send_packed_command([packed], check_health=False)
        answers = [_answer(connection) for _ in range(_line.untold + count)]
    except BaseException:  # half an answer must not be the next command's
        _hang_up()
        raise
    answers, _line.untold = answers[_line.untold :], 0
    for answer in answers:
        if isinstance(answer, redis.ResponseError):
            raise answer
    return answers


def _answer(connection: Any) -> Any:
    """An error that the server answers is returned: those of the other commands are still to come."""
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error


def _hang_up() -> None:
    connection, _line.connection, _line.untold = _line.connection, None, 0
    if connection is not None:
        connection.disconnect()


def _packed(command: Command) -> bytes:
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
