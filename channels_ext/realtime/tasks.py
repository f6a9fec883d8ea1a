"""Ending background tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

_PATIENCE = 1.0
_ATTEMPTS = 5


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until they have ended. Once is not enough: a cancellation that meets a time-out in the same
    moment is swallowed by `wait_for` (Python 3.11) and by redis-py's reading."""
    pending = {task for task in tasks if not task.done()}
    for _ in range(_ATTEMPTS):
        if not pending:
            return
        for task in pending:
            task.cancel()
        _ended, pending = await asyncio.wait(pending, timeout=_PATIENCE)
