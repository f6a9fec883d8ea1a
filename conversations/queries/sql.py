"""Pieces of SQL that travel with their parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sql:
    text: str
    params: tuple[Any, ...] = ()


def joined(parts: Iterable[Sql], word: str = " AND ") -> Sql:
    """All of them; nothing is true."""
    listed = list(parts)
    return Sql(
        word.join(one.text for one in listed) or "true",
        tuple(value for one in listed for value in one.params),
    )
