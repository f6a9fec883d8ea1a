"""Files from outside: what they are is read from their content, and what a browser could run is never shown
in place."""

from __future__ import annotations

import struct
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from django.core.signing import Signer
from django.db.models.functions import Now
from django.test import Client

from accounts.models import Account
from config.database import account_scope, platform_scope
from config.filestore import sweep
from config.models import StoredFile
from conversations.files import MOST_FILES, harmless_name
from conversations.links import signed_path
from conversations.models import Attachment, Message
from tests import factories
from tests.channels_ext.visitor import Visitor, file
from tests.factories import Cast

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
ZIP = b"PK\x03\x04" + bytes(40)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(24)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(16)


def size_of(text: bytes) -> bytes:
    return struct.pack("<I", len(text))


ACCEPTED = [
    # name as sent, content, type found, kind shown, in place?, name kept
    ("a.png", PNG, "image/png", "image", True, "a.png"),
    ("photo.JPEG", b"\xff\xd8\xff\xe0" + bytes(16), "image/jpeg", "image", True, "photo.JPEG"),
    ("a.gif", b"GIF89a" + bytes(16), "image/gif", "image", True, "a.gif"),
    ("a.webp", b"RIFF" + size_of(b"") + b"WEBPVP8 ", "image/webp", "image", True, "a.webp"),
    ("a.pdf", b"%PDF-1.7\n", "application/pdf", "file", False, "a.pdf"),
    ("a.mp4", MP4, "video/mp4", "video", True, "a.mp4"),
    ("voice.opus", b"OggS" + bytes(24) + b"OpusHead", "audio/ogg", "audio", True, "voice.opus"),
    ("a.mp3", b"ID3\x04" + bytes(16), "audio/mpeg", "audio", True, "a.mp3"),
    ("a.zip", ZIP, "application/zip", "file", False, "a.zip"),
    (
        "a.docx",
        ZIP,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "file",
        False,
        "a.docx",
    ),
    ("a.xls", OLE, "application/vnd.ms-excel", "file", False, "a.xls"),
    ("a.csv", b"name,phone\nVera,1\n", "text/csv", "file", False, "a.csv"),
    ("a.txt", "Grüße".encode(), "text/plain", "file", False, "a.txt"),
    ("a.json", b'{"a": 1}', "application/json", "file", False, "a.json"),
    # The content decides, and the name tells the truth about it.
    ("holiday.html", PNG, "image/png", "image", True, "holiday.html.png"),
    ("run.bat", b"GIF89a\r\nformat c:", "image/gif", "image", True, "run.bat.gif"),
    ("setup.exe", ZIP, "application/zip", "file", False, "setup.exe.zip"),
    ("setup.msi", OLE, "application/x-ole-storage", "file", False, "setup.msi.doc"),
    ("a.php.png", PNG, "image/png", "image", True, "a.php.png"),
    ("picture", PNG, "image/png", "image", True, "picture.png"),
    ("a.txt", PNG, "image/png", "image", True, "a.txt.png"),
    # Two things at once are shown as the harmless one, and the browser is told not to look again.
    ("a.gif", b"GIF89a/*<script>alert(1)</script>*/", "image/gif", "image", True, "a.gif"),
    ("a.pdf", b"%PDF-1.7<script>alert(1)</script>", "application/pdf", "file", False, "a.pdf"),
]


