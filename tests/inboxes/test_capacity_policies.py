"""Capacity policies: kept by administrators, given to members, with a limit for each inbox."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from config.database import account_scope
from inboxes.models import CapacityLimit, CapacityMember
from tests import factories
from tests.factories import Cast, count_queries

PATH = "/agent_capacity_policies"


@pytest.fixture
def alice(cast: Cast, api: Any) -> Any:
    return api(cast.alice)


def made(client: Any, name: str = "Ten") -> int:
    rules = {"excluded_labels": ["spam"], "exclude_older_than_hours": 48}
    answer = client.send(PATH, {"agent_capacity_policy": {"name": name, "exclusion_rules": rules}})
    assert answer.status_code == 200, answer.content
    return int(answer.json()["id"])


def test_a_policy_is_kept_by_administrators(cast: Cast, api: Any, alice: Any) -> None:
    one = made(alice)

    shape = alice.read(f"{PATH}/{one}").json()
    assert isinstance(shape.pop("created_at"), int) and isinstance(shape.pop("updated_at"), int)
    assert shape == {
        "id": one,
        "name": "Ten",
        "description": None,
        "exclusion_rules": {"excluded_labels": ["spam"], "exclude_older_than_hours": 48},
        "account_id": cast.account.pk,
        "assigned_agent_count": 0,
        "inbox_capacity_limits": [],
    }
    assert alice.send(f"{PATH}/{one}", {"name": "Twenty"}, "patch").json()["name"] == "Twenty"
    for wrong in (
        {"name": " "},
        {"exclusion_rules": "x"},
        {"exclusion_rules": {"exclude_older_than_hours": 0}},
    ):
        assert alice.send(f"{PATH}/{one}", wrong, "patch").status_code == 422
    assert api(cast.bob).read(PATH).status_code == 401
    assert api(cast.dora).read(f"{PATH}/{one}").status_code == 404
    assert alice.read(f"{PATH}/{one}").json()["name"] == "Twenty"
    assert alice.delete(f"{alice.base}{PATH}/{one}").status_code == 200
    assert alice.read(PATH).json() == []


def test_a_member_has_one_policy(cast: Cast, alice: Any) -> None:
    first, second = made(alice), made(alice, "Five")
    user = {"user_id": cast.bob.user_id}

    assert [one["id"] for one in alice.send(f"{PATH}/{first}/users", user).json()] == [cast.bob.user_id]
    assert [one["id"] for one in alice.send(f"{PATH}/{second}/users", user).json()] == [cast.bob.user_id]
    assert alice.read(f"{PATH}/{first}/users").json() == []
    assert alice.read(f"{PATH}/{second}").json()["assigned_agent_count"] == 1
    for stranger in (cast.charlie.user_id, 10**17):
        assert alice.send(f"{PATH}/{first}/users", {"user_id": stranger}).status_code == 404
    mine = f"{alice.base}{PATH}/{second}/users/{cast.bob.user_id}"
    assert alice.delete(f"{alice.base}{PATH}/{first}/users/{cast.bob.user_id}").status_code == 404
    assert alice.delete(mine).status_code == 200
    assert alice.delete(mine).status_code == 404
    with account_scope(cast.account.pk):
        assert not CapacityMember.objects.exists()


def test_an_inbox_has_one_limit_in_a_policy(cast: Cast, alice: Any) -> None:
    one, other = made(alice), made(alice, "Five")
    path = f"{PATH}/{one}/inbox_limits"

    limit = alice.send(path, {"inbox_id": cast.inbox.pk, "conversation_limit": 10}).json()

    assert limit == {"id": limit["id"], "inbox_id": cast.inbox.pk, "conversation_limit": 10}
    assert alice.send(path, {"inbox_id": cast.inbox.pk, "conversation_limit": 5}).status_code == 422
    for wrong in (0, -1, "x", None, 10**9):
        assert (
            alice.send(path, {"inbox_id": cast.api_inbox.pk, "conversation_limit": wrong}).status_code == 422
        )
    foreign = {"inbox_id": cast.other_inbox.pk, "conversation_limit": 5}
    assert alice.send(path, foreign).status_code == 404
    assert (
        alice.send(f"{path}/{limit['id']}", {"conversation_limit": 7}, "patch").json()["conversation_limit"]
        == 7
    )
    elsewhere = f"{PATH}/{other}/inbox_limits/{limit['id']}"
    assert alice.send(elsewhere, {"conversation_limit": 1}, "patch").status_code == 404
    assert alice.read(f"{PATH}/{one}").json()["inbox_capacity_limits"] == [{**limit, "conversation_limit": 7}]
    assert alice.delete(f"{alice.base}{path}/{limit['id']}").status_code == 200
    with account_scope(cast.account.pk):
        assert not CapacityLimit.objects.exists()


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(cast: Cast, alice: Any) -> None:
    ask = partial(alice.read, PATH)
    made(alice)
    ask()
    one = count_queries(ask)
    for number in range(4):
        policy = made(alice, f"P{number}")
        inbox = factories.make_inbox(cast.account)
        alice.send(f"{PATH}/{policy}/inbox_limits", {"inbox_id": inbox.pk, "conversation_limit": 3})
    assert count_queries(ask) == one
