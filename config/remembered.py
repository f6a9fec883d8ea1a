"""Answers kept in the cache and forgotten on purpose, when what they were made of changes.

An answer rests under the version it was read at. Whoever changes the source moves the version on after the
commit: a reader that began before and stores late stores under a version nobody asks for any more. While the
change is not committed, its own transaction reads the source.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from django.db import connection, transaction

T = TypeVar("T")


@dataclass(frozen=True)
class _Forget:
    """Compared by what it forgets, so that a transaction can be asked whether it is about to."""

    key: str

    def __call__(self) -> None:
        cache.set(f"{self.key}:version", secrets.token_hex(8), timeout=None)


@dataclass(frozen=True)
class Remembered(Generic[T]):
    """`read` answers for one account, in JSON's terms or anything else that pickles."""

    name: str
    seconds: int
    read: Callable[[int], T]

    def get(self, account_id: int) -> T:
        key = self._key(account_id)
        if any(entry[1] == _Forget(key) for entry in connection.run_on_commit):
            return self.read(account_id)
        version = cache.get(f"{key}:version")
        if version is None:
            version = secrets.token_hex(8)
            cache.add(f"{key}:version", version, timeout=None)
            version = cache.get(f"{key}:version", version)
        found: Any = cache.get(f"{key}:{version}", _MISSING)
        if found == _MISSING:
            found = self.read(account_id)
            cache.set(f"{key}:{version}", found, timeout=self.seconds)
        return found

    def forget(self, account_id: int) -> None:
        """Call with the change, inside its transaction."""
        transaction.on_commit(_Forget(self._key(account_id)), robust=True)

    def _key(self, account_id: int) -> str:
        return f"{self.name}:{account_id}"


_MISSING = "\x00missing"
