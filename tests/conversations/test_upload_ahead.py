"""Files that are stored while their message is still being written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client

from accounts.actions.accounts import update_account
from accounts.models import Account
from config.database import account_scope, platform_scope
from config.filestore import sweep, usage_of
from config.models import StoredFile
from config.problems import Problem
from conversations.models import Attachment, Message
from tests import factories
from tests.factories import Cast

PDF = b"%PDF-1.7\n" + bytes(100)
FRAGMENT: Any = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def base(cast: Cast) -> str:
    number = factories.hear(cast.vera)["conversation_id"]
    return f"/app/accounts/{cast.account.pk}/conversations/{number}"


def put(client: Client, base: str, name: str = "a.pdf", content: bytes = PDF) -> Any:
    return client.post(f"{base}/uploads", {"file": SimpleUploadedFile(name, content)})


def say(client: Client, base: str, uploads: str, **fields: Any) -> Any:
    return client.post(
        f"{base}/messages", {"content": "", "kind": "reply", "uploads": uploads, **fields}, **FRAGMENT
    )


def rows(cast: Cast) -> list[tuple[str, bool]]:
    """(owner, waits) of the account's files."""
    with account_scope(cast.account.pk):
        found = StoredFile.objects.order_by("id").values_list("owner", "unneeded_since")
        return [(owner, since is not None) for owner, since in found]


def test_a_stored_file_becomes_part_of_the_message(cast: Cast, base: str, signed_in: Any) -> None:
    bob = signed_in(cast.bob)
    answer = put(bob, base, "Invoice \u202efdp.pdf")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["name"], body["size"], body["kind"]) == ("Invoice fdp.pdf", len(PDF), "file")
    assert rows(cast) == [(f"user:{cast.bob.user_id}", True)]

    sent = say(bob, base, str(body["id"]))

    assert sent.status_code == 201
    assert b"Invoice" in sent.content
    assert rows(cast) == [("", False)]
    with account_scope(cast.account.pk):
        attachment = Attachment.objects.get()
        assert (attachment.file_name, attachment.content_type) == ("Invoice fdp.pdf", "application/pdf")
        assert usage_of(cast.account.pk).size == len(PDF)


def test_sent_twice_it_is_one_message(cast: Cast, base: str, signed_in: Any) -> None:
    bob = signed_in(cast.bob)
    upload = str(put(bob, base).json()["id"])
    echo = "8f6a4a52-9df5-4c8e-9a5e-3f8f1c3f0a11"

    answers = [say(bob, base, upload, echo_id=echo).status_code for _time in range(2)]

    assert answers == [201, 201]
    with account_scope(cast.account.pk):
        assert Message.objects.filter(echo_id=echo).count() == Attachment.objects.count() == 1


def test_nobody_sends_the_file_of_somebody_else(cast: Cast, base: str, signed_in: Any) -> None:
    upload = str(put(signed_in(cast.bob), base).json()["id"])

    for member in (cast.alice, cast.charlie):
        client = Client()
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        refused = say(client, base, upload)
        assert refused.status_code == (422 if member is cast.alice else 404)
        assert client.delete(f"{base}/uploads/{upload}").status_code == 404
    assert rows(cast) == [(f"user:{cast.bob.user_id}", True)]
    with account_scope(cast.account.pk):
        assert Attachment.objects.count() == 0


def test_a_file_that_is_gone_is_told_and_the_message_is_not_sent(
    cast: Cast, base: str, signed_in: Any
) -> None:
    refused = say(signed_in(cast.bob), base, "123456789", content="Here it is")

    assert (refused.status_code, refused.json()["code"]) == (422, "upload_gone")
    assert "Attach it again" in refused.json()["message"]
    with account_scope(cast.account.pk):
        assert Message.objects.filter(content="Here it is").count() == 0
    nonsense = say(signed_in(cast.bob), base, "1,x")
    assert nonsense.status_code == 422


def test_who_may_not_see_the_conversation_stores_nothing(cast: Cast, base: str, signed_in: Any) -> None:
    erin = factories.make_member(cast.account, factories.make_user("Erin"))

    for member in (erin, cast.charlie):
        assert put(signed_in(member), base).status_code == 404
    assert put(Client(), base).status_code == 302
    assert rows(cast) == []


