"""Files of messages: what may come in, what it really is, and where it rests."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image

from accounts.models import Account
from config import filestore
from config.filestore import Stored
from config.problems import Invalid, TooLarge, UnsupportedType
from conversations.models import Attachment

MOST_FILES = 15
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_HEAD = 4096
MEGABYTE = 1024 * 1024
FOLDER = "attachments"
_ORIENTATION, _LYING = 0x0112, {5, 6, 7, 8}  # the tag of EXIF; values that turn a picture by 90 degrees

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
    """A file that was looked at and may be stored, or is (`stored`)."""

    name: str
    content_type: str
    extension: str
    size: int
    width: int | None = None
    height: int | None = None
    file: BinaryIO | None = None
    stored: Stored | None = None

    @property
    def file_type(self) -> Attachment.FileType:
        kind = self.content_type.split("/")[0]
        return {
            "image": Attachment.FileType.IMAGE,
            "audio": Attachment.FileType.AUDIO,
            "video": Attachment.FileType.VIDEO,
        }.get(kind, Attachment.FileType.FILE)

    @property
    def preview(self) -> Attachment.Preview:
        is_picture = self.file_type == Attachment.FileType.IMAGE
        return Attachment.Preview.PENDING if is_picture else Attachment.Preview.NONE

    @property
    def details(self) -> dict[str, Any]:
        """What the row of a stored upload keeps of it."""
        names = ("name", "content_type", "extension", "width", "height")
        return {name: getattr(self, name) for name in names}


def examine(uploads: Sequence[Any], *, account_id: int) -> list[Upload]:
    """Check every uploaded file before any is stored. Raises TooLarge, UnsupportedType or Invalid and names
    the file."""
    if not uploads:
        return []
    if len(uploads) > MOST_FILES:
        raise too_many_files()
    limit = limit_of(account_id)
    found = [_examined(upload, limit) for upload in uploads]
    check_sum(found)
    return found


def limit_of(account_id: int) -> int:
    """Bytes that one file of this account may have."""
    return Account.objects.get(pk=account_id).upload_limit


def too_many_files() -> Invalid:
    text = _("At most %(most)d files fit in one message. Nothing was sent.") % {"most": MOST_FILES}
    return Invalid(text, attributes=["attachments"])


def check_sum(uploads: Sequence[Upload]) -> None:
    """Raises TooLarge for what is too much for one message, though each file is not."""
    if sum(upload.size for upload in uploads) > settings.MAX_MESSAGE_BYTES:
        most = {"limit": settings.MAX_MESSAGE_BYTES // MEGABYTE}
        text = _(
            "The files together are larger than %(limit)d MB. Nothing was sent; send them in several messages."
        )
        raise TooLarge(text % most)


def _examined(upload: Any, limit: int) -> Upload:
    name = harmless_name(upload.name or "")
    if upload.size > limit:
        megabytes = {"name": name, "limit": limit // MEGABYTE}
        raise TooLarge(_("%(name)s is larger than %(limit)d MB. Nothing was sent.") % megabytes)
    if upload.size == 0:
        raise Invalid(_("%(name)s is empty. Nothing was sent.") % {"name": name}, attributes=["attachments"])
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(0)
    content_type, extension = sniff(head, name)
    width, height = _dimensions(upload, content_type)
    name = truthful_name(name, extension)
    return Upload(name, content_type, extension, upload.size, width, height, file=upload)


def _dimensions(upload: Any, content_type: str) -> tuple[int | None, int | None]:
    """Of a picture as it will be seen, from its headers alone: nothing is decoded, so a bomb stays packed. Pages
    reserve the room."""
    if not content_type.startswith("image/"):
        return None, None
    try:
        with Image.open(upload, formats=_PICTURES) as picture:
            width, height = picture.size
            lies = picture.format == "JPEG" and picture.getexif().get(_ORIENTATION) in _LYING
    except Exception:  # a decoder that stumbles over hostile headers may raise anything
        return None, None  # shown without a reserved place
    finally:
        upload.seek(0)
    return (height, width) if lies else (width, height)


def store(uploads: Sequence[Upload], *, account_id: int, owner: str = "") -> list[Upload]:
    """Those that are not stored yet. They go again by themselves unless `filestore.keep` is part of a commit.
    Raises StorageDown, StorageFull."""
    return [upload if upload.stored else _stored(upload, account_id, owner) for upload in uploads]


def _stored(upload: Upload, account_id: int, owner: str) -> Upload:
    assert upload.file is not None
    details = upload.details if owner else None
    stored = filestore.put(
        upload.file, size=upload.size, account_id=account_id, folder=FOLDER, owner=owner, details=details
    )
    return replace(upload, stored=stored, file=None)


def upload_of(stored: Stored) -> Upload:
    """The upload that a waiting row tells of."""
    return Upload(**stored.details, size=stored.size, stored=stored)


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
