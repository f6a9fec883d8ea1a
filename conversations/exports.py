"""Written files that one person asked for, and the signed way to them. Nothing ever needs such a file, so it goes by
itself when the sweep comes (config.filestore)."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

FOLDER = "exports"
_signer = TimestampSigner(salt="parley.exports")


def export_path(name: str) -> str:
    """Whoever has the link has the file, as long as it works."""
    return f"/exports/{_signer.sign(name.removeprefix(FOLDER + '/').replace('/', '.'))}"


def name_of_export(token: str) -> str | None:
    """The stored name behind a token, or None if it is forged or too old."""
    try:
        signed = _signer.unsign(token, max_age=settings.FILES_GRACE_HOURS * 3600)
        account_id, file = signed.split(".", 1)
    except (BadSignature, ValueError):
        return None
    return f"{FOLDER}/{account_id}/{file}"