def test_refusals_name_the_file_and_say_why(cast: Cast, base: str, signed_in: Any, settings: Any) -> None:
    bob = signed_in(cast.bob)
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    assert bob.get(f"{base}/uploads").json() == {
        "each": 1024 * 1024,
        "together": 40 * 1024 * 1024,
        "most": 15,
    }

    large = put(bob, base, "a.pdf", b"%PDF-1.7\n" + bytes(1024 * 1024))
    drawing = put(bob, base, "a.svg", b"<svg onload='alert(1)'/>")
    empty = put(bob, base, "a.txt", b"")

    assert (large.status_code, large.json()["message"]) == (
        413,
        "a.pdf is larger than 1 MB. Nothing was sent.",
    )
    assert (drawing.status_code, drawing.json()["code"]) == (415, "unsupported_type")
    assert empty.status_code == 422
    assert rows(cast) == []


def test_an_account_has_a_limit_of_its_own(cast: Cast, base: str, signed_in: Any) -> None:
    with account_scope(cast.account.pk):
        alice, bob = factories.access_of(cast.alice), factories.access_of(cast.bob)
        update_account(access=alice, upload_megabytes=1)
        for access, value in ((alice, 0), (alice, 41), (alice, "x"), (bob, 5)):
            with pytest.raises(Problem):
                update_account(access=access, upload_megabytes=value)
        assert Account.objects.get(pk=cast.account.pk).limits == {"upload_megabytes": 1}

    refused = put(signed_in(cast.bob), base, "a.pdf", b"%PDF-1.7\n" + bytes(1024 * 1024))

    assert refused.status_code == 413
    assert signed_in(cast.bob).get(f"{base}/uploads").json()["each"] == 1024 * 1024


def test_files_that_are_too_large_together_are_refused(
    cast: Cast, base: str, signed_in: Any, settings: Any
) -> None:
    settings.MAX_MESSAGE_BYTES = 150
    bob = signed_in(cast.bob)
    uploads = ",".join(str(put(bob, base).json()["id"]) for _number in range(2))

    refused = say(bob, base, uploads)

    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert rows(cast) == [(f"user:{cast.bob.user_id}", True)] * 2  # to be sent in two messages
    assert say(bob, base, uploads.split(",")[0]).status_code == 201


def test_more_than_fifteen_are_refused(cast: Cast, base: str, signed_in: Any) -> None:
    refused = say(signed_in(cast.bob), base, ",".join(map(str, range(1, 17))))

    assert (refused.status_code, refused.json()["message"]) == (
        422,
        "At most 15 files fit in one message. Nothing was sent.",
    )


def test_a_removed_upload_cannot_be_sent_and_is_swept(cast: Cast, base: str, signed_in: Any) -> None:
    bob = signed_in(cast.bob)
    upload = put(bob, base).json()["id"]

    assert bob.delete(f"{base}/uploads/{upload}").status_code == 204

    assert say(bob, base, str(upload)).status_code == 422
    assert rows(cast) == [("", True)]


def test_what_no_message_took_is_swept_after_a_day_and_nothing_else(
    cast: Cast, base: str, signed_in: Any
) -> None:
    bob = signed_in(cast.bob)
    sent, left = put(bob, base).json()["id"], put(bob, base).json()["id"]
    say(bob, base, str(sent))
    with account_scope(cast.account.pk):
        names = dict(StoredFile.objects.values_list("id", "name"))
    sweep()
    assert all(default_storage.exists(name) for name in names.values())

    with platform_scope("tests let time pass"):
        StoredFile.objects.filter(pk=left).update(unneeded_since=Now() - timedelta(hours=24))
    assert sweep() >= 1

    assert [default_storage.exists(names[one]) for one in (sent, left)] == [True, False]
    assert rows(cast) == [("", False)]


def test_a_process_that_dies_between_file_and_commit_leaves_a_row(
    cast: Cast, base: str, signed_in: Any
) -> None:
    """The row is written beside the transaction: it is there although nothing was committed."""
    bob = signed_in(cast.bob)
    bob.raise_request_exception = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("conversations.views.files.JsonResponse", lambda *_a, **_k: 1 / 0)
        assert put(bob, base).status_code == 500

    assert rows(cast) == [(f"user:{cast.bob.user_id}", True)]
