"""Previews: copies of our own making, whatever a stranger sent. The thumbnailer runs for real, as a program."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from config.database import account_scope
from config.filestore import usage_of
from config.models import StoredFile
from conversations.actions.messages import MessageDraft, create_message
from conversations.actions.previews import make_previews
from conversations.models import Attachment
from conversations.pictures import copies_of
from conversations.queries.messages import messages_by_id
from tests import factories
from tests.factories import Cast


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new(mode, (width, height), "teal").save(target, kind, **options)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises this size, over a few bytes of zeros."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(width * 3 + 1) * min(height, 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_large_photo_gets_a_view_and_a_thumb() -> None:
    copies = copies_of(picture(3000, 1500, "JPEG"))

    assert (copies.width, copies.height, copies.problem) == (3000, 1500, "")
    assert (opened(copies.view).format, opened(copies.view).size) == ("WEBP", (2048, 1024))
    assert (opened(copies.thumb).format, opened(copies.thumb).size) == ("WEBP", (640, 320))


def test_a_small_picture_is_never_made_larger_and_stored_once() -> None:
    copies = copies_of(picture(40, 30))

    assert opened(copies.view).size == (40, 30)
    assert copies.thumb is copies.view


def test_a_photo_is_turned_as_its_camera_says_and_tells_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "<script>alert(1)</script> at 52.5163 N"
    photo = picture(80, 40, "JPEG", exif=exif, comment=b"secret")

    copies = copies_of(photo)

    assert (copies.width, copies.height) == (40, 80)
    assert opened(copies.view).size == (40, 80)
    assert b"script" not in copies.view and b"secret" not in copies.view and b"EXIF" not in copies.view
    assert not opened(copies.view).getexif()


def test_transparency_stays() -> None:
    assert opened(copies_of(picture(20, 20, mode="RGBA")).view).mode in {"RGBA", "RGB"}
    clear = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(clear, "PNG")
    assert opened(copies_of(clear.getvalue()).view).convert("RGBA").getpixel((5, 5)) == (0, 0, 0, 0)


def test_of_ten_thousand_frames_the_first_is_shown() -> None:
    head = bytes.fromhex("47494638396101000100800000008080ffffff")
    frame = bytes.fromhex("21f904000a000000 2c00000000010001000002024401 00")

    copies = copies_of(head + frame * 10_000 + b";")

    assert (copies.problem, opened(copies.view).size) == ("", (1, 1))
    assert getattr(opened(copies.view), "n_frames", 1) == 1


HOSTILE = {
    "a bomb": (png_claiming(20_000, 20_000), "too_large"),
    "a tall bomb": (png_claiming(1, 2**31 - 1), "too_large"),
    "a picture that ends early": (picture(600, 600, "JPEG", quality=95)[:2000], "broken"),
    "only a beginning": (b"\x89PNG\r\n\x1a\n" + bytes(24), "broken"),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "broken"),
    "a page": (b"GIF89a/*<script>alert(1)</script>*/", "broken"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run", "broken"),
    "astronomy": (b"SIMPLE  =                    T" + b" " * 2850, "broken"),
    "nothing": (b"", "broken"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_shown_is_refused_with_a_reason(name: str) -> None:
    content, problem = HOSTILE[name]

    copies = copies_of(content)

    assert (copies.problem, copies.view, copies.thumb) == (problem, b"", b"")


def test_a_polyglot_loses_its_other_half() -> None:
    both = picture(30, 30, "GIF") + b"<script>alert(document.domain)</script>PK\x03\x04"

    assert b"script" not in copies_of(both).view


def send(cast: Cast, *contents: tuple[str, bytes], private: bool = False) -> dict[str, Any]:
    display_id = factories.hear(cast.vera)["conversation_id"]
    with account_scope(cast.account.pk):
        access = factories.access_of(cast.bob)
        uploads = tuple(SimpleUploadedFile(name, content) for name, content in contents)
        draft = MessageDraft(content="Look", files=uploads, private=private)
        return create_message(actor=access.actor, access=access, display_id=display_id, draft=draft)


def preview(cast: Cast, message: dict[str, Any]) -> int:
    with account_scope(cast.account.pk):
        return make_previews(account_id=cast.account.pk, message_id=message["id"])


def test_open_pages_are_told_when_the_preview_is_there(cast: Cast, outbox: Any) -> None:
    message = send(cast, ("a.png", picture(900, 600)), ("b.png", b"\x89PNG\r\n\x1a\n" + bytes(24)))
    assert [(one["width"], one["preview"], one["thumb_url"]) for one in message["attachments"]] == [
        (900, "pending", ""),
        (None, "pending", ""),
    ]
    (created,) = [payload for name, payload in outbox() if name == "message.created" and payload["files"]]
    assert created["files"] == 2

    assert preview(cast, message) == 2
    assert preview(cast, message) == 0  # a second run changes nothing

    (updated,) = [payload for name, payload in outbox() if name == "message.updated"]
    ids = [one["id"] for one in message["attachments"]]
    assert (updated["message_id"], updated["changes"]) == (message["id"], {"previews": [[], ids]})
    with account_scope(cast.account.pk):
        shown = messages_by_id(account_id=cast.account.pk, ids=[message["id"]])[message["id"]]["attachments"]
    assert [one["preview"] for one in shown] == ["ready", "refused"]
    assert shown[0]["thumb_url"].endswith("/thumb.webp")
    assert (shown[1]["preview_problem"], shown[1]["thumb_url"]) == ("broken", "")


def test_files_and_copies_are_needed_as_long_as_the_message_is_there(cast: Cast) -> None:
    message = send(cast, ("a.png", picture(900, 600)))
    preview(cast, message)
    with account_scope(cast.account.pk):
        rows = list(StoredFile.objects.values_list("unneeded_since", flat=True))
        assert rows == [None, None, None]
        usage = usage_of(cast.account.pk)
        folder = Path(django_settings.MEDIA_ROOT)
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        assert (usage.files, usage.size) == (3, sum(sizes))

        Attachment.objects.filter(message_id=message["id"]).delete()

        assert StoredFile.objects.filter(unneeded_since__isnull=False).count() == 3


def test_a_picture_whose_file_is_gone_says_so(cast: Cast) -> None:
    message = send(cast, ("a.png", picture(9, 9)))
    with account_scope(cast.account.pk):
        default_storage.delete(Attachment.objects.get().file.name)

    preview(cast, message)

    with account_scope(cast.account.pk):
        assert Attachment.objects.get().preview_problem == "missing"
