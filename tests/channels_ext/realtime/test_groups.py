"""Which event goes to which group: decided by the payload alone."""

from __future__ import annotations

from typing import Any

import pytest

from channels_ext.realtime.groups import AGENTS, CONTROL, FORMER, HUBS, VISITORS, Route, routes

ABOUT = {
    "conversation_id": 50,
    "display_id": 5,
    "inbox_id": 2,
    "inbox_kind": "web_widget",
    "contact_id": 9,
    "contact_inbox_id": 6,
    "assignee_id": None,
    "team_id": None,
}
AGENT_GROUPS = ("a1.inbox2", "a1.admins")


def told(name: str, **payload: Any) -> list[Route]:
    return routes(account_id=1, name=name, payload={**ABOUT, **payload})


def test_a_public_message_goes_to_agents_and_its_visitor() -> None:
    assert told("message.created", message_id=1, message_type=0, private=False) == [
        Route(AGENTS, AGENT_GROUPS),
        Route(VISITORS, ("visitor6",)),
    ]


@pytest.mark.parametrize("name", ["message.created", "message.updated"])
@pytest.mark.parametrize(
    "payload",
    [
        {"message_type": 1, "private": True},
        {"message_type": 2, "private": False},
        {"message_type": 1},  # says nothing about privacy: then it is not public
        {"private": False},
        {"message_type": 1, "private": None},
    ],
)
def test_private_notes_and_activity_go_to_agents_only(name: str, payload: dict[str, Any]) -> None:
    assert told(name, message_id=1, **payload) == [Route(AGENTS, AGENT_GROUPS)]


def test_assignee_and_team_hear_of_their_conversation_too() -> None:
    assert told("conversation.read", by="contact", assignee_id=3, team_id=4) == [
        Route(AGENTS, (*AGENT_GROUPS, "a1.user3", "a1.team4"))
    ]


def test_who_was_assigned_until_now_hears_that_it_is_gone_and_nothing_else() -> None:
    changes = {"assignee_id": [3, 8], "team_id": [4, None], "status": ["open", "resolved"]}
    assert told("conversation.updated", assignee_id=8, changes=changes) == [
        Route(AGENTS, (*AGENT_GROUPS, "a1.user8")),
        Route(VISITORS, ("visitor6",)),
        Route(FORMER, ("a1.user3", "a1.team4"), skip=(*AGENT_GROUPS, "a1.user8")),
    ]


def test_contacts_are_told_to_every_member_of_the_account() -> None:
    assert routes(account_id=1, name="contact.updated", payload={"contact_id": 9}) == [
        Route(AGENTS, ("a1.all",))
    ]


def test_changed_rights_are_told_to_the_hubs() -> None:
    assert routes(account_id=1, name="access.changed", payload={"user_id": 3}) == [Route(CONTROL, (HUBS,))]


def test_what_concerns_one_user_goes_to_that_user_and_what_concerns_nobody_nowhere() -> None:
    assert routes(account_id=1, name="notification.created", payload={"user_id": 3}) == [
        Route(AGENTS, ("a1.person3",))
    ]
    assert routes(account_id=1, name="account.renamed", payload={}) == []
