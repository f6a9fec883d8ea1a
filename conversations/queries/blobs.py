"""Blobs, by the ways they are asked for."""

from __future__ import annotations

from accounts.models import Account
from config.fileserving import Served
from config.problems import Invalid
from conversations import blobs, files
from conversations.models import Blob

MAX_AGE = 86400  # seconds; what lies under a signed id never changes


def find_blob(*, account_id: int, blob_id: int) -> Blob | None:
    """With its file, of an active account."""
    found = Blob.objects.for_account(account_id).filter(pk=blob_id, account__status=Account.Status.ACTIVE)
    return found.exclude(file="").first()


def picture_of(signed: str, *, account_id: int, field: str, text: str) -> Blob:
    """The picture that was uploaded before. Raises Invalid with the text, about the field."""
    pair = blobs.read_signed_id(signed)
    blob = find_blob(account_id=account_id, blob_id=pair[1]) if pair and pair[0] == account_id else None
    if blob is None or not blob.is_picture:
        raise Invalid(text, attributes=[field])
    return blob


def served(blob: Blob) -> Served:
    return Served(
        name=blob.file,
        file_name=blob.file_name,
        content_type=blob.content_type or "application/octet-stream",
        inline=bool(files.INLINE.fullmatch(blob.content_type)),
        max_age=MAX_AGE,
    )
