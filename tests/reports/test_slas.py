"""Promises: kept by administrators, given to a conversation once, and told when they were broken."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from config.database import account_scope
from conversations.models import AppliedSla, Conversation, SlaEvent, SlaPolicy
from tests import factories
from tests.factories import Cast, count_queries


@pytest.fixture
def alice(cast: Cast, api: Any) -> Any:
    return api(cast.alice)


def made(client: Any, **fields: Any) -> dict[str, Any]:
    answer = client.send("/sla_policies", {"sla_policy": {"name": "Gold", **fields}})
    assert answer.status_code == 200, answer.content
    shape: dict[str, Any] = answer.json()["payload"]
    return shape


def broken(cast: Cast, client: Any, policy: int, *, missed: bool = True) -> Conversation:
    conversation = factories.make_conversation(cast.inbox)
    client.send(f"/conversations/{conversation.display_id}", {"sla_policy_id": policy}, "patch")
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=conversation.pk).update(assignee=cast.bob, labels=["vip"])
        if missed:
            row = AppliedSla.objects.get(conversation=conversation)
            SlaEvent.objects.create(account=cast.account, applied_sla=row, event_type=0)
            AppliedSla.objects.filter(pk=row.pk).update(sla_status=AppliedSla.Status.MISSED)
    return conversation


def test_policies_are_kept_by_administrators(cast: Cast, api: Any, alice: Any) -> None:
    shape = made(alice, first_response_time_threshold=60.5, description=None)

    assert shape == {
        "id": shape["id"],
        "name": "Gold",
        "description": "",
        "first_response_time_threshold": 60.5,
        "next_response_time_threshold": None,
        "resolution_time_threshold": None,
        "only_during_business_hours": False,
    }
    path = f"/sla_policies/{shape['id']}"
    assert (
        alice.read("/sla_policies").json()
        == {"payload": [shape]}
        == api(cast.bob).read("/sla_policies").json()
    )
    changed = alice.send(path, {"name": "Silver", "resolution_time_threshold": 3600}, "patch").json()[
        "payload"
    ]
    assert (changed["name"], changed["resolution_time_threshold"]) == ("Silver", 3600.0)
    for wrong in (
        {"name": " "},
        {"first_response_time_threshold": -1},
        {"next_response_time_threshold": "x"},
    ):
        assert alice.send(path, wrong, "patch").status_code == 422
    assert api(cast.bob).send(path, {"name": "x"}, "patch").status_code == 401
    assert api(cast.dora).read(path).status_code == 404
    assert alice.read(path).json()["payload"] == changed
    assert alice.delete(alice.base + path).status_code == 200
    assert alice.read("/sla_policies").json() == {"payload": []}


def test_a_promise_is_made_once_and_stays(cast: Cast, alice: Any, outbox: Any) -> None:
    first, second = made(alice)["id"], made(alice, name="Silver")["id"]
    conversation = factories.make_conversation(cast.inbox)
    path = f"/conversations/{conversation.display_id}"

    assert alice.send(path, {"sla_policy_id": first}, "patch").json()["sla_policy_id"] == first
    name, payload = outbox()[-1]
    assert (name, payload["changes"]) == ("conversation.updated", {"sla_policy_id": [None, first]})
    events = len(outbox())
    assert alice.send(path, {"sla_policy_id": first}, "patch").status_code == 200
    assert alice.send(path, {"sla_policy_id": second}, "patch").status_code == 422
    assert alice.send(path, {"sla_policy_id": None}, "patch").json()["sla_policy_id"] == first
    assert len(outbox()) == events
    other = factories.make_conversation(cast.inbox)
    for unknown in (10**17, 0, -1):
        answer = alice.send(f"/conversations/{other.display_id}", {"sla_policy_id": unknown}, "patch")
        assert (answer.status_code, answer.json()["attributes"]) == (422, ["sla_policy_id"])
    with account_scope(cast.account.pk):
        assert AppliedSla.objects.count() == 1
    assert alice.delete(f"{alice.base}/sla_policies/{first}").status_code == 200
    assert alice.read(path).json()["sla_policy_id"] is None


def test_broken_promises_are_listed_measured_and_put_into_a_sheet(cast: Cast, api: Any, alice: Any) -> None:
    policy = made(alice)["id"]
    conversation = broken(cast, alice, policy)
    for _ in range(2):
        broken(cast, alice, policy, missed=False)

    body = alice.read("/applied_slas").json()

    assert body["meta"] == {"count": 1, "current_page": 1}
    (line,) = body["payload"]
    assert line["applied_sla"]["sla_status"] == "missed"
    assert (line["applied_sla"]["sla_id"], line["applied_sla"]["sla_name"]) == (policy, "Gold")
    assert line["conversation"].pop("assignee")["id"] == cast.bob.user_id
    assert line["conversation"] == {
        "id": conversation.display_id,
        "contact": {"name": "Vera"},
        "labels": ["vip"],
    }
    assert [event["event_type"] for event in line["sla_events"]] == ["frt"]
    assert alice.read("/applied_slas/metrics").json() == {
        "total_applied_slas": 3,
        "number_of_sla_misses": 1,
        "hit_rate": "66.67%",
    }
    assert alice.read("/applied_slas/metrics", inbox_id=cast.api_inbox.pk).json()["hit_rate"] == "100%"
    assert alice.read("/applied_slas", assigned_agent_id=cast.alice.user_id).json()["payload"] == []
    assert alice.read("/applied_slas", page="2").json()["meta"] == {"count": 1, "current_page": "2"}
    sheet = alice.read("/applied_slas/download")
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="breached_conversation.csv"'
    lines = sheet.content.decode().splitlines()
    assert lines[0].startswith("Conversation ID,SLA Policy,Assignee,Team,Inbox,Labels")
    assert lines[1].startswith(f"{conversation.display_id},Gold,Bob,,Website,vip,") and lines[1].endswith(
        ",frt"
    )
    for path in ("", "/metrics", "/download"):
        assert api(cast.bob).read(f"/applied_slas{path}").status_code == 401
    assert api(cast.dora).read("/applied_slas").json()["payload"] == []


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(cast: Cast, alice: Any) -> None:
    policy = made(alice)["id"]
    ask = partial(alice.read, "/applied_slas")
    broken(cast, alice, policy)
    ask()
    one = count_queries(ask)
    for _ in range(4):
        broken(cast, alice, policy)
    assert count_queries(ask) == one
    with account_scope(cast.account.pk):
        assert SlaPolicy.objects.count() == 1
