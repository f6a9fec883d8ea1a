"""One change to many conversations or contacts: asked for at once, done one by one, as far as the asker may."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from config.database import account_scope
from conversations.actions.bulk import ask_conversation_changes
from conversations.models import Contact, Conversation, ConversationLabel, Message
from inboxes.models import InboxMember
from tests import factories
from tests.channels_ext.contract import conversation
from tests.factories import Cast
from tests.workers import Workers


@pytest.fixture
def work(cast: Cast) -> Callable[[], int]:
    workers = Workers("conversations.handlers.bulk.")
    return lambda: workers.work(cast.account.pk)


@pytest.fixture
def numbers(cast: Cast) -> list[int]:
    return [factories.make_conversation(cast.inbox, f"Visitor {n}").display_id for n in range(3)]


def ask(client: Any, ids: list[int], **body: Any) -> Any:
    return client.send("/bulk_actions", {"type": "Conversation", "ids": ids, **body})


def test_all_of_it_happens_to_every_conversation_and_nothing_before_the_worker(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int]
) -> None:
    team = factories.make_team(cast.account, "Deliveries", cast.bob)
    fields = {"status": "resolved", "assignee_id": cast.bob.user_id, "team_id": team.pk}

    answer = ask(api(cast.alice), numbers, fields=fields, labels={"add": ["vip", "late"]})

    assert (answer.status_code, answer.content) == (200, b"")
    assert [conversation(cast, number).status for number in numbers] == [0, 0, 0]
    assert work() == 3
    for number in numbers:
        row = conversation(cast, number)
        assert (row.status, row.assignee_id, row.team_id) == (1, cast.bob.pk, team.pk)
        assert row.labels == ["vip", "late"]


def test_events_and_lines_are_those_of_single_acts(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int], outbox: Any
) -> None:
    ask(
        api(cast.alice), numbers[:1], fields={"status": "resolved", "priority": "high"}, labels={"add": ["x"]}
    )
    work()

    changed = [payload for name, payload in outbox() if name == "conversation.updated"]
    assert [payload["changes"] for payload in changed] == [
        {"labels": [[], ["x"]]},
        {"priority": [None, "high"]},
        {"status": ["open", "resolved"]},
    ]
    assert {payload["actor"]["id"] for payload in changed} == {cast.alice.user_id}
    with account_scope(cast.account.pk):
        lines = Message.objects.filter(message_type=2).order_by("id").values_list("content", flat=True)
        assert list(lines) == [
            "Alice added x",
            "Alice set the priority to high",
            "Conversation was marked resolved by Alice",
        ]


def test_labels_go_and_come_beside_those_that_stay(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int]
) -> None:
    alice = api(cast.alice)
    alice.send(f"/conversations/{numbers[0]}/labels", {"labels": ["old", "kept"]})

    ask(alice, numbers, labels={"add": ["new"], "remove": ["old"]})
    work()

    assert conversation(cast, numbers[0]).labels == ["kept", "new"]
    with account_scope(cast.account.pk):
        titles = ConversationLabel.objects.order_by("conversation_id", "title").values_list(
            "title", flat=True
        )
        assert list(titles) == ["kept", "new", "new", "new"]


def test_snoozing_until_a_time_and_unassigning(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int]
) -> None:
    until = int(timezone.now().timestamp()) + 3600
    alice = api(cast.alice)
    ask(alice, numbers, fields={"assignee_id": cast.bob.user_id})
    ask(alice, numbers, fields={"status": "snoozed", "assignee_id": None}, snoozed_until=str(until))
    work()

    for number in numbers:
        row = conversation(cast, number)
        assert (row.status, row.assignee_id) == (3, None)
        assert row.snoozed_until == datetime.datetime.fromtimestamp(until, datetime.UTC)


def test_what_the_asker_may_not_see_is_left_alone(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int]
) -> None:
    hidden = factories.make_conversation(factories.make_inbox(cast.account, "Board"), "Boss").display_id
    foreign = factories.make_conversation(cast.other_inbox, "Stranger")

    answer = ask(api(cast.bob), [*numbers, hidden, 4711], fields={"status": "resolved"})

    assert answer.status_code == 200
    assert work() == 3
    assert conversation(cast, hidden).status == 0
    with account_scope(cast.other.pk):
        assert Conversation.objects.get(pk=foreign.pk).status == 0


def test_rights_are_asked_again_when_the_turn_comes(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int], stored: Any
) -> None:
    ask(api(cast.bob), numbers, fields={"status": "resolved"})
    with account_scope(cast.account.pk):
        InboxMember.objects.filter(membership=cast.bob, inbox=cast.inbox).delete()
    before = stored()
    assert work() == 3
    assert stored() == before

    ask(api(cast.alice), numbers, fields={"status": "resolved"})
    with account_scope(cast.account.pk):
        Membership.objects.filter(pk=cast.alice.pk).delete()
    assert work() == 3
    assert [conversation(cast, number).status for number in numbers] == [0, 0, 0]


def test_a_conversation_that_is_gone_by_then_holds_no_other_back(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int]
) -> None:
    ask(api(cast.alice), numbers, fields={"status": "resolved"})
    with account_scope(cast.account.pk):
        Conversation.objects.get(display_id=numbers[1]).delete()

    assert work() == 3
    assert [conversation(cast, number).status for number in (numbers[0], numbers[2])] == [1, 1]


def test_a_team_is_given_before_its_member(
    cast: Cast, api: Any, numbers: list[int], work: Callable[[], int]
) -> None:
    """Bob is in no team; given both, he keeps the conversation, as clients ask for."""
    team = factories.make_team(cast.account, "Deliveries")

    ask(api(cast.bob), numbers[:1], fields={"team_id": team.pk, "assignee_id": cast.bob.user_id})
    work()

    row = conversation(cast, numbers[0])
    assert (row.team_id, row.assignee_id) == (team.pk, cast.bob.pk)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fields": {"status": "closed"}}, "fields"),
        ({"fields": {"priority": "none"}}, "fields"),
        ({"fields": {"assignee_id": "bob"}}, "fields"),
        ({"fields": "resolved"}, "fields"),
        ({"fields": {"status": "snoozed"}, "snoozed_until": 1}, "snoozed_until"),
        ({"fields": {"status": "snoozed"}, "snoozed_until": "soon"}, "snoozed_until"),
        ({"labels": {"add": ["x" * 300]}}, "labels"),
        ({"labels": {"add": "vip"}}, "labels"),
        ({"labels": {"add": ["x"] * 200}}, "labels"),
        ({"ids": []}, "ids"),
        ({"ids": ["one"]}, "ids"),
        ({"ids": 7}, "ids"),
        ({"ids": list(range(1, 1002))}, "ids"),
        ({"fields": {}}, "fields"),
        ({"action_name": "explode"}, "action_name"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_nothing_is_asked_for(
    cast: Cast, api: Any, numbers: list[int], body: Any, field: str, stored: Any
) -> None:
    whole = {"type": "Conversation", "ids": numbers, **body}
    if "fields" not in body and "labels" not in body:
        whole["fields"] = {"status": "resolved"}
    before = stored()

    answer = api(cast.alice).send("/bulk_actions", whole)

    assert answer.status_code == 422, answer.content
    assert answer.json()["attributes"] == [field]
    assert stored() == before


@pytest.mark.parametrize("kind", [None, "", "conversation", "Message", ["Conversation"], {"a": 1}])
def test_another_type_answers_that_it_did_not_succeed(cast: Cast, api: Any, kind: Any, stored: Any) -> None:
    before = stored()
    answer = api(cast.alice).send("/bulk_actions", {"type": kind, "ids": [1]})

    assert answer.status_code == 422
    assert answer.json()["success"] is False
    assert answer.json()["attributes"] == ["type"]
    assert stored() == before


def test_contacts_get_labels(cast: Cast, api: Any, work: Callable[[], int], outbox: Any) -> None:
    ids = [factories.make_session(cast.inbox, f"Visitor {n}").contact_id for n in range(2)]
    body = {"type": "Contact", "ids": [*ids, 999_999], "labels": {"add": ["vip"]}}

    assert api(cast.bob).send("/bulk_actions", body).status_code == 200
    assert work() == 2

    with account_scope(cast.account.pk):
        assert [Contact.objects.get(pk=one).labels for one in ids] == [["vip"], ["vip"]]
    told = [payload["changes"] for name, payload in outbox() if name == "contact.updated"]
    assert told == [{"labels": [[], ["vip"]]}] * 2


def test_only_administrators_delete_contacts(
    cast: Cast, api: Any, work: Callable[[], int], stored: Any
) -> None:
    ids = [factories.make_session(cast.inbox, f"Visitor {n}").contact_id for n in range(2)]
    foreign = factories.make_session(cast.other_inbox, "Stranger").contact_id
    body = {"type": "Contact", "ids": [*ids, foreign], "action_name": "delete"}
    before = stored()

    refused = api(cast.bob).send("/bulk_actions", body)

    assert refused.status_code == 401
    assert stored() == before

    assert api(cast.alice).send("/bulk_actions", body).status_code == 200
    work()
    with account_scope(cast.account.pk):
        assert not Contact.objects.filter(pk__in=ids).exists()
    with account_scope(cast.other.pk):
        assert Contact.objects.filter(pk=foreign).exists()


def test_an_agent_who_became_one_meanwhile_deletes_nothing(
    cast: Cast, api: Any, work: Callable[[], int]
) -> None:
    contact_id = factories.make_session(cast.inbox, "Vera").contact_id
    api(cast.alice).send("/bulk_actions", {"type": "Contact", "ids": [contact_id], "action_name": "delete"})
    with account_scope(cast.account.pk):
        Membership.objects.filter(pk=cast.alice.pk).update(role=0)

    assert work() == 1
    with account_scope(cast.account.pk):
        assert Contact.objects.filter(pk=contact_id).exists()


def test_the_dashboard_asks_by_the_same_action(
    cast: Cast, numbers: list[int], work: Callable[[], int]
) -> None:
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        count = ask_conversation_changes(
            actor=access.actor, access=access, display_ids=[*numbers, 4711], changes={"priority": "urgent"}
        )
    assert count == 3
    work()
    assert [conversation(cast, number).priority for number in numbers] == [3, 3, 3]


def test_asking_for_many_costs_as_many_queries_as_for_one_but_for_the_events(
    cast: Cast, api: Any, numbers: list[int]
) -> None:
    alice = api(cast.alice)
    body = {"fields": {"status": "resolved"}}
    one = factories.count_queries(lambda: ask(alice, numbers[:1], **body))
    three = factories.count_queries(lambda: ask(alice, numbers, **body))
    assert three == one + 2  # one INSERT per event
