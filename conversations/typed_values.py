"""Values of custom attributes, as their definitions want them. Pure."""

from __future__ import annotations

import datetime
import re
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from config.problems import Invalid

TEXT, NUMBER, CURRENCY, PERCENT, LINK, DATE, LIST, CHECKBOX = range(8)
LONGEST = 1500
LARGEST = 9_999_999_999


class Definition(Protocol):
    attribute_display_type: int
    attribute_values: list[str]
    regex_pattern: str
    regex_cue: str


def typed_value(definition: Definition, text: str) -> Any:
    """The value that somebody typed, or None for a blank. Raises Invalid with words for the field."""
    text = text.replace("\x00", "").strip()
    kind = definition.attribute_display_type
    if kind == CHECKBOX:
        return text.lower() in {"true", "on", "1"}
    if not text:
        return None
    if len(text) > LONGEST:
        raise Invalid(_("At most %(most)d characters.") % {"most": LONGEST})
    return _READERS.get(kind, _text)(definition, text)


def _number(definition: Definition, text: str) -> int | float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise Invalid(_("This has to be a number.")) from None
    if not abs(value) <= LARGEST:  # NaN and infinity fail here, too
        raise Invalid(_("This number is too large."))
    return int(value) if value.is_integer() else value


def _link(definition: Definition, text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).netloc:
        raise Invalid(_("This has to be an address that begins with https:// or http://."))
    return text


def _date(definition: Definition, text: str) -> str:
    try:
        return datetime.date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise Invalid(_("This has to be a date, like 2026-03-04.")) from None


def _list(definition: Definition, text: str) -> str:
    if text not in definition.attribute_values:
        raise Invalid(_("Choose one of: %(values)s") % {"values": ", ".join(definition.attribute_values)})
    return text


def _text(definition: Definition, text: str) -> str:
    # Patterns are the account's own, and Python has no time limit for them: only short texts meet one.
    if definition.regex_pattern and len(text) <= 200:
        try:
            fits = re.search(definition.regex_pattern.strip("/"), text)
        except re.error:
            return text
        if not fits:
            raise Invalid(definition.regex_cue or _("This does not have the form that is asked for."))
    return text


_READERS = {
    NUMBER: _number,
    CURRENCY: _number,
    PERCENT: _number,
    LINK: _link,
    DATE: _date,
    LIST: _list,
}
