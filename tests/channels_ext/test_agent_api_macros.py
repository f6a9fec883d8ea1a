"""A macro that is run does what its author could do by hand, in the name of who runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automation import effects
from automation.actions.doing import EFFECTS
from config.database import account_scope
from config.outbound import Unreachable
from conversations.models import Contact, Message
from inboxes.models import InboxMember
from tests import factories
from tests.channels_ext.contract import conversation
from tests.channels_ext.receiver import Receiver, always
from tests.factories import Cast
from tests.workers import Workers

NOT_YET = {"send_attachment", "send_email_to_team", "add_sla"}


@pytest.fixture
def work(cast: Cast) -> Callable[[], int]:
    workers = Workers("automation.handlers.macros.")
    return lambda: workers.work(cast.account.pk)


@pytest.fixture
def number(cast: Cast) -> int:
    return int(factories.hear(cast.vera, "Where is my parcel?")["conversation_id"])


@pytest.fixture
def shop(settings: Any) -> Iterator[Receiver]:
    settings.PRIVATE_NETWORKS_ALLOWED = True
    with Receiver().listening() as listening:
        yield listening


def make(client: Any, *actions: tuple[str, list[Any]], **fields: Any) -> int:
    named = [{"action_name": name, "action_params": params} for name, params in actions]
    answer = client.send("/macros", {"name": "macro", "actions": named, **fields})
    assert answer.status_code == 200, answer.content
    return int(answer.json()["payload"]["id"])


def run(client: Any, macro_id: int, *numbers: int) -> Any:
    return client.send(f"/macros/{macro_id}/execute", {"conversation_ids": list(numbers)})


def said(cast: Cast) -> list[tuple[str | None, int, bool, int | None]]:
    with account_scope(cast.account.pk):
        rows = Message.objects.exclude(message_type=2).order_by("id")
        return list(rows.values_list("content", "message_type", "private", "sender_user_id"))


def test_every_action_that_can_be_stored_is_done_or_named_as_missing() -> None:
    known = {*effects.RULE_ACTIONS, *effects.MACRO_ACTIONS}
    assert known - set(EFFECTS) == NOT_YET
    assert set(EFFECTS) - known == set()


def test_all_of_it_is_done_as_the_agent_who_ran_it(
    cast: Cast, api: Any, number: int, work: Callable[[], int]
) -> None:
    bob = api(cast.bob)
    team = factories.make_team(cast.account, "Deliveries", cast.bob)
    macro = make(
        bob,
        ("send_message", ["It is on its way."]),
        ("add_private_note", ["Angry"]),
        ("add_label", ["late", "vip"]),
        ("remove_label", ["vip"]),
        ("assign_team", [team.pk]),
        ("assign_agent", ["self"]),
        ("change_priority", ["urgent"]),
        ("snooze_conversation", []),
    )

    answer = run(bob, macro, number)

    assert (answer.status_code, answer.content) == (200, b"")
    assert len(said(cast)) == 1
    assert work() == 1
    assert said(cast)[1:] == [
        ("It is on its way.", 1, False, cast.bob.user_id),
        ("Angry", 1, True, cast.bob.user_id),
    ]
    row = conversation(cast, number)
    assert row.labels == ["late"]
    assert (row.team_id, row.assignee_id, row.priority, row.status) == (team.pk, cast.bob.pk, 3, 3)


def test_taking_away_muting_and_resolving(cast: Cast, api: Any, number: int, work: Callable[[], int]) -> None:
    bob = api(cast.bob)
    team = factories.make_team(cast.account, "Deliveries", cast.bob)
    give = make(bob, ("assign_team", [team.pk]), ("assign_agent", ["self"]), ("change_priority", ["low"]))
    take = make(
        bob,
        ("remove_assigned_team", []),
        ("assign_agent", ["nil"]),
        ("change_priority", ["nil"]),
        ("mute_conversation", []),
    )
    run(bob, give, number)
    run(bob, take, number)
    assert work() == 2

    row = conversation(cast, number)
    assert (row.team_id, row.assignee_id, row.priority, row.status) == (None, None, None, 1)
    with account_scope(cast.account.pk):
        assert Contact.objects.get(pk=row.contact_id).blocked is True


def test_statuses_by_name(cast: Cast, api: Any, number: int, work: Callable[[], int]) -> None:
    bob = api(cast.bob)
    for status, stored in (("resolved", 1), ("pending", 2), ("open", 0)):
        run(bob, make(bob, ("change_status", [status])), number)
        work()
        assert conversation(cast, number).status == stored
    run(bob, make(bob, ("resolve_conversation", [])), number)
    work()
    assert conversation(cast, number).status == 1


def test_an_action_that_cannot_be_done_leaves_the_others(
    cast: Cast, api: Any, number: int, work: Callable[[], int]
) -> None:
    bob = api(cast.bob)
    macro = make(
        bob,
        ("send_attachment", ["a-blob"]),
        ("send_email_transcript", ["nobody"]),
        ("assign_agent", [999_999]),
        ("add_label", ["vip"]),
    )
    run(bob, macro, number)
    work()

    assert conversation(cast, number).labels == ["vip"]


def test_a_transcript_goes_to_every_address(
    cast: Cast, api: Any, number: int, work: Callable[[], int], outbox: Any
) -> None:
    bob = api(cast.bob)
    run(bob, make(bob, ("send_email_transcript", ["a@shop.test, b@shop.test"])), number)
    work()

    asked = [payload["email"] for name, payload in outbox() if name == "transcript.requested"]
    assert asked == ["a@shop.test", "b@shop.test"]


def test_the_webhook_gets_the_conversation_as_macro_executed(
    cast: Cast, api: Any, number: int, work: Callable[[], int], shop: Receiver
) -> None:
    bob = api(cast.bob)
    run(bob, make(bob, ("add_label", ["vip"]), ("send_webhook_event", [shop.url])), number)
    assert work() == 2

    (arrival,) = shop.arrivals
    assert arrival.json["event"] == "macro.executed"
    assert (arrival.json["id"], arrival.json["labels"]) == (number, ["vip"])
    assert arrival.key.startswith("evt_")


def test_a_webhook_that_does_not_accept_is_a_run_that_is_tried_again(
    cast: Cast, api: Any, number: int, work: Callable[[], int], shop: Receiver
) -> None:
    shop.answer = always(500)
    bob = api(cast.bob)
    run(bob, make(bob, ("send_webhook_event", [shop.url])), number)

    with pytest.raises(Unreachable, match="500"):
        work()


def test_it_runs_only_on_what_the_asker_sees_by_then(
    cast: Cast, api: Any, number: int, work: Callable[[], int], stored: Any
) -> None:
    hidden = factories.make_conversation(factories.make_inbox(cast.account, "Board"), "Boss").display_id
    bob = api(cast.bob)
    macro = make(bob, ("resolve_conversation", []))

    assert run(bob, macro, hidden, 4711, number).status_code == 200
    with account_scope(cast.account.pk):
        InboxMember.objects.filter(membership=cast.bob, inbox=cast.inbox).delete()
    before = stored()
    assert work() == 1
    assert stored() == before


def test_somebody_elses_own_macro_is_unknown(
    cast: Cast, api: Any, number: int, work: Callable[[], int], stored: Any
) -> None:
    macro = make(api(cast.alice), ("resolve_conversation", []))
    before = stored()

    answers = [run(api(cast.bob), macro, number), run(api(cast.bob), 999_999, number)]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert stored() == before


@pytest.mark.parametrize("ids", [None, [], "1", ["one"], [1.5], list(range(1, 1002))])
def test_conversations_that_are_none_are_refused_by_name(
    cast: Cast, api: Any, number: int, ids: Any, stored: Any
) -> None:
    macro = make(api(cast.bob), ("resolve_conversation", []))
    before = stored()

    answer = api(cast.bob).send(f"/macros/{macro}/execute", {"conversation_ids": ids})

    assert answer.status_code == 422
    assert answer.json()["attributes"] == ["conversation_ids"]
    assert stored() == before


def test_a_clone_of_a_rule_is_switched_off(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    rule = {
        "name": "Greet",
        "event_name": "message_created",
        "conditions": [
            {
                "attribute_key": "status",
                "filter_operator": "equal_to",
                "values": ["open"],
                "query_operator": None,
            }
        ],
        "actions": [{"action_name": "add_label", "action_params": ["vip"]}],
    }
    made = alice.send("/automation_rules", rule).json()

    clone = alice.send(f"/automation_rules/{made['id']}/clone").json()["payload"]

    assert clone["id"] != made["id"]
    assert {**clone, "id": 0, "created_on": 0} == {**made, "id": 0, "created_on": 0, "active": False}
    assert api(cast.bob).send(f"/automation_rules/{made['id']}/clone").status_code == 401
    assert alice.send("/automation_rules/999999/clone").status_code == 404
