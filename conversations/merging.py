"""Putting two objects of attributes together. Pure."""

from __future__ import annotations

from typing import Any


def deep_merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Both; where both have a key the one from `over` counts, but objects are put together in turn. The depth is
    bounded by what the edges let in."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = deep_merged(below, value) if both else value  # type: ignore[arg-type]
    return merged


def without_blanks(values: dict[str, Any]) -> dict[str, Any]:
    """Only what says something: no null, no empty text, list or object."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}
