"""Configuration that must not go live. Errors here stop every command in production."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


def _problems() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    if settings.DEBUG:
        found.append(("E001", "DEBUG is on", "Unset DEBUG: error pages would show settings and data."))
    if len(settings.SECRET_KEY) < 32 or "insecure" in settings.SECRET_KEY:
        found.append(("E002", "SECRET_KEY is missing or weak", "Set SECRET_KEY to 50 random characters."))
    if not settings.FIELD_KEYS:
        found.append(
            (
                "E003",
                "FIELD_KEYS is not set",
                "Set FIELD_KEYS to a Fernet key, so that secrets rest encrypted.",
            )
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(("E004", "ALLOWED_HOSTS is empty or a wildcard", "Name the hosts that people use."))
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(("E005", "PUBLIC_URL is not https", "Sign-in cookies would travel in clear."))
    if settings.PRIVATE_NETWORKS_ALLOWED:
        found.append(
            (
                "E006",
                "PRIVATE_NETWORKS_ALLOWED is on",
                "Tenants could reach your internal network by webhook.",
            )
        )
    return found


@register(Tags.security)
def safe_in_production(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    return [Error(what, hint=hint, id=f"parley.{number}") for number, what, hint in _problems()]


@register(Tags.security)
def field_keys_are_keys(**_: Any) -> list[CheckMessage]:
    for key in settings.FIELD_KEYS:
        try:
            Fernet(key.strip())
        except ValueError as error:
            return [
                Error(
                    "FIELD_KEYS holds something that is not a Fernet key", hint=str(error), id="parley.E007"
                )
            ]
    return []
