"""`Idempotency-Key`: whatever is repeated happens once, and is answered as it was."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.actions.answers import Claim, prune_answers
from accounts.models import AccountAnswer, PersonAnswer, Team
from accounts.tasks import prune_kept_answers
from config.database import account_scope
from conversations.models import Message
from tests import factories
from tests.factories import Cast


def keyed(client: Any, path: str, body: Any, key: str, method: str = "post", **more: Any) -> Any:
    more.setdefault("content_type", "application/json")
    return getattr(client, method)(path, body, headers={"Idempotency-Key": key}, **more)


def programs(member: Any) -> Client:
    return Client(HTTP_API_ACCESS_TOKEN=factories.token_of(member.user), raise_request_exception=False)


@pytest.fixture
def talk(cast: Cast) -> str:
    display_id = factories.make_conversation(cast.inbox).display_id
    return f"/api/v1/accounts/{cast.account.pk}/conversations/{display_id}/messages"


def texts(cast: Cast) -> list[str]:
    with account_scope(cast.account.pk):
        found = Message.objects.for_account(cast.account).order_by("id")
        return [text or "" for text in found.values_list("content", flat=True)]


def kept(cast: Cast) -> int:
    with account_scope(cast.account.pk):
        return int(AccountAnswer.objects.count())


def test_a_repeat_gets_the_same_answer_and_writes_nothing(cast: Cast, talk: str, outbox: Any) -> None:
    bob = programs(cast.bob)
    first = keyed(bob, talk, {"content": "Hi"}, "k1")
    events = len(outbox())

    again = keyed(bob, talk, '{ "content":"Hi" }', "k1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert texts(cast) == ["Hello", "Hi"]
    assert len(outbox()) == events


def test_the_same_key_for_something_else_is_422_in_words(cast: Cast, talk: str) -> None:
    bob = programs(cast.bob)
    keyed(bob, talk, {"content": "Hi"}, "k1")
    base = talk.rsplit("/conversations", 1)[0]
    for path, body, method in (
        (talk, {"content": "Ho"}, "post"),
        (f"{talk}?x=1", {"content": "Hi"}, "post"),
        (f"{base}/contacts", {"content": "Hi"}, "post"),
        (talk.replace("/messages", ""), {"content": "Hi"}, "patch"),
    ):
        other = keyed(bob, path, body, "k1", method)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert other.json()["attributes"] == ["Idempotency-Key"]
        assert "Nothing was changed" in other.json()["error"]
    assert texts(cast) == ["Hello", "Hi"]


def test_a_key_is_the_callers_own_in_each_account(cast: Cast, talk: str) -> None:
    factories.make_member(cast.other, cast.bob.user)
    mine, elsewhere = programs(cast.bob), f"/api/v1/accounts/{cast.other.pk}/contacts"
    here = talk.rsplit("/conversations", 1)[0] + "/contacts"
    ids = {
        keyed(client, path, {"name": "Wanda"}, "same").json()["payload"]["contact"]["id"]
        for client, path in ((mine, here), (mine, elsewhere), (programs(cast.alice), here))
    }
    assert len(ids) == 3


def test_a_refused_request_takes_no_key(cast: Cast, talk: str) -> None:
    """It has written nothing, so there is nothing to protect: the corrected one may have the key."""
    bob = programs(cast.bob)
    assert keyed(bob, talk, {"content": ["no text"]}, "k1").status_code == 422
    assert kept(cast) == 0
    assert keyed(bob, talk, {"content": "Hi"}, "k1").status_code == 200
    assert texts(cast) == ["Hello", "Hi"]


def test_a_failure_takes_no_key_and_leaves_no_message(cast: Cast, talk: str, monkeypatch: Any) -> None:
    """The answer is kept in the write's own transaction: either both or none."""
    bob = programs(cast.bob)
    with monkeypatch.context() as broken:
        broken.setattr(Claim, "keep", lambda *_a, **_k: 1 / 0)
        assert keyed(bob, talk, {"content": "Hi"}, "k1").status_code == 500
    assert (texts(cast), kept(cast)) == (["Hello"], 0)
    assert keyed(bob, talk, {"content": "Hi"}, "k1").status_code == 200
    assert (texts(cast), kept(cast)) == (["Hello", "Hi"], 1)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_no_use_is_422(cast: Cast, talk: str, key: str) -> None:
    answer = keyed(programs(cast.bob), talk, {"content": "Hi"}, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
    assert texts(cast) == ["Hello"]


def test_who_may_not_learns_nothing_by_a_key(cast: Cast, talk: str) -> None:
    keyed(programs(cast.bob), talk, {"content": "Hi"}, "k1")
    for member in (cast.charlie, cast.dora):
        refused = keyed(programs(member), talk, {"content": "Hi"}, "k1")
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert keyed(Client(), talk, {"content": "Hi"}, "k1").status_code == 401


def test_reading_with_a_key_is_reading(cast: Cast, talk: str) -> None:
    bob = programs(cast.bob)
    assert keyed(bob, talk, {}, "k1", "get").status_code == 200
    assert kept(cast) == 0


def test_a_form_with_a_file_is_known_by_its_content_not_by_its_boundary(cast: Cast, talk: str) -> None:
    bob = programs(cast.bob)

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("a.txt", content, content_type="text/plain")
        return bob.post(talk, {"content": "See", "attachments[]": file}, headers={"Idempotency-Key": "k1"})

    first, again, other = send(b"one"), send(b"one"), send(b"two")
    assert (first.status_code, again.content == first.content) == (200, True)
    assert len(first.json()["attachments"]) == 1
    assert other.status_code == 422


def test_deletions_and_writes_of_other_kinds_are_repeated_alike(cast: Cast) -> None:
    alice, base = programs(cast.alice), f"/api/v1/accounts/{cast.account.pk}"
    team = keyed(alice, f"{base}/teams", {"name": "night"}, "k1").json()
    assert keyed(alice, f"{base}/teams", {"name": "night"}, "k1").json() == team
    path = f"{base}/teams/{team['id']}"
    renamed = keyed(alice, path, {"name": "day"}, "k2", "patch")
    assert keyed(alice, path, {"name": "day"}, "k2", "patch").content == renamed.content
    gone = [keyed(alice, path, {}, "k3", "delete") for _ in range(2)]
    assert [(one.status_code, one.content) for one in gone] == [(200, b"")] * 2
    assert keyed(alice, path, {}, "k4", "delete").status_code == 404
    with account_scope(cast.account.pk):
        assert not Team.objects.filter(pk=team["id"]).exists()


def test_what_a_person_asks_of_themselves_is_kept_too_and_encrypted(cast: Cast) -> None:
    bob = programs(cast.bob)
    path, body = "/api/v1/profile/access_tokens", {"name": "CI"}
    first, again = (keyed(bob, path, body, "k1") for _ in range(2))
    assert first.json()["token"] and again.content == first.content
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM accounts_personanswer")
        assert first.json()["token"] not in cursor.fetchone()[0]
    assert PersonAnswer.objects.get().body == first.content.decode()


def test_a_request_without_a_key_asks_the_database_nothing_more(cast: Cast, talk: str) -> None:
    bob = programs(cast.bob)
    plain = factories.count_queries(
        lambda: bob.post(talk, {"content": "Hi"}, content_type="application/json")
    )
    with_key = factories.count_queries(lambda: keyed(bob, talk, {"content": "Hi"}, str(uuid.uuid4())))
    assert with_key - plain == 3  # the lock, the look, the note


def test_after_a_day_a_key_is_free_and_the_sweep_prunes_it(cast: Cast, talk: str) -> None:
    bob = programs(cast.bob)
    keyed(bob, talk, {"content": "Hi"}, "k1")
    keyed(bob, talk, {"content": "Hi"}, "k2")
    keyed(bob, "/api/v1/profile", {"display_name": "Bobby"}, "k3", "put")
    with account_scope(cast.account.pk):
        AccountAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert keyed(bob, talk, {"content": "Ho"}, "k1").status_code == 200
    assert texts(cast) == ["Hello", "Hi", "Hi", "Ho"]
    assert prune_kept_answers() == 1  # k2
    assert kept(cast) == 1
    PersonAnswer.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert prune_answers() == 1


@pytest.mark.timeout(300)
def test_a_thousand_repeats_of_fifty_keys_at_once_make_fifty_messages(committed_cast: Cast) -> None:
    """Real threads, real transactions: who comes while the same key is under way is told to ask again."""
    cast = committed_cast
    display_id = factories.make_conversation(cast.inbox).display_id
    path = f"/api/v1/accounts/{cast.account.pk}/conversations/{display_id}/messages"
    token = factories.token_of(cast.bob.user)
    statuses: Counter[int] = Counter()
    answers: dict[str, set[bytes]] = {f"key {number}": set() for number in range(50)}
    lock = threading.Lock()

    def send(number: int) -> None:
        key, client = f"key {number % 50}", Client(HTTP_API_ACCESS_TOKEN=token)
        try:
            while True:
                answer = keyed(client, path, {"content": key}, key)
                with lock:
                    statuses[answer.status_code] += 1
                if answer.status_code != 409:
                    break
                assert answer.headers["Retry-After"] == "1"
                assert answer.json()["code"] == "idempotency_key_in_use"
                time.sleep(0.01)
            assert answer.status_code == 200
            with lock:
                answers[key].add(answer.content)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        # The twenty of a key next to each other, so that they meet.
        list(pool.map(send, sorted(range(1000), key=lambda number: number % 50)))

    assert statuses[200] == 1000
    assert set(statuses) <= {200, 409}
    assert {len(one) for one in answers.values()} == {1}
    assert sorted(texts(cast)) == sorted(["Hello", *answers])


def test_a_key_that_is_under_way_is_409_until_it_is_through(committed_cast: Cast, monkeypatch: Any) -> None:
    cast = committed_cast
    display_id = factories.make_conversation(cast.inbox).display_id
    path = f"/api/v1/accounts/{cast.account.pk}/conversations/{display_id}/messages"
    bob = programs(cast.bob)
    inside, go_on, keep = threading.Event(), threading.Event(), Claim.keep

    def slow(self: Claim, **answer: Any) -> None:
        inside.set()
        go_on.wait(10)
        keep(self, **answer)

    def first() -> int:
        try:
            return int(keyed(bob, path, {"content": "Hi"}, "k1").status_code)
        finally:
            connections.close_all()

    monkeypatch.setattr(Claim, "keep", slow)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert inside.wait(10)
        again = keyed(bob, path, {"content": "Hi"}, "k1")
        go_on.set()
        assert running.result() == 200
    assert (again.status_code, again.headers["Retry-After"]) == (409, "1")
    assert again.json()["code"] == "idempotency_key_in_use"
    assert keyed(bob, path, {"content": "Hi"}, "k1").headers["Idempotency-Replayed"] == "true"
    assert texts(cast) == ["Hello", "Hi"]
