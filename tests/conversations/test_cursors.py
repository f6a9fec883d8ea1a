"""Going through lists by a cursor, beside their pages."""

from __future__ import annotations

from typing import Any

import pytest

from config.database import account_scope
from conversations.models import Contact, Conversation
from tests import factories
from tests.factories import Cast


def walk(client: Any, path: str, name: str, between: Any = None, **query: Any) -> list[int]:
    """The ids of all pages."""
    found: list[int] = []
    cursor: str | None = "start"
    while cursor is not None:
        body = client.read(path, cursor=cursor, **query).json()
        body = body.get("data", body)
        found += [row["id"] for row in body[name]]
        cursor = body["meta"]["next_cursor"]
        if between:
            between()
    return found


@pytest.fixture
def many(cast: Cast) -> list[int]:
    """The display ids of 60 conversations, newest first."""
    return [factories.make_conversation(cast.inbox, f"Visitor {n}").display_id for n in range(60)][::-1]


def test_every_conversation_comes_once_whatever_moves_meanwhile(
    cast: Cast, api: Any, many: list[int]
) -> None:
    bob = api(cast.bob)

    def disturb() -> None:
        factories.say(cast.bob, many[40])  # to the top of every list by activity
        factories.make_conversation(cast.inbox, "Late")

    assert walk(bob, "/conversations", "payload", disturb, status="all") == many
    newest = bob.read("/conversations", cursor="start", status="all").json()["data"]
    assert (len(newest["payload"]), newest["payload"][0]["id"]) == (25, many[0] + 3)
    assert newest["meta"]["all_count"] == 63


def test_a_cursor_keeps_to_filters_and_rights(cast: Cast, api: Any, many: list[int]) -> None:
    closed = factories.make_inbox(cast.account, "Back office")
    hidden = factories.make_conversation(closed, "Wanda")
    with account_scope(cast.account.pk):
        Conversation.objects.filter(display_id__in=many[:30]).update(status=1)
    assert walk(api(cast.bob), "/conversations", "payload") == many[30:]
    assert walk(api(cast.bob), "/conversations", "payload", status="resolved") == many[:30]
    assert walk(api(cast.bob), "/conversations", "payload", inbox_id=closed.pk) == []
    assert walk(api(cast.alice), "/conversations", "payload", inbox_id=closed.pk) == [hidden.display_id]
    assert walk(api(cast.dora), "/conversations", "payload", status="all") == []


def test_every_contact_comes_once(cast: Cast, api: Any) -> None:
    with account_scope(cast.account.pk):
        made = [
            Contact.objects.create(account=cast.account, name=f"C{n}", email=f"c{n}@x.test").pk
            for n in range(40)
        ]
    assert walk(api(cast.bob), "/contacts", "payload") == made[::-1]
    assert walk(api(cast.bob), "/contacts/search", "payload", q="c1") == [
        pk for n, pk in reversed(list(enumerate(made))) if f"c{n}".startswith("c1")
    ]
    first = api(cast.bob).read("/contacts", cursor="start").json()["meta"]
    assert (first["count"], first["next_cursor"]) == (40, str(made[25]))


@pytest.mark.parametrize("path", ["/conversations", "/contacts"])
def test_without_a_cursor_nothing_is_different(cast: Cast, api: Any, many: list[int], path: str) -> None:
    body = api(cast.bob).read(path).json()
    assert "next_cursor" not in body.get("data", body)["meta"]


@pytest.mark.parametrize("cursor", ["0", "-1", "x", "1 or 1", "9" * 19, "START", "1\x00"])
@pytest.mark.parametrize("path", ["/conversations", "/contacts"])
def test_a_cursor_of_nobody_is_422(cast: Cast, api: Any, path: str, cursor: str) -> None:
    answer = api(cast.bob).read(path, cursor=cursor)
    assert (answer.status_code, answer.json()["attributes"]) == (422, ["cursor"])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/conversations", {"sort_by": "priority_desc"}),
        ("/conversations", {"page": 2}),
        ("/contacts", {"sort": "name"}),
        ("/contacts", {"page": 2}),
    ],
)
def test_a_cursor_has_its_own_order(cast: Cast, api: Any, path: str, query: dict[str, Any]) -> None:
    answer = api(cast.bob).read(path, cursor="start", **query)
    assert (answer.status_code, answer.json()["attributes"]) == (422, list(query))


def test_the_last_page_takes_as_few_statements_as_the_first(cast: Cast, api: Any, many: list[int]) -> None:
    bob = api(cast.bob)
    first = factories.count_queries(lambda: bob.read("/conversations", cursor="start"))
    cursor = bob.read("/conversations", cursor="start").json()["data"]["meta"]["next_cursor"]
    assert factories.count_queries(lambda: bob.read("/conversations", cursor=cursor)) == first
