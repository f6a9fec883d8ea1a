"""Files that come by themselves: announced, filled, and taken by what shows them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from config import filestore
from config.filestore import Stored
from config.problems import Invalid, TooLarge, found
from conversations import blobs, files
from conversations.files import Upload
from conversations.models import Blob, BlobUse


@transaction.atomic
def announce_blob(
    *, account_id: int, filename: str, byte_size: int, checksum: str, content_type: str
) -> Blob:
    """A file whose bytes will come. Raises Invalid, TooLarge."""
    limit = files.limit_of(account_id)
    name = files.harmless_name(filename)
    if byte_size > limit:
        raise TooLarge(
            _("%(name)s is larger than %(limit)d MB. Nothing was stored.")
            % {"name": name, "limit": limit // files.MEGABYTE}
        )
    if not _is_md5(checksum):
        raise Invalid(_("Checksum must be the MD5 of the file in base64."), attributes=["checksum"])
    return Blob.objects.create(
        account_id=account_id,
        file_name=name,
        byte_size=byte_size,
        checksum=checksum,
        content_type=content_type,
    )


def _is_md5(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == hashlib.md5(usedforsecurity=False).digest_size
    except (binascii.Error, ValueError):
        return False


def fill_blob(*, account_id: int, blob_id: int, file: Any) -> Blob:
    """The bytes of an announced one; the same again changes nothing. `file` has a name and a size. Raises
    NotFound, Invalid, UnsupportedType, StorageDown."""
    blob = found(Blob.objects.for_account(account_id).filter(pk=blob_id).first())
    if blob.file:
        return blob
    if file.size != blob.byte_size or _md5(file) != blob.checksum:
        raise Invalid(_("These are not the bytes that were announced. Nothing was stored."), code="corrupt")
    file.name = blob.file_name
    return _fill(blob, files.examine([file], account_id=account_id)[0])


def store_blob(*, account_id: int, file: Any) -> Blob:
    """Announced and filled at once. Raises Invalid, TooLarge, UnsupportedType, StorageDown."""
    (upload,) = files.examine([file], account_id=account_id)
    return _fill(Blob(account_id=account_id, checksum=_md5(file)), upload)


def _fill(blob: Blob, upload: Upload) -> Blob:
    (stored,) = files.store([upload], account_id=blob.account_id)
    assert stored.stored is not None
    blob.file, blob.byte_size = stored.stored.name, stored.size
    for name, value in stored.details.items():
        setattr(blob, "file_name" if name == "name" else name, value)
    blob.save()
    filestore.keep([blob.file], account_id=blob.account_id)
    return blob


def _md5(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.md5(usedforsecurity=False)
    while block := file.read(128 * 1024):
        digest.update(block)
    file.seek(0)
    return base64.b64encode(digest.digest()).decode()


_TAKE = """
DELETE FROM conversations_blob AS blob
WHERE account_id = %s AND id = ANY(%s) AND file <> '' AND NOT EXISTS (
    SELECT 1 FROM conversations_blobuse AS used WHERE used.account_id = blob.account_id AND used.blob_id = blob.id)
RETURNING id, file, file_name, content_type, extension, byte_size, width, height
"""


def take_blobs(signed_ids: Iterable[str], *, account_id: int) -> list[Upload]:
    """For a message: their files are the message's from now on, and the caller has to keep them
    (config.filestore). Raises Invalid if one is unknown, was never filled, or is part of something already."""
    pairs = [blobs.read_signed_id(one) for one in dict.fromkeys(signed_ids)]
    ids = [pair[1] for pair in pairs if pair is not None and pair[0] == account_id]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [account_id, ids])
        taken = {row[0]: _upload(row) for row in cursor.fetchall()}
    if len(taken) < len(pairs):
        text = _("A file of this message is not there: it was never uploaded, or was sent before.")
        raise Invalid(text, code="upload_gone", attributes=["attachments"])
    return [taken[one] for one in ids]


def _upload(row: tuple[Any, ...]) -> Upload:
    blob_id, name, file_name, content_type, extension, size, width, height = row
    return Upload(file_name, content_type, extension, size, width, height, stored=Stored(blob_id, name, size))


def use_blobs(*, account_id: int, subject: str, blob_ids: Iterable[int]) -> None:
    """These, and no others, are shown by the subject from now on. Unknown ones are passed over: a text may hold
    the address of what was swept."""
    wanted = set(blob_ids)
    uses = BlobUse.objects.filter(account_id=account_id, subject=subject)
    uses.exclude(blob_id__in=wanted).delete()
    # Locked, so that no sweep and no message takes them in between.
    known = Blob.objects.for_account(account_id).filter(pk__in=wanted).select_for_update()
    BlobUse.objects.bulk_create(
        [BlobUse(account_id=account_id, blob_id=blob.pk, subject=subject) for blob in known],
        ignore_conflicts=True,
    )


_SWEEP = """
DELETE FROM conversations_blob WHERE id IN (
    SELECT id FROM conversations_blob AS blob
    WHERE created_at < now() - make_interval(hours => %s) AND NOT EXISTS (
        SELECT 1 FROM conversations_blobuse AS used
        WHERE used.account_id = blob.account_id AND used.blob_id = blob.id)
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def sweep_blobs(*, hours: int, most: int = 500) -> int:
    """Those that nothing shows, hours after they came: of all accounts, so within the platform's scope. Their files
    go with the next sweep of files. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, [hours, most])
        return int(cursor.rowcount)
