"""Database work of sockets, off the event loop: a few threads, whatever the number of sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 4

_threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="realtime")


def in_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The synchronous function as a coroutine function; its connection goes back to the pool."""
    # Not thread-sensitive: that would put all sockets' queries behind one another in a single thread.
    wrapped: Callable[P, Awaitable[R]] = database_sync_to_async(
        function, thread_sensitive=False, executor=_threads
    )
    return wrapped
