"""Assignment policies: kept by administrators, followed by inboxes."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from config.database import account_scope
from inboxes.models import AssignmentPolicy, InboxAssignmentPolicy
from tests import factories
from tests.factories import Cast, count_queries


@pytest.fixture
def alice(cast: Cast, api: Any) -> Any:
    return api(cast.alice)


def made(client: Any, **fields: Any) -> dict[str, Any]:
    answer = client.send("/assignment_policies", {"assignment_policy": {"name": "Fair", **fields}})
    assert answer.status_code == 200, answer.content
    shape: dict[str, Any] = answer.json()
    return shape


def test_a_policy_has_the_contracts_shape_and_is_an_administrators(cast: Cast, api: Any, alice: Any) -> None:
    shape = made(alice, conversation_priority="longest_waiting", assignment_order="balanced")

    assert isinstance(shape.pop("created_at"), int) and isinstance(shape.pop("updated_at"), int)
    assert shape == {
        "id": shape["id"],
        "name": "Fair",
        "description": None,
        "assignment_order": "balanced",
        "conversation_priority": "longest_waiting",
        "fair_distribution_limit": 100,
        "fair_distribution_window": 3600,
        "enabled": True,
        "assigned_inbox_count": 0,
    }
    path = f"/assignment_policies/{shape['id']}"
    changed = alice.send(path, {"enabled": False, "fair_distribution_limit": 5}, "patch").json()
    assert (changed["enabled"], changed["fair_distribution_limit"]) == (False, 5)
    assert [one["id"] for one in alice.read("/assignment_policies").json()] == [shape["id"]]
    for method in ("get", "patch", "delete"):
        assert api(cast.bob).send(path, {}, method).status_code == 401
        assert api(cast.dora).send(path, {}, method).status_code == 404
    assert alice.read(path).json()["fair_distribution_limit"] == 5
    assert alice.delete(alice.base + path).status_code == 200
    assert alice.read(path).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "Fair"},
        {"assignment_order": "best"},
        {"conversation_priority": 1},
        {"fair_distribution_limit": 0},
        {"fair_distribution_window": "x"},
        {"fair_distribution_window": 2**31},
    ],
)
def test_what_a_policy_cannot_be_is_not_stored(cast: Cast, alice: Any, wrong: Any) -> None:
    made(alice)

    answer = alice.send("/assignment_policies", {"name": "Other", **wrong})

    assert answer.status_code == 422, answer.content
    with account_scope(cast.account.pk):
        assert AssignmentPolicy.objects.count() == 1


def test_an_inbox_follows_one_policy(cast: Cast, api: Any, alice: Any) -> None:
    first, second = made(alice)["id"], made(alice, name="Quick")["id"]
    path = f"/inboxes/{cast.inbox.pk}/assignment_policy"

    assert alice.read(path).status_code == 404
    assert alice.send(path, {"assignment_policy_id": first}).json()["assigned_inbox_count"] == 1
    assert alice.send(path, {"assignment_policy_id": second}).json()["id"] == second
    assert alice.read(path).json()["name"] == "Quick"
    listed = {"inboxes": [{"id": cast.inbox.pk, "name": "Website"}]}
    assert alice.read(f"/assignment_policies/{second}/inboxes").json() == listed
    assert alice.read(f"/assignment_policies/{first}/inboxes").json() == {"inboxes": []}
    for wrong, status in (({}, 422), ({"assignment_policy_id": 10**17}, 404)):
        assert alice.send(path, wrong).status_code == status
    assert api(cast.bob).send(path, {"assignment_policy_id": first}).status_code == 401
    assert api(cast.dora).send(path, {"assignment_policy_id": first}).status_code == 404
    assert alice.read(path).json()["id"] == second
    assert alice.delete(alice.base + path).status_code == 200
    assert alice.delete(alice.base + path).status_code == 404
    with account_scope(cast.account.pk):
        assert not InboxAssignmentPolicy.objects.exists()


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(cast: Cast, alice: Any) -> None:
    ask = partial(alice.read, "/assignment_policies")
    made(alice)
    ask()
    one = count_queries(ask)
    for number in range(4):
        policy = made(alice, name=f"P{number}")["id"]
        inbox = factories.make_inbox(cast.account)
        alice.send(f"/inboxes/{inbox.pk}/assignment_policy", {"assignment_policy_id": policy})
    assert count_queries(ask) == one
