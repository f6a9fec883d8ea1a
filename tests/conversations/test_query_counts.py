"""How many statements an answer takes: few, and as many for a hundred rows as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from config.database import account_scope
from conversations.models import Conversation
from tests import factories
from tests.factories import Cast

LIST, THREAD, SEND = 6, 8, 8
_TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Everything asked of the database meanwhile, but for transaction control. Setting the scope counts."""
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(_TRANSACTION_CONTROL):
            asked.append(" ".join(sql.split())[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked


def counted(call: Callable[[], Any], *, status: int = 200) -> list[str]:
    """Of three calls the one with the fewest: sessions come from the cache, unless it is just now too slow."""
    found = []
    for _ in range(3):
        with statements() as asked:
            response = call()
        assert response.status_code == status, response.content
        found.append(asked)
    return min(found, key=len)


def crowd(cast: Cast, *, rows: int) -> list[int]:
    """Conversations with everything a line can show, and in the first one as many messages. Display ids."""
    team = factories.make_team(cast.account, f"returns {rows}", cast.bob)
    made = [factories.make_conversation(cast.inbox, f"Visitor {n}") for n in range(rows)]
    with account_scope(cast.account.pk):
        for place, conversation in enumerate(made):
            Conversation.objects.filter(pk=conversation.pk).update(
                assignee=[cast.bob, cast.alice, None][place % 3],
                team=team if place % 2 else None,
                labels=["vip"] if place % 2 else [],
                priority=place % 4,
            )
    for number in range(rows):
        file = SimpleUploadedFile(f"{number}.txt", b"the bill")
        factories.say([cast.bob, cast.alice][number % 2], made[0].display_id, f"Line {number}", files=(file,))
    return [conversation.display_id for conversation in made]


@pytest.fixture(params=["bob", "alice"])
def member(committed_cast: Cast, request: Any) -> Any:
    """An agent with an inbox and a team, and an administrator. In real transactions: within a test's own one,
    a scope has to be put back, which takes a statement that an answer outside of tests does not."""
    return getattr(committed_cast, request.param)


@pytest.fixture(params=["api", "pages"])
def face(request: Any, member: Any, api: Any, signed_in: Any) -> Any:
    return ApiFace(api(member)) if request.param == "api" else PagesFace(signed_in(member), member)


class ApiFace:
    def __init__(self, client: Any) -> None:
        self.client = client

    def list(self) -> Any:
        return self.client.read("/conversations", status="all")

    def thread(self, display_id: int) -> Any:
        return self.client.read(f"/conversations/{display_id}/messages")

    def send(self, display_id: int) -> Any:
        return self.client.send(f"/conversations/{display_id}/messages", {"content": "On its way"})


class PagesFace:
    def __init__(self, client: Any, member: Any) -> None:
        self.client = client
        self.base = f"/app/accounts/{member.account_id}"

    def list(self) -> Any:
        return self.client.get(f"{self.base}/dashboard?tab=all&status=all")

    def thread(self, display_id: int) -> Any:
        return self.client.get(f"{self.base}/conversations/{display_id}", headers=_as_pane())

    def send(self, display_id: int) -> Any:
        form = {"content": "On its way", "kind": "reply", "seen": "999999999999"}
        return self.client.post(
            f"{self.base}/conversations/{display_id}/messages", form, headers=_as_script()
        )


def _as_script() -> dict[str, str]:
    return {"HX-Request": "true"}


def _as_pane() -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": "section#pane"}


def test_a_list_with_its_counts_takes_as_few_statements_for_a_hundred_as_for_one(
    committed_cast: Cast, face: Any
) -> None:
    crowd(committed_cast, rows=1)
    for_one = counted(face.list)
    crowd(committed_cast, rows=99)
    assert counted(face.list) == for_one
    assert len(for_one) <= LIST, for_one


def test_a_thread_takes_as_few_statements_for_a_hundred_lines_as_for_one(
    committed_cast: Cast, face: Any
) -> None:
    [display_id] = crowd(committed_cast, rows=1)
    for_one = counted(lambda: face.thread(display_id))
    for number in range(99):
        factories.say([committed_cast.bob, committed_cast.alice][number % 2], display_id, f"Line {number}")
    assert counted(lambda: face.thread(display_id)) == for_one
    assert len(for_one) <= THREAD, for_one


def test_sending_takes_as_few_statements_after_a_hundred_lines_as_after_one(
    committed_cast: Cast, face: Any
) -> None:
    [display_id] = crowd(committed_cast, rows=1)
    status = 200 if isinstance(face, ApiFace) else 201
    after_one = counted(lambda: face.send(display_id), status=status)
    for number in range(99):
        factories.say([committed_cast.bob, committed_cast.alice][number % 2], display_id, f"Line {number}")
    assert counted(lambda: face.send(display_id), status=status) == after_one
    assert len(after_one) <= SEND, after_one


def test_the_whole_conversation_page_takes_as_few_statements_for_a_hundred_rows_as_for_one(
    committed_cast: Cast, member: Any, signed_in: Any
) -> None:
    """The page that a mailed link opens: the list beside the thread."""
    pages = PagesFace(signed_in(member), member)
    [display_id] = crowd(committed_cast, rows=1)

    def open_page() -> Any:
        return pages.client.get(f"{pages.base}/conversations/{display_id}")

    for_one = counted(open_page)
    crowd(committed_cast, rows=99)
    assert counted(open_page) == for_one
    assert len(for_one) <= THREAD, for_one
