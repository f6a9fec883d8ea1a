"""Files that come by themselves: uploaded by a program or a visitor first, and part of something later."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client

from accounts.models import Account
from config import throttling
from config.database import account_scope
from config.models import StoredFile
from conversations.actions.blobs import use_blobs
from conversations.models import Attachment, Blob, BlobUse
from conversations.tasks import sweep_blobs
from tests import factories
from tests.channels_ext.integrator import Integrator
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


def announcement(content: bytes = PNG, name: str = "a.png", **other: Any) -> dict[str, Any]:
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    known = {"filename": name, "byte_size": len(content), "content_type": "image/png"}
    return {"blob": {**known, "checksum": base64.b64encode(digest).decode(), **other}}


def put(announced: Any, content: bytes = PNG) -> Any:
    """As a browser does: to the address of the answer, with its headers."""
    door = announced["direct_upload"]
    return Client().put(urlsplit(door["url"]).path, content, content_type=door["headers"]["Content-Type"])


def uploaded(client: Any, content: bytes = PNG, name: str = "a.png") -> str:
    """Its signed id."""
    answer = client.post(client.base + "/upload", {"attachment": SimpleUploadedFile(name, content)})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["blob_id"])


@pytest.fixture
def talk(cast: Cast) -> str:
    return f"/conversations/{factories.make_conversation(cast.inbox).display_id}"


def blobs_of(account: Account) -> list[Blob]:
    with account_scope(account.pk):
        return list(Blob.objects.for_account(account).order_by("id"))


def stored_files(account: Account) -> list[bool]:
    """Of each file of the account, whether something needs it."""
    with account_scope(account.pk):
        files = StoredFile.objects.filter(account_id=account.pk).order_by("id")
        return [file.unneeded_since is None for file in files]


def test_a_file_is_announced_sent_and_then_part_of_a_message(cast: Cast, api: Any, talk: str) -> None:
    bob = api(cast.bob)
    answer = bob.send(f"{talk}/direct_uploads", announcement())

    assert answer.status_code == 200, answer.content
    announced = answer.json()
    expected = {"id", "key", "filename", "content_type", "metadata", "service_name", "byte_size", "checksum"}
    assert set(announced) == expected | {"created_at", "signed_id", "direct_upload"}
    assert put(announced).status_code == 204

    message = bob.send(f"{talk}/messages", {"content": "", "attachments": [announced["signed_id"]]})
    assert message.status_code == 200, message.content
    (shape,) = message.json()["attachments"]
    assert (shape["file_type"], shape["file_name"], shape["file_size"]) == ("image", "a.png", len(PNG))
    download: Any = Client().get(urlsplit(shape["data_url"]).path)
    assert b"".join(download.streaming_content) == PNG
    assert blobs_of(cast.account) == []
    assert stored_files(cast.account) == [True]


def test_an_upload_has_an_address_that_shows_it_and_an_id_that_sends_it(
    cast: Cast, api: Any, talk: str
) -> None:
    bob = api(cast.bob)
    answer = bob.post(bob.base + "/upload", {"attachment": SimpleUploadedFile("a b.png", PNG)})

    assert answer.status_code == 200
    assert set(answer.json()) == {"file_url", "blob_id"}
    shown: Any = Client().get(urlsplit(answer.json()["file_url"]).path)
    assert b"".join(shown.streaming_content) == PNG
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    # In a form, beside a file that comes with it.
    message = bob.post(
        f"{bob.base}{talk}/messages",
        {"attachments[]": [answer.json()["blob_id"], SimpleUploadedFile("b.png", PNG)]},
    )
    assert message.status_code == 200, message.content
    assert sorted(one["file_name"] for one in message.json()["attachments"]) == ["a b.png", "b.png"]


def test_a_new_conversation_begins_with_an_upload(cast: Cast, api: Any) -> None:
    session = factories.make_session(cast.api_inbox, "Wanda")
    bob = api(cast.bob)
    body = {"source_id": session.source_id, "message": {"attachments": [uploaded(bob)]}}

    answer = bob.send("/conversations", body)

    assert answer.status_code == 200, answer.content
    assert len(answer.json()["messages"][0]["attachments"]) == 1


def test_a_visitor_sends_a_file_ahead(cast: Cast, vera: Visitor) -> None:
    announced = vera.send("/direct_uploads", announcement())
    assert announced.status_code == 200, announced.content
    assert put(announced.json()).status_code == 204

    answer = vera.send(
        "/messages", {"message": {"content": "", "attachments": [announced.json()["signed_id"]]}}
    )

    assert answer.status_code == 200, answer.content
    assert [one["file_name"] for one in answer.json()["attachments"]] == ["a.png"]


def test_the_contact_of_an_api_inbox_sends_an_upload_of_the_program(cast: Cast, api: Any) -> None:
    wanda = Integrator(cast.api_inbox).arrive(name="Wanda")
    number = wanda.converse()

    answer = wanda.write(number, "Look", attachments=[uploaded(api(cast.alice))])

    assert answer.status_code == 200, answer.content
    assert len(answer.json()["attachments"]) == 1


@pytest.mark.parametrize("what", ["forged", "foreign", "sent before", "never filled", "shown elsewhere"])
def test_an_id_that_is_worth_nothing_sends_nothing(cast: Cast, api: Any, talk: str, what: str) -> None:
    bob = api(cast.bob)
    signed = "forged:x"
    if what == "foreign":
        signed = uploaded(api(cast.charlie))
    elif what == "sent before":
        signed = uploaded(bob)
        assert bob.send(f"{talk}/messages", {"attachments": [signed]}).status_code == 200
    elif what == "never filled":
        signed = bob.send(f"{talk}/direct_uploads", announcement()).json()["signed_id"]
    elif what == "shown elsewhere":
        signed = uploaded(bob)
        with account_scope(cast.account.pk):
            ids = Blob.objects.values_list("pk", flat=True)
            use_blobs(account_id=cast.account.pk, subject="article:1", blob_ids=list(ids))
    with account_scope(cast.account.pk):
        before = Attachment.objects.count(), Blob.objects.count()

    answer = bob.send(f"{talk}/messages", {"content": "Look", "attachments": [signed]})

    assert (answer.status_code, answer.json()["code"]) == (422, "upload_gone")
    with account_scope(cast.account.pk):
        assert (Attachment.objects.count(), Blob.objects.count()) == before


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"checksum": "short"}, 422),
        ({"checksum": None}, 422),
        ({"byte_size": 0}, 422),
        ({"byte_size": "many"}, 422),
        ({"byte_size": 2**41}, 422),
        ({"byte_size": 11 * 1024 * 1024}, 413),
        ({"filename": ""}, 422),
        ({"content_type": "x" * 300}, 422),
    ],
)
def test_what_cannot_come_is_refused_when_it_is_announced(
    cast: Cast, api: Any, talk: str, wrong: Any, status: int
) -> None:
    answer = api(cast.bob).send(f"{talk}/direct_uploads", announcement(**wrong))

    assert answer.status_code == status
    assert blobs_of(cast.account) == []


def test_other_bytes_than_announced_are_not_taken(cast: Cast, api: Any, talk: str) -> None:
    announced = api(cast.bob).send(f"{talk}/direct_uploads", announcement()).json()

    assert put(announced, PNG + b"more").status_code == 422
    assert put(announced, b"x" + PNG[1:]).status_code == 422
    assert put(announced, b"").status_code == 422
    assert [blob.file for blob in blobs_of(cast.account)] == [""]
    assert put(announced).status_code == 204
    assert put(announced).status_code == 204  # a repeat changes nothing
    assert stored_files(cast.account) == [True]


def test_what_could_run_is_not_taken_whatever_was_announced(cast: Cast, api: Any, talk: str) -> None:
    page = b"<!DOCTYPE html><script>alert(1)</script>"
    bob = api(cast.bob)
    announced = bob.send(f"{talk}/direct_uploads", announcement(page, "a.png")).json()

    assert put(announced, page).status_code == 415
    sent = bob.post(bob.base + "/upload", {"attachment": SimpleUploadedFile("a.png", page)})
    assert sent.status_code == 415
    assert [blob.file for blob in blobs_of(cast.account)] == [""]


def test_a_file_of_a_private_network_is_not_fetched(cast: Cast, api: Any, settings: Any) -> None:
    settings.PRIVATE_NETWORKS_ALLOWED = False
    for url in ("http://127.0.0.1/a.png", "http://169.254.169.254/latest", "file:///etc/passwd", "x"):
        answer = api(cast.bob).send("/upload", {"external_url": url})
        assert (answer.status_code, answer.json()["attributes"]) == (422, ["external_url"])
    assert api(cast.bob).send("/upload", {}).json()["attributes"] == ["attachment"]
    assert blobs_of(cast.account) == []


def test_a_door_that_was_never_given_out_is_none(client: Client) -> None:
    assert client.put("/rails/active_storage/disk/forged", b"x").status_code == 404
    assert client.get("/rails/active_storage/blobs/redirect/forged/a.png").status_code == 404


def test_a_suspended_account_shows_nothing(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    answer = bob.post(bob.base + "/upload", {"attachment": SimpleUploadedFile("a.png", PNG)})
    with account_scope(cast.account.pk):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)

    assert Client().get(urlsplit(answer.json()["file_url"]).path).status_code == 404


@pytest.mark.parametrize("is_used", [False, True])
def test_what_nothing_shows_is_swept_after_a_day(cast: Cast, api: Any, is_used: bool) -> None:
    uploaded(api(cast.bob))
    with account_scope(cast.account.pk):
        blob = Blob.objects.get()
        if is_used:
            use_blobs(account_id=cast.account.pk, subject="article:1", blob_ids=[blob.pk, 10**12])
    assert sweep_blobs() == 0  # too young
    with account_scope(cast.account.pk):
        Blob.objects.update(created_at=Now() - timedelta(hours=30))

    assert sweep_blobs() == (0 if is_used else 1)
    assert stored_files(cast.account) == [is_used]
    if is_used:  # what shows it stops to: then it goes as well
        with account_scope(cast.account.pk):
            use_blobs(account_id=cast.account.pk, subject="article:1", blob_ids=[])
            assert not BlobUse.objects.exists()
        assert sweep_blobs() == 1
        assert stored_files(cast.account) == [False]


def test_uploads_are_counted(cast: Cast, api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(throttling, "_rate", lambda scope: (2, 60) if scope == "upload" else (1000, 60))
    bob = api(cast.bob)

    answers = [bob.send("/upload", {}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
