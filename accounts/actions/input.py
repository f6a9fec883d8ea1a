"""Checks of what people type, in front of every action that stores it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from config.problems import Invalid

MOST_NAME = 255
MOST_URL = 2048


def clean_email(email: object) -> str:
    """Lower case, without surrounding space. Raises Invalid."""
    text = email.strip().lower() if isinstance(email, str) else ""
    try:
        if len(text) > 254:
            raise ValidationError("too long")
        validate_email(text)
        text.encode()  # lone surrogates, which Django takes for part of a domain
    except (ValidationError, UnicodeEncodeError):
        raise Invalid(_("Email is not an address."), attributes=["email"]) from None
    return text


def clean_name(name: object, *, field: str = "name") -> str:
    """One line of 1 to 255 characters. Raises Invalid."""
    text = name.strip() if isinstance(name, str) else ""
    if not text or len(text) > MOST_NAME or any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        message = _("%(field)s must have between 1 and 255 characters.") % {"field": field.capitalize()}
        raise Invalid(message, attributes=[field])
    return text


def clean_ids(values: Iterable[object], *, field: str) -> set[int]:
    """Numbers of rows, in whatever form they came. Raises Invalid."""
    try:
        return {int(str(value)) for value in values}
    except (TypeError, ValueError):
        raise Invalid(_("%(field)s must be a list of ids.") % {"field": field}, attributes=[field]) from None


def clean_choice(value: object, choices: type, *, field: str) -> int:
    """A member of an IntegerChoices, given as its number. Raises Invalid."""
    try:
        if isinstance(value, bool):
            raise ValueError
        return int(choices(value))
    except ValueError:
        message = _("%(field)s is not one of the choices.") % {"field": field.capitalize()}
        raise Invalid(message, attributes=[field]) from None


def clean_web_address(url: object, *, field: str) -> str:
    """An http or https address of at most 2048 ASCII characters, with a host and without a password in it.
    Raises Invalid."""
    text = url.strip() if isinstance(url, str) else ""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.password is None
        fine = fine and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or not text.isascii() or not text.isprintable() or " " in text or len(text) > MOST_URL:
        message = _("%(field)s must be an address that begins with http:// or https://.") % {"field": field}
        raise Invalid(message[:1].upper() + message[1:], attributes=[field])
    return text
