"""JSON in and out for DRF: fast out, strict in."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

MOST_DEPTH = 64


def _fallback(value: Any) -> Any:
    if isinstance(value, Promise):
        return force_str(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def to_json(value: Any) -> bytes:
    # Keys that are not text and integers beyond 64 bits are turned away by orjson; we have neither.
    return orjson.dumps(value, default=_fallback, option=orjson.OPT_NON_STR_KEYS)


def without_nul(text: str) -> str:
    """PostgreSQL has no NUL in text; a lone surrogate has no UTF-8 form. Neither is worth losing a message."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        if isinstance(data, bytes):
            return data
        return to_json(data)


class JSONParser(BaseParser):
    """Refuses what json.loads would take or die of: NaN, bodies that are not UTF-8, nesting by the thousand."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read()
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None
        if _depth_beyond(value, MOST_DEPTH):
            raise ParseError(f"The body is nested deeper than {MOST_DEPTH} levels")
        return value


def _depth_beyond(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list) or not value:
        return False
    if levels == 0:
        return True
    children = value.values() if isinstance(value, dict) else value
    return any(_depth_beyond(child, levels - 1) for child in children)
