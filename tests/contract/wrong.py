"""Wrong input for any operation: bodies that are none, and each value of a right one replaced by what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Wrong = tuple[str, Any]

NO_BODIES: dict[str, Any] = {
    "no JSON": b'{"name": ',
    "not UTF-8": b'{"name": "\xff"}',
    "an array": [1, 2],
    "a number": b"7",
    "null": b"null",
    "nothing": b"",
    "1,000 deep": b'{"name":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "a constant": b'{"name": NaN}',
    "NUL": {"name": "a\u0000b", "content": "a\u0000b"},
}
LONG = "x" * 200_001
UNKNOWN = "no-such-value"
SQL = "'; DROP TABLE x;--"
VALUES: tuple[Any, ...] = (
    {"a": {"b": []}}, [[["x"]]], LONG, -1, 2**70, 1.5, SQL, UNKNOWN, "a\u0000b", "", True, None,
)  # fmt: skip
# Fields with a fixed set of names: anything else is invalid.
NAMES = {
    "action_name", "app_id", "assignee_type", "attribute_display_type", "attribute_model", "availability",
    "content_type", "event_name", "filter_operator", "filter_type", "message_type", "priority", "role", "status",
}  # fmt: skip
QUERIES = (
    "-1", "0", "1e9", "99999999999999999999", UNKNOWN, SQL, "a\u0000b", "x" * 10_000, "%", "\uff11", "null",
)  # fmt: skip


def wrong_bodies(right: Any) -> Iterator[Wrong]:
    """Title and body: each value anywhere in the right one replaced in turn."""
    for place in _places(right):
        for value in VALUES:
            yield f"{'.'.join(map(str, place))}={value!r:.30}", _with(right, place, value)


def must_be_refused(title: str) -> bool:
    """What nothing may take: text with NUL, or longer than anything is, and a name that does not exist."""
    place, _equals, value = title.partition("=")
    if place.startswith(("payload", "query.")):
        return False  # what is looked for, and what a client keeps of that for itself
    of_names = place.rpartition(".")[2] in NAMES
    return r"\x00" in value or value.startswith("'xxx") or (of_names and UNKNOWN in value)


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*at, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*at, 0))


def _with(right: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    first, *rest = place
    changed = dict(right) if isinstance(right, dict) else list(right)
    changed[first] = _with(right[first], tuple(rest), value)
    return changed
