"""A check that cannot see the fault proves nothing: each fault is planted once, and exactly its checks speak."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from config.relay import BEYOND
from tests.drills.checks import CHECKS, examine
from tests.drills.drill import Outcome
from tests.drills.evidence import LEFT_OUT, Evidence, Recovery, Stored, View
from tests.drills.ledger import Draft, Sent
from tests.drills.report import table
from tests.drills.sizes import FLUSH, FULL, PROCESSES, schedule, shares
from tests.drills.stub import Arrival
from tests.drills.twins import MISSED, STORED, TWINS, UNHEARD

API, SITE = 5, 6  # inboxes
VERA, WALT = 101, 102  # conversations: vera's at the API channel, walt's on the website


def clean() -> Evidence:
    """vera writes 1 and 3, an agent answers 2 and notes 4; walt writes 5. Everything went as it should."""
    rows = [
        row(1, "vera-1"),
        row(2, "reply-1"),
        row(3, "vera-2"),
        row(4, "reply-2", private=True),
        row(5, "walt-1", conversation=WALT, inbox=SITE, to_webhook=False),
    ]
    return Evidence(
        sent=[sent(one) for one in rows],
        stored=rows,
        arrivals=[arrival(one.id) for one in rows if one.to_webhook],
        views=[
            view("dashboard", rows),
            view("agent of the API inbox", rows[:4], inboxes=frozenset({API})),
            view("vera", rows[:3], conversation=VERA),
            view("walt", rows[4:], conversation=WALT),
        ],
        recoveries=[recovery("valkey", 10.0), recovery("web", 30.0)],
    )


def row(
    number: int,
    name: str,
    *,
    conversation: int = VERA,
    inbox: int = API,
    to_webhook: bool = True,
    private: bool = False,
) -> Stored:
    return Stored(
        id=number,
        conversation=conversation,
        inbox_id=inbox,
        to_webhook=to_webhook,
        echo_id=f"drill-{name}",
        content=f"text {name}",
        private=private,
    )


def sent(stored: Stored) -> Sent:
    name, _, place = stored.echo_id.removeprefix("drill-").rpartition("-")
    draft = Draft(
        echo_id=stored.echo_id,
        sender=name,
        conversation=stored.conversation,
        place=int(place),
        text=stored.content,
        private=stored.private,
    )
    return Sent(draft=draft, attempts=1, message_ids=[stored.id], answers=Counter({"200": 1}))


def arrival(message_id: int, **changes: Any) -> Arrival:
    usual = Arrival(
        key=f"key{message_id}",
        event="message_created",
        message_id=message_id,
        conversation=VERA,
        digest=f"digest{message_id}",
        mood="well",
        at=float(message_id),
    )
    return replace(usual, **changes)


def view(
    name: str, rows: list[Stored], *, conversation: int | None = None, inboxes: frozenset[int] | None = None
) -> View:
    return View(
        name=name,
        is_visitor=conversation is not None,
        inboxes=inboxes,
        conversation=conversation,
        seen=tuple((one.id, one.conversation) for one in rows),
    )


def recovery(fault: str, at: float, **changes: Any) -> Recovery:
    return replace(Recovery(fault=fault, at=at, accepted=0.5, heard=1.0, seen=1.5, healthy=2.0), **changes)


def breaches_of(evidence: Evidence) -> dict[str, list[str]]:
    return {name: found for name, found in examine(evidence).items() if found}


def test_when_everything_went_well_no_check_speaks() -> None:
    assert breaches_of(clean()) == {}


def test_repetitions_that_clients_drop_are_no_breach() -> None:
    evidence = clean()
    evidence.arrivals += [arrival(1, at=9.0), arrival(3, at=9.5)]
    evidence.sent[0].attempts = 4
    evidence.sent[0].answers.update({"none": 2, "503": 1, "200": 1})
    evidence.sent[0].message_ids.append(1)
    seen = evidence.views[0].seen
    late = (*seen[1:], seen[0])
    evidence.views[0] = replace(evidence.views[0], seen=late, fetched=frozenset({1}), lost=((30.5, "cut"),))
    assert breaches_of(evidence) == {}


# --- planted faults ---------------------------------------------------------------------------------
def lose_a_row(evidence: Evidence) -> None:
    del evidence.stored[2]


def store_twice(evidence: Evidence) -> None:
    evidence.stored.append(replace(evidence.stored[0], id=9))
    evidence.arrivals.append(arrival(9))
    evidence.views[:3] = [replace(one, seen=(*one.seen, (9, VERA))) for one in evidence.views[:3]]


def store_other_words(evidence: Evidence) -> None:
    evidence.stored[0] = replace(evidence.stored[0], content="something else")


def store_a_note_in_public(evidence: Evidence) -> None:
    evidence.stored[3] = replace(evidence.stored[3], private=False)


def answer_with_another_row(evidence: Evidence) -> None:
    evidence.sent[0].message_ids.append(77)


def never_accept(evidence: Evidence) -> None:
    evidence.sent.append(sent(row(8, "vera-3")))
    evidence.sent[-1].message_ids.clear()


def store_what_was_refused(evidence: Evidence) -> None:
    evidence.sent[4].message_ids.clear()
    evidence.sent[4].answers = Counter({"429": 1})
    evidence.sent[4].given_up = True


def store_what_nobody_sent(evidence: Evidence) -> None:
    del evidence.sent[4]


def answer_500(evidence: Evidence) -> None:
    evidence.sent[0].answers["500"] += 1


def answer_404(evidence: Evidence) -> None:
    evidence.sent[0].answers["404"] += 1


def switch_limits_off(evidence: Evidence) -> None:
    evidence.limited = False


def deliver_not_at_all(evidence: Evidence) -> None:
    del evidence.arrivals[1]


def deliver_another_inbox(evidence: Evidence) -> None:
    evidence.arrivals.append(arrival(5, conversation=WALT))


def deliver_nonsense(evidence: Evidence) -> None:
    evidence.unreadable.append("KeyError: 'webhook-id'")


def deliver_under_a_second_key(evidence: Evidence) -> None:
    evidence.arrivals.append(arrival(1, key="another", at=9.0))


def deliver_other_bytes(evidence: Evidence) -> None:
    evidence.arrivals.append(arrival(1, digest="another", at=9.0))


def deliver_out_of_order(evidence: Evidence) -> None:
    evidence.arrivals[0], evidence.arrivals[1] = evidence.arrivals[1], evidence.arrivals[0]


def miss_on_a_dashboard(evidence: Evidence) -> None:
    evidence.views[0] = replace(evidence.views[0], seen=evidence.views[0].seen[1:])


def miss_at_a_visitor(evidence: Evidence) -> None:
    evidence.views[2] = replace(evidence.views[2], seen=evidence.views[2].seen[:2])


def tell_a_socket_an_error(evidence: Evidence) -> None:
    evidence.views[0] = replace(evidence.views[0], errors=("server_error: Something went wrong",))


def show_a_note_to_the_visitor(evidence: Evidence) -> None:
    evidence.views[2] = replace(evidence.views[2], seen=(*evidence.views[2].seen, (4, VERA)))


def show_a_strangers_message(evidence: Evidence) -> None:
    evidence.views[3] = replace(evidence.views[3], seen=((1, VERA), (5, WALT)))


def show_a_strangers_conversation(evidence: Evidence) -> None:
    evidence.views[3] = replace(evidence.views[3], seen=((5, WALT), (999, VERA)))


def show_another_inbox_to_the_agent(evidence: Evidence) -> None:
    evidence.views[1] = replace(evidence.views[1], seen=(*evidence.views[1].seen, (5, WALT)))


def show_out_of_order(evidence: Evidence) -> None:
    seen = evidence.views[0].seen
    evidence.views[0] = replace(evidence.views[0], seen=(seen[1], seen[0], *seen[2:]))


def cut_when_valkey_died(evidence: Evidence) -> None:
    evidence.views[0] = replace(evidence.views[0], lost=((10.2, "closed with 1011"),))


def recover_slowly(evidence: Evidence) -> None:
    evidence.recoveries[0] = recovery("valkey", 10.0, heard=15.2)


def recover_never(evidence: Evidence) -> None:
    evidence.recoveries[0] = recovery("valkey", 10.0, seen=None)


def leave_something_behind(evidence: Evidence) -> None:
    evidence.leftovers["handlers that have not run"] = 2


NAMES = {check.__name__: name for name, check in CHECKS.items()}
PLANTED: list[tuple[Callable[[Evidence], None], set[str]]] = [
    (lose_a_row, {"stored_once"}),
    (store_twice, {"stored_once"}),
    (store_other_words, {"stored_once"}),
    (store_a_note_in_public, {"stored_once", "nothing_missed"}),
    (answer_with_another_row, {"stored_once"}),
    (never_accept, {"stored_once"}),
    (store_what_was_refused, {"stored_once"}),
    (store_what_nobody_sent, {"stored_once"}),
    (answer_500, {"answered_honestly"}),
    (answer_404, {"answered_honestly"}),
    (switch_limits_off, {"limits_are_on"}),
    (deliver_not_at_all, {"heard_at_the_webhook"}),
    (deliver_another_inbox, {"heard_at_the_webhook"}),
    (deliver_nonsense, {"heard_at_the_webhook"}),
    (deliver_under_a_second_key, {"one_key_per_message"}),
    (deliver_other_bytes, {"one_key_per_message"}),
    (deliver_out_of_order, {"in_order_at_the_webhook"}),
    (miss_on_a_dashboard, {"nothing_missed"}),
    (miss_at_a_visitor, {"nothing_missed"}),
    (tell_a_socket_an_error, {"nothing_missed"}),
    (show_a_note_to_the_visitor, {"nothing_foreign"}),
    (show_a_strangers_message, {"nothing_foreign"}),
    (show_a_strangers_conversation, {"nothing_foreign"}),
    (show_another_inbox_to_the_agent, {"nothing_foreign"}),
    (show_out_of_order, {"in_order_on_screen"}),
    (cut_when_valkey_died, {"stayed_open"}),
    (recover_slowly, {"recovered"}),
    (recover_never, {"recovered"}),
    (leave_something_behind, {"nothing_stuck"}),
]


@pytest.mark.parametrize(("plant", "speaking"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_a_planted_fault_is_seen_by_its_checks_alone(
    plant: Callable[[Evidence], None], speaking: set[str]
) -> None:
    evidence = clean()
    plant(evidence)
    assert set(breaches_of(evidence)) == {NAMES[name] for name in speaking}


def test_a_later_message_that_is_stored_first_is_seen() -> None:
    evidence = clean()
    vera = [one for one in evidence.sent if one.draft.sender == "vera"]
    vera[0].draft, vera[1].draft = replace(vera[0].draft, place=2), replace(vera[1].draft, place=1)
    assert set(breaches_of(evidence)) == {NAMES["kept_in_order"]}


def test_every_check_has_a_fault_that_it_sees() -> None:
    seen = {name for _, speaking in PLANTED for name in speaking} | {"kept_in_order"}
    assert seen == set(NAMES)


# --- twins, report, schedule ------------------------------------------------------------------------
def test_a_twin_has_to_fail_where_its_fault_lies_and_nowhere_else() -> None:
    twin = TWINS["no-reread"]
    nothing: dict[str, list[str]] = {name: [] for name in CHECKS}
    assert twin.objections(nothing) == [f"the drill does not see the planted fault: {MISSED}"]
    assert twin.objections(nothing | {MISSED: ["dashboard missed 1"]}) == []
    assert twin.objections(nothing | {MISSED: ["x"], STORED: ["y"], UNHEARD: ["z"]}) == [
        f"the twin failed elsewhere: {STORED}",
        f"the twin failed elsewhere: {UNHEARD}",
    ]


def test_the_table_names_every_check_and_the_worst_recovery() -> None:
    evidence = clean()
    evidence.recoveries.append(recovery("valkey", 50.0, seen=None))
    text = table(Outcome(evidence=evidence, breaches=examine(evidence), figures={"messages": "5 stored"}))
    assert [line.split("  ")[1] for line in text.splitlines() if line.startswith("  PASS")] == ["PASS"] * 12
    assert "FAIL  recovered in time from every fault (1)" in text
    assert "valkey         2    2.0 s    never   0.5 s, 1.0 s, never, 2.0 s" in text


def test_a_full_drill_kills_each_process_five_times_and_flushes_five_times_and_a_seed_repeats_it() -> None:
    first, again, other = (schedule(size=FULL, rng=random.Random(seed)) for seed in (1, 1, 2))
    assert Counter(first) == {**dict.fromkeys(PROCESSES, 5), FLUSH: 5}
    assert first == again != other


def test_the_full_drill_is_as_large_as_promised() -> None:
    assert (FULL.visitor_messages, FULL.agent_replies) == (2000, 1000)
    assert shares(total=2000, parts=100) == [20] * 100
    assert shares(total=7, parts=3) == [3, 2, 2]


def test_the_gap_that_is_on_purpose_is_the_relays() -> None:
    assert LEFT_OUT == BEYOND
