"""Written files that one person asked for: where they rest, and the signed way to them for a week."""

from __future__ import annotations

import uuid

from django.core.signing import BadSignature, TimestampSigner

FOLDER = "exports"
SECONDS = 7 * 86400
_signer = TimestampSigner(salt="parley.exports")


def export_name(account_id: int) -> str:
    return f"{FOLDER}/{account_id}/{uuid.uuid4().hex}.csv"


def export_path(name: str) -> str:
    """Whoever has the link has the file, as long as it works."""
    return f"/exports/{_signer.sign(name.removeprefix(FOLDER + '/').replace('/', '.'))}"


def name_of_export(token: str) -> str | None:
    """The stored name behind a token, or None if it is forged or too old."""
    try:
        account_id, file = _signer.unsign(token, max_age=SECONDS).split(".", 1)
    except (BadSignature, ValueError):
        return None
    return f"{FOLDER}/{account_id}/{file}"
