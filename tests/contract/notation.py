"""A short notation for the shapes of JSON, close to the one the contract is written in, and its checker.

    shape("id:i name:s description:s? inbox?:INBOX created_at:ts labels:[s]", INBOX=INBOX)

i integer · f number · s string · b boolean · o object · any · ts epoch seconds as integer · tsf epoch seconds as
number · iso ISO 8601 in UTC with milliseconds and Z · a|b one of these strings · [x] array of x. `x?` may be null,
`key?:` may be absent. Every other key is a fault: a client may have a use for what we invent, but should not
have to wonder whether it is part of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, str], Iterator[str]]

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_FIRST_SECOND = (
    900_000_000  # 1998; what is smaller is not a time in seconds, what is 1000 times larger neither
)
_LAST_SECOND = 10_000_000_000


def faults(value: Any, check: Check) -> list[str]:
    return list(check(value, "$"))


def shape(notation: str, **named: Check) -> Check:
    fields = [_field(part, named) for part in notation.split()]

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: {type(value).__name__}, not an object"
            return
        known = {name for name, _optional, _inner in fields}
        yield from (f"{at}.{name}: not in the contract" for name in value if name not in known)
        for name, optional, inner in fields:
            if name in value:
                yield from inner(value[name], f"{at}.{name}")
            elif not optional:
                yield f"{at}.{name}: missing"

    return check


def array(inner: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at}: {type(value).__name__}, not an array"
            return
        for number, item in enumerate(value):
            yield from inner(item, f"{at}[{number}]")

    return check


def mapping(names: str, inner: Check) -> Check:
    """An object whose keys match the pattern `names`."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: {type(value).__name__}, not an object"
            return
        for name, item in value.items():
            if not re.fullmatch(names, name):
                yield f"{at}.{name}: not in the contract"
            yield from inner(item, f"{at}.{name}")

    return check


def nullable(inner: Check) -> Check:
    return lambda value, at: iter(()) if value is None else inner(value, at)


def either(*checks: Check) -> Check:
    """The first that has no fault; else the faults of the last."""

    def check(value: Any, at: str) -> Iterator[str]:
        found: list[str] = []
        for one in checks:
            found = list(one(value, at))
            if not found:
                return
        yield from found

    return check


def anything(value: Any, at: str) -> Iterator[str]:
    return iter(())


def empty(value: Any, at: str) -> Iterator[str]:
    """No body at all."""
    if value not in (None, ""):
        yield f"{at}: {value!r}, not empty"


def _field(part: str, named: dict[str, Check]) -> tuple[str, bool, Check]:
    name, kind = part.split(":", 1)
    return name.removesuffix("?"), name.endswith("?"), kind_of(kind, named)


def kind_of(kind: str, named: dict[str, Check]) -> Check:
    if kind.endswith("?"):
        return nullable(kind_of(kind[:-1], named))
    if kind.startswith("["):
        return array(kind_of(kind[1:-1], named))
    if kind in named:
        return named[kind]
    if kind in _PLAIN:
        return _plain(kind, _PLAIN[kind])
    assert kind.islower() and kind not in ("int", "str"), f"unknown kind {kind}"
    words = kind.split("|")
    return _plain(kind, lambda value: value in words)


def _plain(kind: str, holds: Callable[[Any], bool]) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not holds(value):
            yield f"{at}: {value!r} is not {kind}"

    return check


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_PLAIN: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "i": _is_integer,
    "f": _is_number,
    "s": lambda value: isinstance(value, str),
    "b": lambda value: isinstance(value, bool),
    "o": lambda value: isinstance(value, dict),
    "ts": lambda value: _is_integer(value) and (value == 0 or _FIRST_SECOND < value < _LAST_SECOND),
    "tsf": lambda value: _is_number(value) and _FIRST_SECOND < value < _LAST_SECOND,
    "iso": lambda value: isinstance(value, str) and bool(_ISO.fullmatch(value)),
}
