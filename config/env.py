"""Typed readers of the environment that fail loudly.

Every setting that an operator can change is read here once, by name and type. A value that cannot be
read as its type stops the process with the variable's name, never with a silent default.
"""

from __future__ import annotations

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

_environ = environ.Env()


def text(name: str, default: str = "") -> str:
    return str(_environ.str(name, default=default)).strip()


def flag(name: str, *, default: bool) -> bool:
    raw = text(name)
    if raw == "":
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}")


def number(name: str, *, default: int, least: int = 0) -> int:
    raw = text(name)
    if raw == "":
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}") from None
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list, blanks dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def choice(name: str, *, among: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {value!r}")
    return value


def secret(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE points to."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name, default)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from None


def database(url: str) -> dict[str, object]:
    """DATABASE_URL as Django's dictionary; a socket directory is given as `?host=/path`.

    The reader puts unknown query parameters into OPTIONS, and does not decode `%2F` hosts: so a socket
    host arrives in OPTIONS and is moved to HOST here.
    """
    try:
        parsed = dict(environ.Env.db_url_config(url))
    except Exception as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from None
    if "postgres" not in str(parsed.get("ENGINE", "")):
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database (15 or newer)")
    options = dict(parsed.get("OPTIONS") or {})
    for name in ("host", "port"):
        if name in options:
            parsed[name.upper()] = options.pop(name)
    parsed["OPTIONS"] = options
    return parsed


def email(url: str) -> dict[str, object]:
    """EMAIL_URL as Django's EMAIL_* settings."""
    try:
        return dict(environ.Env.email_url_config(url))
    except Exception as error:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read: {error}") from None


# The services whose HTTP API can carry mail (django-anymail's backends).
MAIL_PROVIDERS = (
    "amazon_ses",
    "brevo",
    "mailersend",
    "mailgun",
    "mailjet",
    "mandrill",
    "postmark",
    "resend",
    "sendgrid",
    "sparkpost",
)


def with_prefix(prefix: str) -> dict[str, str]:
    """All variables that begin so, without the prefix; NAME_FILE is read from its file."""
    names = [name for name in os.environ if name.startswith(prefix)]
    plain = {name.removesuffix("_FILE") for name in names}
    return {name.removeprefix(prefix): secret(name) for name in sorted(plain)}
