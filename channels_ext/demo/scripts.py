"""The texts beside this file, read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_HEAD = re.compile(r"\[ (\w+)((?: \w+=\S+)*) \]")


@dataclass(frozen=True)
class Script:
    """One talk of talks.txt. `lines` are (who, wordings)."""

    language: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    topic: str = ""  # a label
    team: str = ""
    priority: str = ""
    inbox: str = "shop"


def _content(name: str) -> list[str]:
    lines = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@cache
def talks() -> tuple[Script, ...]:
    return tuple(
        _talk(block.splitlines()) for block in "\n".join(_content("talks.txt")).strip().split("\n\n")
    )


def _talk(block: list[str]) -> Script:
    head = _HEAD.fullmatch(block[0])
    assert head, block[0]
    more = dict(pair.split("=", 1) for pair in head[2].split())
    return Script(head[1], tuple((line[0], tuple(line[2:].split(" || "))) for line in block[1:]), **more)


@cache
def canned() -> tuple[tuple[str, str], ...]:
    """(short code, text)"""
    pairs = (line.split(": ", 1) for line in _content("canned.txt") if line)
    return tuple((code, text) for code, text in pairs)


@cache
def kitchen() -> tuple[tuple[str, str], ...]:
    """(who, text) of the longest thread, in order."""
    pieces, lines = ("\n".join(_content("kitchen.txt")).strip()).split("\n\n")
    return tuple(
        (line[0], line[2:].replace("{piece}", piece).replace("{piece_capital}", piece[0].upper() + piece[1:]))
        for piece in pieces.splitlines()
        for line in lines.splitlines()
    )
