from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import TeamMember
from config.database import account_scope
from config.problems import Invalid, NotFound
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.reading import mark_agent_seen, mark_contact_seen
from conversations.actions.status import change_status
from conversations.models import Conversation, Message
from conversations.tasks import wake_snoozed
from tests import factories
from tests.factories import Cast


def act(cast: Cast, action: Any, display_id: int, member: Any = None, **fields: Any) -> Any:
    access = factories.access_of(member or cast.bob)
    with account_scope(access.account_id):
        return action(actor=access.actor, access=access, display_id=display_id, **fields)


def reload(cast: Cast, display_id: int) -> Conversation:
    with account_scope(cast.account.pk):
        return Conversation.objects.for_account(cast.account).get(display_id=display_id)


def activity(cast: Cast) -> list[str]:
    with account_scope(cast.account.pk):
        lines = Message.objects.filter(message_type=Message.Type.ACTIVITY).order_by("id")
        return [line.content or "" for line in lines]


def changes(outbox: Any) -> list[dict[str, Any]]:
    return [payload["changes"] for name, payload in outbox() if name == "conversation.updated"]


@pytest.fixture
def number(cast: Cast) -> int:
    return factories.make_conversation(cast.inbox).display_id


def test_without_a_status_it_toggles(cast: Cast, number: int) -> None:
    assert act(cast, change_status, number, status=None)["current_status"] == "resolved"
    assert act(cast, change_status, number, status=None)["current_status"] == "open"
    act(cast, change_status, number, status="pending")
    assert act(cast, change_status, number, status=None)["current_status"] == "open"


def test_resolving_ends_the_wait_and_says_so_once(cast: Cast, number: int, outbox: Any) -> None:
    assert act(cast, change_status, number, status="resolved") == {
        "success": True,
        "conversation_id": number,
        "current_status": "resolved",
        "snoozed_until": None,
    }
    act(cast, change_status, number, status="resolved")
    assert reload(cast, number).waiting_since is None
    assert changes(outbox) == [{"status": ["open", "resolved"]}]
    assert activity(cast) == ["Conversation was marked resolved by Bob"]


def test_a_snoozed_conversation_wakes_when_its_time_has_come(cast: Cast, number: int) -> None:
    until = timezone.now() + datetime.timedelta(minutes=5)
    act(cast, change_status, number, status="snoozed", snoozed_until=until)
    assert reload(cast, number).snoozed_until == until
    assert wake_snoozed() == 0
    with account_scope(cast.account.pk):
        past = timezone.now() - datetime.timedelta(hours=1)
        Conversation.objects.filter(display_id=number).update(snoozed_until=past)
    assert wake_snoozed() == 1
    conversation = reload(cast, number)
    assert (conversation.status, conversation.snoozed_until) == (Conversation.Status.OPEN, None)
    assert wake_snoozed() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "closed"},
        {"status": "snoozed", "snoozed_until": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)},
    ],
)
def test_a_wrong_status_changes_nothing(cast: Cast, number: int, outbox: Any, wrong: dict[str, Any]) -> None:
    before = len(outbox())
    with pytest.raises(Invalid):
        act(cast, change_status, number, **wrong)
    assert reload(cast, number).status == Conversation.Status.OPEN
    assert len(outbox()) == before


def test_assigning_tells_from_whom_to_whom(cast: Cast, number: int, outbox: Any) -> None:
    member = act(cast, assign_agent, number, user_id=cast.alice.user_id)
    assert member.pk == cast.alice.pk
    act(cast, assign_agent, number, user_id=cast.bob.user_id)
    assert act(cast, assign_agent, number, user_id=None) is None
    alice, bob = cast.alice.user_id, cast.bob.user_id
    assert changes(outbox) == [
        {"assignee_id": [None, alice]},
        {"assignee_id": [alice, bob]},
        {"assignee_id": [bob, None]},
    ]
    assert activity(cast) == [
        "Assigned to Alice by Bob",
        "Bob self-assigned this conversation",
        "Conversation unassigned by Bob",
    ]


def test_a_member_of_another_account_cannot_be_assigned(cast: Cast, number: int) -> None:
    act(cast, assign_agent, number, user_id=cast.bob.user_id)
    assert act(cast, assign_agent, number, user_id=cast.charlie.user_id) is None
    assert reload(cast, number).assignee_id is None


def test_a_new_team_drops_an_assignee_who_is_not_in_it(cast: Cast, number: int, outbox: Any) -> None:
    team = factories.make_team(cast.account, "returns", cast.alice)
    act(cast, assign_agent, number, user_id=cast.bob.user_id)
    act(cast, assign_team, number, team_id=team.pk)
    conversation = reload(cast, number)
    assert (conversation.team_id, conversation.assignee_id) == (team.pk, None)
    assert changes(outbox)[-1] == {"team_id": [None, team.pk], "assignee_id": [cast.bob.user_id, None]}

    with account_scope(cast.account.pk):
        TeamMember.objects.create(account=cast.account, team=team, membership=cast.bob)
    act(cast, assign_agent, number, user_id=cast.bob.user_id)
    act(cast, assign_team, number, team_id=None)
    conversation = reload(cast, number)
    assert (conversation.team_id, conversation.assignee_id) == (None, cast.bob.pk)


def test_charlie_can_neither_close_nor_take_it(cast: Cast, number: int, outbox: Any) -> None:
    before = len(outbox())
    for action, fields in (
        (change_status, {"status": "resolved"}),
        (assign_agent, {"user_id": cast.charlie.user_id}),
    ):
        with pytest.raises(NotFound):
            act(cast, action, number, member=cast.charlie, **fields)
    conversation = reload(cast, number)
    assert (conversation.status, conversation.assignee_id) == (Conversation.Status.OPEN, None)
    assert len(outbox()) == before


def test_reading_clears_the_unread_count(cast: Cast, number: int, outbox: Any) -> None:
    assert reload(cast, number).unread_count == 1
    act(cast, mark_agent_seen, number)
    conversation = reload(cast, number)
    assert conversation.unread_count == 0
    assert conversation.agent_last_seen_at is not None
    name, payload = outbox()[-1]
    assert (name, payload["by"]) == ("conversation.read", "agent")
    before = len(outbox())
    act(cast, mark_agent_seen, number)
    assert len(outbox()) == before


def test_the_visitor_has_seen_it(cast: Cast) -> None:
    factories.hear(cast.vera)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        assert mark_contact_seen(
            actor=access.actor, account_id=cast.account.pk, contact_inbox_id=cast.vera.pk
        )
        assert not mark_contact_seen(actor=access.actor, account_id=cast.account.pk, contact_inbox_id=10**9)
    assert reload(cast, 1).contact_last_seen_at is not None
