"""Pictures of people, inboxes and bots: made small and clean, stored under a name that nobody guesses, and shown
to whoever has it (visitors see them too)."""

from __future__ import annotations

import io
import logging
import secrets
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from config.problems import Invalid, TooLarge

logger = logging.getLogger(__name__)

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000
SIDE = 256
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def store_avatar(upload: Any) -> str:
    """The name of the stored picture. Painted anew, so that nothing but the picture is in it. Raises Invalid,
    TooLarge."""
    if not hasattr(upload, "read"):
        raise Invalid(_("Avatar must be an uploaded picture."), attributes=["avatar"])
    if upload.size > MOST_BYTES:
        raise TooLarge(_("Avatar is larger than 15 MB. Nothing was changed."))
    name = f"{secrets.token_urlsafe(24)}.png"
    default_storage.save(_path(name), ContentFile(_painted(upload)))
    return name


def _painted(upload: Any) -> bytes:
    try:
        with Image.open(upload, formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:  # before anything is unpacked
                raise ValueError("too many pixels")
            small = ImageOps.exif_transpose(picture).convert("RGBA")
            small.thumbnail((SIDE, SIDE))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid(_("Avatar must be a PNG, JPEG, GIF or WebP picture."), attributes=["avatar"]) from None
    made = io.BytesIO()
    small.save(made, "PNG")
    return made.getvalue()


def replace_avatar(row: Any, upload: Any | None) -> None:
    """On a row with an `avatar`, saved here; None takes it away. The old picture goes with the commit."""
    old, row.avatar = row.avatar, store_avatar(upload) if upload is not None else ""
    if old == row.avatar:
        return
    row.save(update_fields=["avatar", "updated_at"])
    if old:
        transaction.on_commit(lambda: remove_avatar(old), robust=True)


def remove_avatar(name: str) -> None:
    try:
        default_storage.delete(_path(name))
    except OSError as error:
        logger.warning("picture stays", extra={"error": str(error)})


def open_avatar(name: str) -> Any | None:
    """The stored picture's file, or None."""
    try:
        return default_storage.open(_path(name), "rb")
    except OSError:
        return None


def avatar_url(name: str) -> str:
    """ "" without one."""
    return f"{settings.PUBLIC_URL}/avatars/{name}" if name else ""


def _path(name: str) -> str:
    return f"avatars/{name}"
