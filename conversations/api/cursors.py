"""Going through a list by a cursor beside its pages: by creation, newest first."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from config.fields import MOST_ID
from config.problems import Invalid

START = "start"
_CURSOR = re.compile(rf"{START}|[1-9][0-9]{{0,17}}")


class CursorField(serializers.CharField):
    """`start`, then what `meta.next_cursor` said. Validated to the number below which to go on."""

    default_error_messages = {  # noqa: RUF012 - DRF's own idiom
        "invalid": gettext_lazy("must be start, or what meta.next_cursor said")
    }

    def __init__(self, **kwargs: Any) -> None:
        text = "start, then meta.next_cursor until it is null: all of them, by creation, newest first"
        super().__init__(**{"required": False, "help_text": text, **kwargs})

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not _CURSOR.fullmatch(text):
            self.fail("invalid")
        return MOST_ID if text == START else int(text)


def shown_cursor(number: int | None) -> str | None:
    return None if number is None else str(number)


def refuse_order_beside_cursor(given: Any, *orders: str) -> None:
    """Raises Invalid."""
    named = [name for name in (*orders, "page") if given.get(name, "") != ""]
    if given.get("cursor", "") != "" and named:
        text = _("A cursor goes by creation: leave %(names)s out.") % {"names": ", ".join(named)}
        raise Invalid(text, attributes=named)
