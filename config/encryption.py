"""Secrets at rest: an encrypted text field, and digests for looking tokens up.

Encrypted values cannot be filtered by: whoever has to find a row by a secret stores a digest beside it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def new_token(length: int = 24) -> str:
    """Random base58 text; 24 characters carry 140 bits."""
    return "".join(secrets.choice(_BASE58) for _ in range(length))


def digest(token: str) -> str:
    """SHA-256 as hex. Enough for random tokens; never for passwords."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def signature(key: str, text: str) -> str:
    """HMAC-SHA256 as hex."""
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


@cache
def _box(keys: tuple[str, ...], secret_key: str) -> MultiFernet:
    # Without FIELD_KEYS (development only: config.checks refuses it in production) the key follows
    # SECRET_KEY.
    derived = base64.urlsafe_b64encode(hashlib.sha256(b"parley field key" + secret_key.encode()).digest())
    return MultiFernet([Fernet(key.strip()) for key in keys] or [Fernet(derived)])


def box() -> MultiFernet:
    return _box(tuple(settings.FIELD_KEYS), settings.SECRET_KEY)


def encrypt(text: str) -> str:
    return box().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Raises cryptography.fernet.InvalidToken if no key of FIELD_KEYS fits."""
    return box().decrypt(stored.encode()).decode()


class EncryptedTextField(models.TextField):
    """Text that is plain in Python and encrypted in the database. Empty stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return decrypt(value) if value else value
