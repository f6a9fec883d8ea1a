"""Fields of requests that more than one app takes."""

from __future__ import annotations

from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.rendering import MOST_DEPTH

MOST_ENTRIES = 1000
MOST_ATTRIBUTE_BYTES = 64 * 1024
MOST_ID = 2**63 - 1


@extend_schema_field(OpenApiTypes.OBJECT)
class JSONObjectField(serializers.Field):
    """An object, or (in a form) its text, that fits a column of attributes."""

    default_error_messages = {  # noqa: RUF012 - DRF's own idiom
        "invalid": _("must be an object"),
        "large": _("is too large: at most 1000 entries and 64 kB"),
        "deep": _("is nested deeper than 64 levels"),
        "nul": _("must not contain null characters"),  # jsonb has none
        "number": _("must not contain numbers beyond 64 bits"),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            try:
                data = orjson.loads(data)
            except (orjson.JSONDecodeError, UnicodeEncodeError):
                self.fail("invalid")
        if not isinstance(data, dict):
            self.fail("invalid")
        flaw = _flaw(data)
        if flaw:
            self.fail(flaw)
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class JSONValueField(serializers.JSONField):
    """Anything that fits a column of attributes; what it must be is the action's to say, in the contract's words."""

    default_error_messages = JSONObjectField.default_error_messages

    def to_internal_value(self, data: Any) -> Any:
        flaw = _flaw(data)
        if flaw:
            self.fail(flaw)
        return data


def _flaw(data: Any) -> str | None:
    """What keeps a value out of a jsonb column. Walks by hand: a recursion could be driven too deep."""
    level: list[Any] = [data]
    entries = 0
    for _depth in range(MOST_DEPTH):
        texts = [one for one in level if isinstance(one, str)]
        if any("\x00" in text for text in texts):
            return "nul"
        if any(_is_too_large(one) for one in level):
            return "number"
        level = [child for one in level for child in _children(one)]
        entries += len(level)
        if entries > 2 * MOST_ENTRIES:  # keys and values
            return "large"
        if not level:
            return "large" if len(orjson.dumps(data)) > MOST_ATTRIBUTE_BYTES else None
    return "deep"


def _is_too_large(value: Any) -> bool:
    """orjson reads what is beyond 64 bits as a float, jsonb gives it back as an integer of up to 309 digits, and
    that cannot be written any more: one such number would break every list that shows it."""
    return isinstance(value, float) and abs(value) >= 2.0**63


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


class IdField(serializers.IntegerField):
    """The number of a row; what no row can have is as unknown as what none has."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-MOST_ID - 1, max_value=MOST_ID, **kwargs)


class IdsField(serializers.ListField):
    """At most 1000 of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=IdField(), max_length=MOST_ENTRIES, **kwargs)


class NamedChoice(serializers.ChoiceField):
    """A member of an IntegerChoices, spoken of by the name that the contract has for it: in the order of their
    numbers. Validated to the number."""

    def __init__(self, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(choices=names, **kwargs)
        self.names = names

    def to_internal_value(self, data: Any) -> Any:
        return self.names.index(super().to_internal_value(data))
