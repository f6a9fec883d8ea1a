"""Files of messages: what may come in, what it really is, where it rests, and the signed way to it."""

from __future__ import annotations

import logging
import re
import unicodedata
import uuid
import weakref
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from config.problems import Invalid, TooLarge, UnsupportedType
from conversations import shapes
from conversations.models import Attachment

logger = logging.getLogger(__name__)

MOST_FILES = 15
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_HEAD = 4096
_signer = Signer(salt="parley.files")

# By what the first bytes say. The order matters only where one signature is the beginning of another.
_SIGNATURES: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png", "png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg", "jpg"),
    (re.compile(rb"GIF8[79]a"), "image/gif", "gif"),
    (re.compile(rb"RIFF....WEBP", re.S), "image/webp", "webp"),
    (re.compile(rb"BM.{4}\x00{4}", re.S), "image/bmp", "bmp"),
    (re.compile(rb"%PDF-"), "application/pdf", "pdf"),
    (re.compile(rb"OggS.{20,40}(?:theora|\x80theora)", re.S), "video/ogg", "ogv"),
    (re.compile(rb"OggS"), "audio/ogg", "ogg"),
    (re.compile(rb"(?:ID3|\xff[\xfb\xf3\xf2])"), "audio/mpeg", "mp3"),
    (re.compile(rb"RIFF....WAVE", re.S), "audio/wav", "wav"),
    (re.compile(rb"fLaC"), "audio/flac", "flac"),
    (re.compile(rb"....ftyp(?:M4A|M4B)", re.S), "audio/mp4", "m4a"),
    (re.compile(rb"....ftypqt", re.S), "video/quicktime", "mov"),
    (re.compile(rb"....ftyp", re.S), "video/mp4", "mp4"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "video/webm", "webm"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "application/x-7z-compressed", "7z"),
    (re.compile(rb"Rar!\x1a\x07"), "application/vnd.rar", "rar"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "application/x-ole-storage", "doc"),
    (re.compile(rb"\{\\rtf"), "application/rtf", "rtf"),
)
# Other endings under which such content is known. Anything else gets the true one added: what is named
# x.bat and begins like a picture is a batch file to whoever opens it.
_ALSO = {
    "jpg": {"jpeg", "jpe", "jfif"},
    "ogg": {"oga", "opus", "spx"},
    "mp4": {"m4v", "mp4v", "3gp"},
    "m4a": {"m4b", "mp4"},
    "mov": {"qt"},
    "webm": {"mkv"},
    "wav": {"wave"},
    "zip": {"epub", "odp", "ods", "odg", "kmz", "pages", "numbers", "key", "usdz", "3mf"},
}
_ZIPPED = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "zip": "application/zip",
}
_OLE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
_TEXTS = {
    "csv": "text/csv",
    "json": "application/json",
    "txt": "text/plain",
    "log": "text/plain",
    "md": "text/plain",
}
# Markup that a browser would run stays out even when it claims to be text.
_ACTIVE = re.compile(rb"(?i)<\s*(?:!doctype|html|svg|script|\?xml|body|iframe|head)")
# Shown in place; everything else is only ever downloaded.
INLINE = re.compile(r"(?:image/(?:png|jpeg|gif|webp)|audio/[\w.-]+|video/[\w.-]+)")


@dataclass(frozen=True)
class Upload:
    """A file that was looked at and may be stored."""

    file: BinaryIO
    name: str
    content_type: str
    extension: str
    size: int

    width: int | None = None
    height: int | None = None

    @property
    def file_type(self) -> Attachment.FileType:
        kind = self.content_type.split("/")[0]
        return {
            "image": Attachment.FileType.IMAGE,
            "audio": Attachment.FileType.AUDIO,
            "video": Attachment.FileType.VIDEO,
        }.get(kind, Attachment.FileType.FILE)


def examine(uploads: list[Any], *, limit: int | None = None) -> list[Upload]:
    """Check every uploaded file before any is stored. Raises TooLarge, UnsupportedType or Invalid and names
    the file."""
    if len(uploads) > MOST_FILES:
        raise too_many_files()
    return [_examined(upload, limit or settings.MAX_UPLOAD_BYTES) for upload in uploads]


def too_many_files() -> Invalid:
    text = _("At most %(most)d files fit in one message. Nothing was sent.") % {"most": MOST_FILES}
    return Invalid(text, attributes=["attachments"])