@pytest.mark.parametrize(
    ("name", "content", "kind", "shown", "inline", "kept"),
    ACCEPTED,
    ids=[f"{row[0]} is {row[2]}" for row in ACCEPTED],
)
def test_a_file_is_what_its_content_says(
    cast: Cast, vera: Visitor, name: str, content: bytes, kind: str, shown: str, inline: bool, kept: str
) -> None:
    response = vera.upload(file(name, content, "text/html"), text="Look")

    assert response.status_code == 200, response.content
    (shape,) = response.json()["attachments"]
    with account_scope(cast.account.pk):
        stored = Attachment.objects.get()
    assert (stored.content_type, stored.file_name, stored.file_size) == (kind, kept, len(content))
    assert (shape["file_type"], shape["file_name"], shape["file_size"]) == (shown, kept, len(content))
    assert shape["thumb_url"] == ""  # a copy of our own making, later
    assert shape["preview"] == ("pending" if shown == "image" else "none")

    download: Any = Client().get(urlsplit(shape["data_url"]).path)

    assert download.status_code == 200
    assert b"".join(download.streaming_content) == content
    assert download["Content-Type"] == kind
    assert download["Content-Length"] == str(len(content))
    disposition = "inline" if inline else "attachment"
    assert download["Content-Disposition"] == f"{disposition}; filename*=UTF-8''{quote(kept)}"
    assert download["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert download["X-Content-Type-Options"] == "nosniff"
    assert download["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in download
    assert not download.cookies


REFUSED = {
    "a page": ("a.html", b"<!DOCTYPE html><script>alert(1)</script>"),
    "a page called a picture": ("a.png", b"<html><body onload=alert(1)>"),
    "a page called a text": ("a.txt", b"  \n<HTML><script>alert(1)</script>"),
    "a drawing": ("a.svg", b'<?xml version="1.0"?><svg onload="alert(1)"/>'),
    "a drawing called a text": ("a.txt", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "XML with a style sheet": ("a.xml", b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?>'),
    "a mail of a page": ("a.mht", b"MIME-Version: 1.0\nContent-Type: text/html\n"),
    "a program": ("a.exe", b"MZ\x90\x00\x03" + bytes(64)),
    "a program called a picture": ("a.png", b"MZ\x90\x00\x03" + bytes(64)),
    "a Linux program": ("a", b"\x7fELF\x02\x01\x01" + bytes(64)),
    "a script": ("a.sh", b"#!/bin/sh\nrm -rf /\n"),
    "a script of the server": ("a.php", b"<?php system($_GET['x']); ?>"),
    "settings of a web server": (".htaccess", b"AddType application/x-httpd-php .png\n"),
    "the same, invisibly": ("\u200b.htaccess", b"AddType application/x-httpd-php .png\n"),
    "a link": ("a.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(32)),
    "a stream of a file": ("a.txt::$DATA.php", b"<?php ?>"),
    "text that is none": ("a.txt", b"\xff\xfeh\x00i\x00"),
    "noise": ("a.bin", bytes(range(256))),
    "no ending": ("README", b"hello"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_run_is_not_taken_whatever_it_is_called(vera: Visitor, stored: Any, name: str) -> None:
    before = stored()

    response = vera.upload(file(*REFUSED[name]), text="Look")

    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_type"
    assert stored() == before


NAMES = [
    ("../../etc/passwd.png", "passwd.png"),
    ("/etc/cron.d/a.png", "a.png"),
    ("C:\\Windows\\a.png", "a.png"),
    ("..", "file"),
    ("....", "file"),
    ("a\x00.png", "a.png"),
    ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie_ x=1.png"),
    ("safe\u202egnp.exe", "safegnp.exe"),
    ("a\u200b.htaccess", "a.htaccess"),
    ("a\ufeff\u2066b\u2069.png", "ab.png"),
    ('a".png; filename="b.exe', "a_.png; filename=_b.exe"),
    ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
    ("a.png.", "a.png"),
    ("a.png ", "a.png"),
    ("a.png::$DATA", "a.png__$DATA"),
    ("CON|aux?.png", "CON_aux_.png"),
    ("x" * 300 + ".png", "x" * 116 + ".png"),
    ("x" * 300, "x" * 120),
    ("a." + "y" * 300, "a." + "y" * 118),
    ("e\u0301.png", "\u00e9.png"),
    ("%2e%2e%2fa.png", "%2e%2e%2fa.png"),
    ("写真.png", "写真.png"),
    ("", "file"),
]


@pytest.mark.parametrize(("name", "kept"), NAMES)
def test_a_hostile_name_becomes_a_harmless_one(name: str, kept: str) -> None:
    assert harmless_name(name) == kept
    assert harmless_name(kept) == kept
    assert len(kept) <= 120


@pytest.mark.parametrize("name", [name for name, _kept in NAMES if name.strip(". ")])
def test_a_hostile_name_reaches_neither_disk_nor_headers(
    cast: Cast, vera: Visitor, name: str, settings: Any, tmp_path: Path
) -> None:
    response = vera.upload(file(name, PNG))

    assert response.status_code == 200, response.content
    (shape,) = response.json()["attachments"]
    with account_scope(cast.account.pk):
        stored = Attachment.objects.get()
    folder = Path(settings.MEDIA_ROOT) / "attachments" / str(cast.account.pk)
    on_disk = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert on_disk == [folder / Path(stored.file.name).name]
    assert on_disk[0].name.isalnum() and len(on_disk[0].name) == 32
    path = urlsplit(shape["data_url"]).path
    assert path.count("/") == 3 and unquote(path.rsplit("/", 1)[1]) == stored.file_name
    header = Client().get(path)["Content-Disposition"]
    assert header == f"inline; filename*=UTF-8''{quote(stored.file_name)}"
    assert header.isascii() and "\n" not in header and '"' not in header


def test_fifteen_files_fit_in_one_message(cast: Cast, vera: Visitor) -> None:
    response = vera.upload(*(file(f"{number}.png", PNG) for number in range(MOST_FILES)))

    assert response.status_code == 200
    assert [one["file_name"] for one in response.json()["attachments"]] == [
        f"{number}.png" for number in range(15)
    ]
    (message,) = vera.thread()
    assert len(message["attachments"]) == 15


def test_a_file_without_a_word_is_a_message(cast: Cast, vera: Visitor) -> None:
    assert vera.upload(file("a.png", PNG)).status_code == 200
    with account_scope(cast.account.pk):
        assert Message.objects.get().content == ""


def test_the_same_echo_id_with_a_file_is_stored_once(cast: Cast, vera: Visitor, stored: Any) -> None:
    form = {"message[content]": "Look", "message[echo_id]": "e-1"}
    answers = [
        vera.post(
            vera.address("/messages"),
            {**form, "message[attachments][]": file("a.png", PNG)},
            HTTP_X_AUTH_TOKEN=vera.token,
        ).json()
        for _time in range(2)
    ]

    assert answers[0]["id"] == answers[1]["id"]
    assert len(answers[1]["attachments"]) == 1
    assert len(stored()["files"]) == 1


def upload_of(visitor: Visitor) -> str:
    """The path of a picture that this visitor sent."""
    response = visitor.upload(file("a.png", PNG))
    return urlsplit(response.json()["attachments"][0]["data_url"]).path


def test_a_signed_address_is_good_for_this_file_alone(cast: Cast, vera: Visitor) -> None:
    path = upload_of(vera)
    token = path.split("/")[2]
    with account_scope(cast.account.pk):
        attachment = Attachment.objects.get()
    ids = f"{cast.account.pk}.{attachment.pk}"
    forged = [
        f"/files/{ids}/a.png",
        f"/files/{ids}:{'A' * 43}/a.png",
        f"/files/{token[:-1]}/a.png",
        f"/files/{token}x/a.png",
        f"/files/{token.replace(ids, f'{cast.account.pk}.{attachment.pk + 1}')}/a.png",
        f"/files/{Signer(salt='another').sign(ids)}/a.png",
        f"/files/{Signer(salt='parley.files', key='another key').sign(ids)}/a.png",
        f"/files/{Signer(salt='parley.files').sign('x.y')}/a.png",
        f"/files/{Signer(salt='parley.files').sign('1')}/a.png",
        signed_path(account_id=cast.account.pk, attachment_id=attachment.pk + 1, name="a.png"),
        signed_path(account_id=cast.other.pk, attachment_id=attachment.pk, name="a.png"),
        "/files/%00/a.png",
    ]
    client = Client()

    for address in forged:
        for method in (client.get, client.head):
            answer = method(address, HTTP_RANGE="bytes=0-3")
            assert answer.status_code == 404, address
            assert "ETag" not in answer and "Last-Modified" not in answer
    bodies = {client.get(address).content for address in forged}
    assert bodies == {client.get("/files/nothing/a.png").content}
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405


def test_the_name_in_the_address_changes_nothing(vera: Visitor) -> None:
    path = upload_of(vera)

    answer = Client().get(path.rsplit("/", 1)[0] + "/evil.html")

    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == "inline; filename*=UTF-8''a.png"


def test_a_file_that_is_gone_is_404_like_one_that_never_was(cast: Cast, vera: Visitor, settings: Any) -> None:
    path = upload_of(vera)
    for stored in Path(settings.MEDIA_ROOT).rglob("*"):
        if stored.is_file():
            stored.unlink()
    client = Client()
    assert client.get(path).status_code == 404

    with account_scope(cast.account.pk):
        Message.objects.all().delete()
    assert client.get(path).content == client.get("/files/nothing/a.png").content


def test_a_head_request_tells_what_get_would(vera: Visitor) -> None:
    path = upload_of(vera)

    answer = Client().head(path)

    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(PNG)))


def test_an_agents_file_goes_the_same_way(cast: Cast, api: Any) -> None:
    display_id = factories.hear(cast.vera)["conversation_id"]
    bob = api(cast.bob)
    url = f"{bob.base}/conversations/{display_id}/messages"

    sent = bob.post(url, {"content": "Here", "attachments[]": [file("a.pdf", b"%PDF-1.7\n")]})
    refused = bob.post(url, {"content": "Here", "attachments[]": [file("a.svg", b"<svg/>")]})
    many = bob.post(url, {"attachments[]": [file(f"{n}.png", PNG) for n in range(16)]})

    assert sent.status_code == 200
    assert [one["file_name"] for one in sent.json()["attachments"]] == ["a.pdf"]
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_type")
    assert (many.status_code, many.json()["attributes"]) == (422, ["attachments"])


def sweep_all() -> int:
    """A day later."""
    with platform_scope("tests let time pass"):
        unneeded = StoredFile.objects.filter(unneeded_since__isnull=False)
        unneeded.update(unneeded_since=Now() - timedelta(days=1))
    return sweep()


def test_files_go_with_what_was_rolled_back(
    vera: Visitor, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("after the files")

    sweep_all()
    before = stored()
    with monkeypatch.context() as patch:
        patch.setattr("channels_ext.widget.talk_views.shapes.message_public", fail)
        response = vera.upload(file("a.png", PNG), file("b.png", PNG))

    assert response.status_code == 500
    assert len(stored()["files"]) == 2
    assert sweep_all() == 2
    assert stored() == before


def test_a_suspended_account_shows_its_files_no_more(cast: Cast, vera: Visitor) -> None:
    path = upload_of(vera)
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)

    assert Client().get(path).status_code == 404
