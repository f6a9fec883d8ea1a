"""Which conversations agents see by the API, and how they ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AccessToken, AgentBot
from config.database import account_scope
from conversations.models import Conversation, ConversationLabel, Message
from tests import factories
from tests.factories import Cast

# --- who sees what --------------------------------------------------------------------------------------


def test_agents_see_their_inboxes_their_own_and_their_teams(cast: Cast, api: Any, number: int) -> None:
    eve = factories.make_member(cast.account, factories.make_user("Eve"))
    team = factories.make_team(cast.account, "Deliveries", eve)
    eves = api(eve)

    def seen() -> list[int]:
        found = [one["id"] for one in eves.read("/conversations").json()["data"]["payload"]]
        total = eves.read("/conversations/meta").json()["meta"]["all_count"]
        assert total == len(found)
        assert (eves.read(f"/conversations/{number}").status_code == 200) == (number in found)
        return found

    def change(**fields: Any) -> None:
        with account_scope(cast.account.pk):
            Conversation.objects.filter(display_id=number).update(**fields)

    assert seen() == []
    change(assignee=eve)
    assert seen() == [number]
    change(assignee=None, team=team)
    assert seen() == [number]
    change(team=None)
    assert seen() == []
    factories.join_inbox(eve, cast.inbox)
    assert seen() == [number]


WRITES = [
    ("/conversations/{n}/messages", {"content": "Hi"}),
    ("/conversations/{n}/messages", {"content": "Hi", "private": True}),
    ("/conversations/{n}/toggle_status", {"status": "resolved"}),
    ("/conversations/{n}/assignments", {"assignee_id": None}),
    ("/conversations/{n}/update_last_seen", {}),
]
READS = ["/conversations/{n}", "/conversations/{n}/messages"]


def test_what_is_not_theirs_looks_like_what_never_was(
    cast: Cast, api: Any, number: int, stored: Callable[[], Any]
) -> None:
    eve = factories.make_member(cast.account, factories.make_user("Eve"))
    hidden = api(eve)
    theirs = factories.hear(factories.make_session(cast.other_inbox, "Viktor"))
    before = stored()

    for path in READS:
        unknown = hidden.read(path.format(n=999))
        unseen = hidden.read(path.format(n=number))
        assert (unknown.status_code, unseen.status_code) == (404, 404)
        assert unknown.content == unseen.content
        assert set(unseen.json()) == {"code", "error", "message"}
    for path, body in WRITES:
        unknown, unseen = (hidden.send(path.format(n=n), body) for n in (999, number))
        assert (unknown.status_code, unseen.status_code) == (404, 404)
        assert unknown.content == unseen.content
    assert theirs["conversation_id"] == number  # the same number in another account, and still not hers
    assert stored() == before


@pytest.mark.parametrize(
    "n", ["0", "-1", "1.5", "9" * 19, "9" * 400, "1%20OR%201=1", "%EF%BC%91", "%00", "1e3"]
)
def test_a_number_that_is_none_is_404(cast: Cast, api: Any, number: int, n: str) -> None:
    for path in READS:
        response = api(cast.bob).read(path.format(n=n))
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


def test_a_list_is_filtered_and_sorted_by_what_the_query_says(cast: Cast, api: Any, number: int) -> None:
    with account_scope(cast.account.pk):
        row = Conversation.objects.get(display_id=number)
        Conversation.objects.filter(pk=row.pk).update(labels=["vip"])
        ConversationLabel.objects.create(account_id=cast.account.pk, conversation_id=row.pk, title="vip")
    second = factories.hear(factories.make_session(cast.api_inbox, "Walter"))["conversation_id"]
    bob = api(cast.bob)

    def ids(**query: Any) -> list[int]:
        return [one["id"] for one in bob.read("/conversations", **query).json()["data"]["payload"]]

    assert ids() == [second, number]
    assert ids(sort_by="last_activity_at_asc") == ids(sort_by="created_at_asc") == [number, second]
    assert ids(inbox_id=cast.api_inbox.pk) == [second]
    assert ids(**{"labels[]": "vip"}) == [number]
    assert ids(**{"labels[]": "v\x00ip"}) == [number]
    assert ids(status="resolved") == ids(assignee_type="me") == ids(page=2) == []
    assert ids(status="all", assignee_type="unassigned") == [second, number]
    assert ids(status="", page="") == [second, number]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "closed"}, "status"),
        ({"assignee_type": "yours"}, "assignee_type"),
        ({"inbox_id": "x"}, "inbox_id"),
        ({"inbox_id": "0"}, "inbox_id"),
        ({"inbox_id": str(2**63)}, "inbox_id"),
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"page": "1000000000"}, "page"),
        ({"sort_by": "id; DROP TABLE"}, "sort_by"),
        ({"sort_by": "\x00"}, "sort_by"),
        ({"team_id": "1.5"}, "team_id"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(
    cast: Cast, api: Any, query: dict[str, str], field: str
) -> None:
    for path in ("/conversations", "/conversations/meta"):
        response = api(cast.bob).read(path, **query)
        assert response.status_code == 422
        assert response.json()["attributes"] == [field]


def test_a_bot_reaches_with_its_own_token_what_bots_may_and_nothing_else(cast: Cast) -> None:
    number = factories.hear(cast.vera, "Hello")["conversation_id"]
    with account_scope(cast.account.pk):
        bot = AgentBot.objects.create(account=cast.account, name="Robby")
        Conversation.objects.filter(display_id=number).update(status=2)
    with account_scope(cast.other.pk):
        foreign_bot = AgentBot.objects.create(account=cast.other, name="Hal")
    base = f"/api/v1/accounts/{cast.account.pk}/conversations"
    client = Client(HTTP_API_ACCESS_TOKEN=AccessToken.issue(agent_bot=bot).token)
    foreign = Client(HTTP_API_ACCESS_TOKEN=AccessToken.issue(agent_bot=foreign_bot).token)

    def ask(who: Client, method: str, path: str, body: object = None) -> int:
        return int(getattr(who, method)(base + path, body or {}, content_type="application/json").status_code)

    allowed = [
        ("post", f"/{number}/messages", {"content": "Beep"}),
        ("post", f"/{number}/custom_attributes", {"custom_attributes": {"a": 1}}),
        ("post", f"/{number}/toggle_priority", {"priority": "high"}),
        ("patch", f"/{number}", {"priority": "low"}),
        ("post", f"/{number}/assignments", {"assignee_id": cast.bob.user_id}),
        ("post", "", {"inbox_id": cast.inbox.pk, "contact_id": cast.vera.contact_id}),
    ]
    for method, path, body in allowed:
        assert ask(foreign, method, path, body) == 401, path
        assert ask(client, method, path, body) == 200, path
    for method, path in (
        ("get", ""),
        ("get", f"/{number}"),
        ("delete", f"/{number}"),
        ("get", f"/{number}/messages"),
        ("post", f"/{number}/labels"),
        ("post", f"/{number}/mute"),
    ):
        assert ask(client, method, path) == 401, path

    handed = client.post(
        f"{base}/{number}/toggle_status", {"status": "open"}, content_type="application/json"
    )
    assert handed.json()["payload"]["success"] is None
    with account_scope(cast.account.pk):
        said = Message.objects.get(content="Beep")
        assert (said.sender_bot_id, said.sender_user_id) == (bot.pk, None)
