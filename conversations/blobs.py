"""Signed ids of blobs, their addresses, and the JSON of them that clients of direct uploads know."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from config.problems import Invalid
from conversations import files, shapes
from conversations.models import Blob

_signer = Signer(salt="parley.blobs")
_doors = TimestampSigner(salt="parley.blobs.door")
DOOR_SECONDS = 3600  # from the announcement until the bytes have to begin to come


def signed_id(blob: Blob) -> str:
    """Who has it may use the file, within its account. It does not expire: texts hold addresses with it."""
    return _signer.sign(f"{blob.account_id}.{blob.pk}")


def read_signed_id(text: str) -> tuple[int, int] | None:
    """(account, blob); None if we never signed it."""
    return _pair(_signer.unsign, text)


def read_door(token: str) -> tuple[int, int] | None:
    """The same of the address that the bytes are sent to, while it is good."""
    return _pair(lambda text: _doors.unsign(text, max_age=DOOR_SECONDS), token)


def _pair(unsign: Any, text: str) -> tuple[int, int] | None:
    try:
        account_id, blob_id = map(int, unsign(text).split("."))
    except (BadSignature, ValueError):
        return None
    return account_id, blob_id


def address(blob: Blob) -> str:
    name = quote(blob.file_name or "file", safe="")
    return f"{settings.PUBLIC_URL}/rails/active_storage/blobs/redirect/{signed_id(blob)}/{name}"


def announced_shape(blob: Blob) -> shapes.Row:
    """What a direct upload is answered with: where to send the bytes, and the id to name them by afterwards."""
    token = _doors.sign(f"{blob.account_id}.{blob.pk}")
    return {
        "id": blob.pk,
        "key": salted_hmac("parley.blobs.key", str(blob.pk)).hexdigest()[:28],
        "filename": blob.file_name,
        "content_type": blob.content_type,
        "metadata": {},
        "service_name": "local",
        "byte_size": blob.byte_size,
        "checksum": blob.checksum,
        "created_at": shapes.iso(blob.created_at),
        "signed_id": signed_id(blob),
        "direct_upload": {
            "url": f"{settings.PUBLIC_URL}/rails/active_storage/disk/{token}",
            "headers": {"Content-Type": blob.content_type},
        },
    }


def signed_ids_in(data: Any, *names: str) -> tuple[str, ...]:
    """The texts among the attachments of a body; its files come by themselves. Raises Invalid."""
    found: list[Any] = []
    for name in names or ("attachments", "attachments[]"):
        if isinstance(data, QueryDict):
            found += [one for one in data.getlist(name) if isinstance(one, str)]
        elif isinstance(data, dict):
            given = data.get(name) or []
            found += given if isinstance(given, list) else [given]
    if not all(isinstance(one, str) for one in found):
        raise Invalid(_("Attachments must be files, or ids of uploads."), attributes=["attachments"])
    if len(found) > files.MOST_FILES:
        raise files.too_many_files()
    return tuple(one for one in found if one)