def _examined(upload: Any, limit: int) -> Upload:
    name = harmless_name(upload.name or "")
    if upload.size > limit:
        megabytes = {"name": name, "limit": limit // (1024 * 1024)}
        raise TooLarge(_("%(name)s is larger than %(limit)d MB. Nothing was sent.") % megabytes)
    if upload.size == 0:
        raise Invalid(_("%(name)s is empty. Nothing was sent.") % {"name": name}, attributes=["attachments"])
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(0)
    content_type, extension = sniff(head, name)
    width, height = _dimensions(upload, content_type)
    name = truthful_name(name, extension)
    return Upload(upload, name, content_type, extension, upload.size, width, height)


def _dimensions(upload: Any, content_type: str) -> tuple[int | None, int | None]:
    """Of a picture, from its header alone: nothing is decoded, so a bomb stays packed. Pages reserve the room."""
    if not content_type.startswith("image/"):
        return None, None
    try:
        with Image.open(upload, formats=_PICTURES) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None  # shown without a reserved place
    finally:
        upload.seek(0)


def sniff(head: bytes, name: str) -> tuple[str, str]:
    """(content type, extension) by content; the name only chooses among what the content allows."""
    claimed = PurePosixPath(name).suffix.lower().lstrip(".")
    for pattern, content_type, extension in _SIGNATURES:
        if pattern.match(head):
            if extension == "doc":
                return _OLE.get(claimed, content_type), claimed if claimed in _OLE else "doc"
            return content_type, extension
    if head.startswith(b"PK\x03\x04"):
        return _ZIPPED.get(claimed, _ZIPPED["zip"]), claimed if claimed in _ZIPPED else "zip"
    if head[257:262] == b"ustar":
        return "application/x-tar", "tar"
    if _is_text(head) and claimed in _TEXTS and not _ACTIVE.search(head):
        return _TEXTS[claimed], claimed
    raise UnsupportedType(_("%(name)s is of a type that cannot be sent. Nothing was sent.") % {"name": name})


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 4  # cut in the middle of a character
    return True


def harmless_name(name: str) -> str:
    """The last part of a path without control and bidirectional characters, at most 120 characters, ending
    kept."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(
        char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    )
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .") or "file"
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 10:
        return f"{stem[: 119 - len(suffix)]}.{suffix}"
    return name[:120]


def truthful_name(name: str, extension: str) -> str:
    """The name, ending as its content does."""
    claimed = PurePosixPath(name).suffix.lower().lstrip(".")
    return name if claimed == extension or claimed in _ALSO.get(extension, ()) else f"{name}.{extension}"


class _Stored:
    """Lives as long as the transaction may still commit."""


def store(upload: Upload, *, account_id: int) -> str:
    """Under a random name, without anything the sender chose. Returns the storage's name. Goes again if the
    transaction is rolled back."""
    name = f"attachments/{account_id}/{uuid.uuid4().hex}"
    try:
        name = default_storage.save(name, File(upload.file))
    except OSError:
        default_storage.delete(name)  # what a full disk took of it is of no use
        raise
    # Django tells of commits only. A roll-back forgets the hooks, and with them the last reference.
    stored = _Stored()
    removal = weakref.finalize(stored, _remove, name)
    transaction.on_commit(lambda: _keep(removal, stored), robust=True)
    return name


def _keep(removal: Any, _stored: _Stored) -> None:
    removal.detach()


def _remove(name: str) -> None:
    try:
        default_storage.delete(name)
    except OSError as error:
        logger.warning("file of a rolled back message stays", extra={"file": name, "error": str(error)})


def signed_path(*, account_id: int, attachment_id: int, name: str) -> str:
    token = _signer.sign(f"{account_id}.{attachment_id}")
    return f"/files/{token}/{quote(name or 'file')}"


def unsign(token: str) -> tuple[int, int] | None:
    """(account id, attachment id) of a signed path, or None."""
    try:
        account_id, attachment_id = _signer.unsign(token).split(".")
        return int(account_id), int(attachment_id)
    except (BadSignature, ValueError):
        return None


def attachment_shape(message_id: int, account_id: int, row: list[Any]) -> shapes.Row:
    """From [id, file_type, file_name, extension, file_size, width, height, external_url]."""
    url = row[7] or settings.PUBLIC_URL + signed_path(
        account_id=account_id, attachment_id=row[0], name=row[2]
    )
    kind = shapes.FILE_TYPES[row[1]]
    shape = {
        "id": row[0],
        "message_id": message_id,
        "file_type": kind,
        "account_id": account_id,
        "extension": row[3] or None,
        "data_url": url,
        "thumb_url": url if kind == "image" else "",
        "file_size": row[4],
        "width": row[5],
        "height": row[6],
        "file_name": row[2],
    }
    if kind == "audio":
        shape["transcribed_text"] = ""
    return shape
