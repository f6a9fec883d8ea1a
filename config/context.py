"""What the running code is doing and for whom, for the database scope, logs and error reports only.

Set at the edge (request, socket message, task), always reset there. Nothing decides by it: actors,
accounts and causes travel as arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Context:
    request_id: str = ""
    account_id: int | None = None
    user_id: int | None = None
    contact_id: int | None = None
    executor: str = ""  # "request", "socket", "task:<name>", "command:<name>"

    def fields(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value not in (None, "")}


_NOTHING = Context()
_context: ContextVar[Context] = ContextVar("parley_context", default=_NOTHING)


def current() -> Context:
    return _context.get()


@contextmanager
def entered(**values: Any) -> Iterator[Context]:
    """A fresh context with these values, reset on exit whatever happens."""
    token = _context.set(Context(**values))
    try:
        yield _context.get()
    finally:
        _context.reset(token)


def note(**values: Any) -> None:
    """Add what became known (the account, the user) to the context that the edge opened."""
    _context.set(replace(_context.get(), **values))
