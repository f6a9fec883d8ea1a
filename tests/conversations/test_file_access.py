"""Who gets a file, by which address, in which part of it. The same questions for GET, HEAD and ranges, for the
original and for its copies."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import Account
from config.database import account_scope, platform_scope
from conversations.actions.previews import make_previews
from conversations.models import Attachment, Message
from inboxes.models import InboxMember
from tests import factories
from tests.factories import Cast

SOUND = b"ID3\x04" + bytes(range(256)) * 4000  # about a megabyte


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(target, "PNG")
    return target.getvalue()


def heard_with(cast: Cast, name: str, content: bytes) -> dict[str, Any]:
    """What vera sent, as the API has it: the one attachment of her message."""
    message = factories.hear(cast.vera, files=(SimpleUploadedFile(name, content),))
    with account_scope(cast.account.pk):
        make_previews(account_id=cast.account.pk, message_id=message["id"])
    shape: dict[str, Any] = message["attachments"][0]
    return shape


def address(cast: Cast, shape: dict[str, Any], variant: str = "original") -> str:
    return f"/app/accounts/{cast.account.pk}/files/{shape['id']}/{variant}/x"


def browser_of(member: Any) -> Client:
    client = Client()
    client.force_login(member.user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    return client


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("variant", ["original", "view", "thumb"])
def test_the_dashboard_asks_each_time_who_may_see_the_conversation(cast: Cast, variant: str) -> None:
    shape = heard_with(cast, "a.png", picture())
    path = address(cast, shape, variant)
    erin = factories.make_member(cast.account, factories.make_user("Erin"))  # agent of another inbox
    factories.join_inbox(erin, cast.api_inbox)

    for member in (cast.alice, cast.bob):
        assert browser_of(member).get(path).status_code == 200
    missing = path.replace(f"/{shape['id']}/", f"/{shape['id'] + 1000}/")
    for member in (erin, cast.charlie):
        client = browser_of(member)
        for ask in (client.get, client.head):
            refused, unknown = ask(path, HTTP_RANGE="bytes=0-3"), ask(missing)
            assert (refused.status_code, refused.content) == (404, unknown.content)
            assert "Content-Range" not in refused and "ETag" not in refused
    assert Client().get(path).status_code == 302  # to the sign-in
    foreign = path.replace(f"accounts/{cast.account.pk}/", f"accounts/{cast.other.pk}/")
    assert browser_of(cast.charlie).get(foreign).status_code == 404
    assert browser_of(cast.bob).get(path.replace(variant, "../original")).status_code == 404
    assert browser_of(cast.bob).get(path.replace(variant, "raw")).status_code == 404


def test_a_colleague_who_leaves_the_inbox_sees_its_files_no_more(cast: Cast) -> None:
    path = address(cast, heard_with(cast, "a.png", picture()))
    client = browser_of(cast.bob)
    assert client.get(path).status_code == 200

    with account_scope(cast.account.pk):
        InboxMember.objects.filter(membership=cast.bob).delete()

    assert client.get(path).status_code == 404


def test_originals_are_downloaded_and_copies_are_shown(cast: Cast) -> None:
    shape = heard_with(cast, "évil\u202egnp.png", picture())
    client = browser_of(cast.bob)

    original, thumb = client.get(address(cast, shape)), client.get(address(cast, shape, "thumb"))

    assert original["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9vilgnp.png"
    assert thumb["Content-Disposition"] == "inline; filename*=UTF-8''thumb.webp"
    assert thumb["Content-Type"] == "image/webp"
    for answer in (original, thumb):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("variant", ["original", "thumb"])
def test_a_signed_address_is_good_for_an_hour(cast: Cast, api: Any, variant: str) -> None:
    display_id = factories.hear(cast.vera)["conversation_id"]
    heard_with(cast, "a.png", picture())
    erin = factories.make_member(cast.account, factories.make_user("Erin"))
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        (message,) = [
            one
            for one in api(cast.bob).read(f"/conversations/{display_id}/messages").json()["payload"]
            if one.get("attachments")
        ]
        shape = message["attachments"][0]
        path = urlsplit(shape["data_url" if variant == "original" else "thumb_url"]).path
        assert Client().get(path).status_code == 200

    with time_machine.travel(now + timedelta(minutes=61), tick=False):
        expired = Client().get(path)
        assert (expired.status_code, expired.json()["code"]) == (410, "gone")
        assert "expired" in expired.json()["message"]
        assert Client().head(path, HTTP_RANGE="bytes=0-1").status_code == 410
        for member, status in ((cast.bob, 200), (cast.alice, 200), (erin, 410), (cast.charlie, 410)):
            assert api(member).get(path).status_code == status


def test_a_signed_address_ends_with_the_message_and_the_account(cast: Cast) -> None:
    path = urlsplit(heard_with(cast, "a.png", picture())["data_url"]).path
    assert Client().get(path).status_code == 200

    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)
    assert Client().get(path).status_code == 404
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.ACTIVE)
    with account_scope(cast.account.pk):
        Message.objects.all().delete()
    assert Client().get(path).status_code == 404


def test_another_visitor_is_never_given_the_address(cast: Cast) -> None:
    shape = heard_with(cast, "a.png", picture())
    other = factories.make_session(cast.inbox, "Victor")
    factories.hear(other)
    with account_scope(cast.account.pk):
        from_others = [
            message.attachments.count() for message in Message.objects.filter(sender_contact=other.contact)
        ]
    assert from_others == [0]
    token = urlsplit(shape["data_url"]).path.split("/")[2]
    with account_scope(cast.account.pk):
        assert Attachment.objects.count() == 1
    assert Client().get(f"/files/{token[:-2]}xx/a.png").status_code == 404


RANGES = [
    # asked for, status, first, last
    ("bytes=0-99", 206, 0, 99),
    ("bytes=100-", 206, 100, None),
    ("bytes=-100", 206, -100, None),
    ("bytes=5-5", 206, 5, 5),
    ("bytes=0-99999999999", 206, 0, None),
    ("bytes=-99999999999", 206, 0, None),
    ("bytes=9999999-", 416, 0, 0),
    ("bytes=-0", 416, 0, 0),
    ("bytes=9-5", 200, 0, None),
    ("bytes=0-1,5-9", 200, 0, None),
    ("bytes=-", 200, 0, None),
    ("bytes=a-b", 200, 0, None),
    ("lines=0-9", 200, 0, None),
    ("bytes=" + "9" * 400 + "-", 200, 0, None),
]


@pytest.mark.parametrize(("asked", "status", "first", "last"), RANGES, ids=[row[0][:24] for row in RANGES])
def test_players_get_the_part_they_ask_for(
    cast: Cast, asked: str, status: int, first: int, last: int | None
) -> None:
    shape = heard_with(cast, "a.mp3", SOUND)
    client = browser_of(cast.bob)

    answer = client.get(address(cast, shape), HTTP_RANGE=asked)

    assert (answer.status_code, answer["Accept-Ranges"]) == (status, "bytes")
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{len(SOUND)}"
        return
    start = first if first >= 0 else len(SOUND) + first
    expected = SOUND[start : None if last is None else last + 1]
    assert content_of(answer) == expected
    assert answer["Content-Length"] == str(len(expected))
    if status == 206:
        assert answer["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(SOUND)}"


def test_a_part_is_read_in_blocks(cast: Cast) -> None:
    shape = heard_with(cast, "a.mp3", SOUND)

    answer: Any = browser_of(cast.bob).get(address(cast, shape), HTTP_RANGE="bytes=1-")
    blocks = list(answer.streaming_content)

    assert max(map(len, blocks)) <= 128 * 1024
    assert sum(map(len, blocks)) == len(SOUND) - 1


def test_nginx_sends_what_we_permit(cast: Cast, settings: Any) -> None:
    settings.ACCEL_LOCATION = "/protected-media/"
    shape = heard_with(cast, "a.mp3", SOUND)

    answer = browser_of(cast.bob).get(address(cast, shape))

    with account_scope(cast.account.pk):
        name = Attachment.objects.get().file.name
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["X-Accel-Redirect"] == f"/protected-media/{name}"
    assert (Path(django_settings.MEDIA_ROOT) / name).exists()
    assert browser_of(cast.charlie).get(address(cast, shape)).status_code == 404


def test_a_file_that_is_gone_is_404_in_the_dashboard_too(cast: Cast) -> None:
    shape = heard_with(cast, "a.mp3", SOUND)
    with account_scope(cast.account.pk):
        default_storage.delete(Attachment.objects.get().file.name)

    assert browser_of(cast.bob).get(address(cast, shape)).status_code == 404
