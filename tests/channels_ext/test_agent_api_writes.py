"""What agents change by the API: what it answers, and what it refuses without a trace."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from conversations.shapes import iso, ts
from tests import factories
from tests.channels_ext.contract import agent, conversation
from tests.factories import Cast

# --- status ---------------------------------------------------------------------------------------------


def test_without_a_status_it_is_toggled(cast: Cast, api: Any, number: int) -> None:
    alice = api(cast.alice)
    path = f"/conversations/{number}/toggle_status"
    payload = {"success": True, "conversation_id": number, "snoozed_until": None}

    assert alice.send(path).json() == {"payload": {**payload, "current_status": "resolved"}}
    assert conversation(cast, number).status == 1
    assert alice.send(path).json() == {"payload": {**payload, "current_status": "open"}}
    assert alice.send(path, {"status": "pending"}).json()["payload"]["current_status"] == "pending"
    assert alice.send(path).json()["payload"]["current_status"] == "open"
    assert conversation(cast, number).assignee_id is None


def test_snoozing_takes_epoch_seconds_as_number_or_text(cast: Cast, api: Any, number: int) -> None:
    until = int(timezone.now().timestamp()) + 3600
    wanted = iso(datetime.datetime.fromtimestamp(until, datetime.UTC))
    for given in (until, str(until)):
        body = {"status": "snoozed", "snoozed_until": given}
        response = api(cast.alice).send(f"/conversations/{number}/toggle_status", body)
        assert response.json()["payload"] == {
            "success": True,
            "conversation_id": number,
            "current_status": "snoozed",
            "snoozed_until": wanted,
        }
    assert iso(conversation(cast, number).snoozed_until) == wanted


def test_an_agent_who_opens_a_conversation_takes_it(cast: Cast, api: Any, number: int) -> None:
    bob = api(cast.bob)
    path = f"/conversations/{number}/toggle_status"

    bob.send(path, {"status": "resolved"})
    assert conversation(cast, number).assignee_id is None
    bob.send(path)

    assert conversation(cast, number).assignee_id == cast.bob.pk


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "closed"}, "status"),
        ({"status": 1}, "status"),
        ({"status": ["open"]}, "status"),
        ({"status": "snoozed", "snoozed_until": "tomorrow"}, "snoozed_until"),
        ({"status": "snoozed", "snoozed_until": 1}, "snoozed_until"),
        ({"status": "snoozed", "snoozed_until": 10**30}, "snoozed_until"),
        ({"status": "snoozed", "snoozed_until": -5}, "snoozed_until"),
        ({"status": "open\x00"}, "status"),
    ],
)
def test_a_status_that_is_none_is_refused_by_name(
    cast: Cast, api: Any, number: int, body: Any, field: str, stored: Callable[[], Any]
) -> None:
    before = stored()

    response = api(cast.bob).send(f"/conversations/{number}/toggle_status", body)

    assert response.status_code == 422
    assert set(response.json()) == {"code", "message", "attributes", "error"}
    assert response.json()["attributes"] == [field]
    assert stored() == before


# --- assignment -----------------------------------------------------------------------------------------


def test_assigning_answers_the_agent_and_unassigning_null(cast: Cast, api: Any, number: int) -> None:
    path = f"/conversations/{number}/assignments"

    assigned = api(cast.alice).send(path, {"assignee_id": cast.bob.user_id})
    unassigned = api(cast.alice).send(path, {"assignee_id": None})

    assert assigned.json() == agent(cast)
    assert (unassigned.status_code, unassigned.content) == (200, b"null")
    assert unassigned["Content-Type"] == "application/json"
    assert conversation(cast, number).assignee_id is None


def test_a_team_answers_its_row_and_an_agent_wins_over_a_team(cast: Cast, api: Any, number: int) -> None:
    team = factories.make_team(cast.account, "Deliveries", cast.bob)
    path = f"/conversations/{number}/assignments"

    given = api(cast.alice).send(path, {"team_id": team.pk})
    both = api(cast.alice).send(path, {"assignee_id": cast.bob.user_id, "team_id": None})
    taken = api(cast.alice).send(path, {"team_id": 0})

    assert given.json() == {
        "id": team.pk,
        "name": "deliveries",
        "description": None,
        "allow_auto_assign": True,
        "account_id": cast.account.pk,
        "created_at": iso(team.created_at),
        "updated_at": iso(team.updated_at),
    }
    assert both.json()["id"] == cast.bob.user_id
    assert taken.content == b"null"
    assert conversation(cast, number).team_id is None


@pytest.mark.parametrize("user_id", [0, -1, 2**31, 2**63 - 1, -(2**63), "4711"])
def test_an_unknown_user_unassigns(cast: Cast, api: Any, number: int, user_id: Any) -> None:
    path = f"/conversations/{number}/assignments"
    api(cast.alice).send(path, {"assignee_id": cast.bob.user_id})

    response = api(cast.alice).send(path, {"assignee_id": user_id})

    assert (response.status_code, response.content) == (200, b"null")
    assert conversation(cast, number).assignee_id is None


def test_somebody_of_another_account_is_unknown(cast: Cast, api: Any, number: int) -> None:
    path = f"/conversations/{number}/assignments"

    for body in ({"assignee_id": cast.charlie.user_id}, {"team_id": factories.make_team(cast.other, "x").pk}):
        assert api(cast.alice).send(path, body).content == b"null"
    assert conversation(cast, number).assignee_id is None
    assert conversation(cast, number).team_id is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "assignee_id"),
        ({"assignee_id": "bob"}, "assignee_id"),
        ({"assignee_id": 1.5}, "assignee_id"),
        ({"assignee_id": 2**63}, "assignee_id"),
        ({"assignee_id": -(2**63) - 1}, "assignee_id"),
        (b'{"assignee_id": 1' + b"0" * 300 + b"}", "assignee_id"),
        ({"assignee_id": [1]}, "assignee_id"),
        ({"assignee_id": True}, "assignee_id"),
        ({"team_id": "x"}, "team_id"),
        ([1], "non_field_errors"),
    ],
)
def test_what_is_no_id_is_refused_by_name(
    cast: Cast, api: Any, number: int, body: Any, field: str, stored: Callable[[], Any]
) -> None:
    before = stored()

    response = api(cast.alice).send(f"/conversations/{number}/assignments", body)

    assert response.status_code == 422, response.content
    assert response.json()["attributes"] == [field]
    assert stored() == before


# --- reading --------------------------------------------------------------------------------------------


def test_reading_answers_the_conversation_with_nothing_unread(cast: Cast, api: Any, number: int) -> None:
    response = api(cast.bob).send(f"/conversations/{number}/update_last_seen")

    row = conversation(cast, number)
    assert response.status_code == 200
    body = response.json()
    assert (body["id"], body["unread_count"]) == (number, 0)
    assert body["agent_last_seen_at"] == ts(row.agent_last_seen_at) > 0
    assert set(body) == set(api(cast.bob).read(f"/conversations/{number}").json())


# --- messages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": None},
        {"content": " "},
        {"content": "x" * 150_001},
        {"content": "a\x00"},
        {"content": "a", "message_type": "activity"},
        {"content": "a", "message_type": "incoming"},
        {"content": "a", "message_type": 1},
        {"content": "a", "private": "maybe"},
        {"content": "a", "content_type": "html"},
        {"content": "a", "content_attributes": [1]},
        {"content": "a", "content_attributes": {"a": "\x00"}},
        {"content": "a", "content_attributes": {"\x00": 1}},
        {"content": "a", "content_attributes": {"a": "x" * 70_000}},
        {"content": "a", "content_attributes": "{"},
        {"content": "a", "echo_id": "x" * 256},
        {"content": "a", "source_id": {"a": 1}},
    ],
)
def test_what_cannot_be_a_message_is_refused(
    cast: Cast, api: Any, number: int, body: Any, stored: Callable[[], Any]
) -> None:
    before = stored()

    response = api(cast.bob).send(f"/conversations/{number}/messages", body)

    assert response.status_code in {403, 422}
    assert set(response.json()) >= {"code", "message", "error"}
    assert stored() == before


def test_attributes_in_a_form_are_json_and_limited_too(cast: Cast, api: Any, number: int) -> None:
    bob = api(cast.bob)
    url = f"{bob.base}/conversations/{number}/messages"

    good = bob.post(url, {"content": "a", "content_attributes": '{"external_created_at": 1}'})
    deep = bob.post(url, {"content": "a", "content_attributes": '{"a":' * 300 + "1" + "}" * 300})
    none = bob.post(url, {"content": "a", "content_attributes": '{"a":"\\u0000"}'})

    assert good.json()["content_attributes"] == {"external_created_at": 1}
    assert [one.status_code for one in (deep, none)] == [422, 422]
    assert deep.json()["attributes"] == ["content_attributes"]


def test_an_administrator_has_the_role_in_the_shape(cast: Cast, api: Any, number: int) -> None:
    body = {"assignee_id": cast.alice.user_id}
    response = api(cast.alice).send(f"/conversations/{number}/assignments", body)

    assert response.json()["role"] == "administrator"
    assert cast.alice.role == Role.ADMINISTRATOR
