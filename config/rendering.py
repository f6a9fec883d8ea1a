"""JSON in and out for DRF: fast out, strict in."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from functools import cache
from typing import Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.serializers import CharField, Serializer
from rest_framework.validators import ProhibitSurrogateCharactersValidator

MOST_DEPTH = 64
_SURROGATE = re.compile("[\ud800-\udfff]")


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


class Input(Serializer):
    """A serializer for what comes in. Its fields are made once: DRF copies all of them for every request, which
    costs more than checking what they hold. Never give it `partial` or a context, the fields would not know."""

    @property
    def fields(self) -> Any:
        return _fields_of(type(self))


@cache
def _fields_of(kind: type[Input]) -> Any:
    made: Any = Serializer.fields  # what DRF computes for each instance
    return made.func(kind())


class LongText(CharField):
    """Text without a limit here. DRF's own field looks for lone surrogates one character at a time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        slow = ProhibitSurrogateCharactersValidator
        self.validators = [_no_surrogates if isinstance(v, slow) else v for v in self.validators]


def _no_surrogates(value: str) -> None:
    if _SURROGATE.search(value):
        ProhibitSurrogateCharactersValidator()(value)
