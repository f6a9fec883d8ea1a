"""The agents' API in the contract's shapes (3.1 to 3.3), to the key."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from config.database import account_scope
from conversations.models import Contact, Conversation, ConversationLabel, Message
from conversations.shapes import iso, ts
from tests import factories
from tests.factories import Cast

EPOCH = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)


@pytest.fixture
def number(cast: Cast) -> int:
    """vera's conversation, with one message of hers."""
    return int(factories.hear(cast.vera, "Where is my parcel?")["conversation_id"])


def conversation(cast: Cast, number: int) -> Conversation:
    with account_scope(cast.account.pk):
        return Conversation.objects.select_related("contact").get(display_id=number)


def contact_push(cast: Cast) -> dict[str, Any]:
    return {
        "additional_attributes": {},
        "custom_attributes": {},
        "email": None,
        "id": cast.vera.contact_id,
        "identifier": None,
        "name": "Vera",
        "phone_number": None,
        "thumbnail": "",
        "blocked": False,
        "type": "contact",
    }


def agent(cast: Cast) -> dict[str, Any]:
    return {
        "id": cast.bob.user_id,
        "account_id": cast.account.pk,
        "availability_status": "online",
        "auto_offline": True,
        "confirmed": True,
        "email": cast.bob.user.email,
        "provider": "email",
        "available_name": "Bob",
        "name": "Bob",
        "role": "agent",
        "thumbnail": "",
    }


def user_push(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "id": cast.bob.user_id,
        "name": "Bob",
        "available_name": "Bob",
        "avatar_url": "",
        "type": "user",
        "availability_status": "offline",
        "thumbnail": "",
        **fields,
    }


def push_message(cast: Cast, message: Message, **fields: Any) -> dict[str, Any]:
    row = conversation(cast, 1)
    return {
        "id": message.pk,
        "content": message.content,
        "account_id": cast.account.pk,
        "inbox_id": cast.inbox.pk,
        "conversation_id": 1,
        "message_type": 0,
        "created_at": ts(message.created_at),
        "updated_at": iso(message.updated_at),
        "private": False,
        "status": "sent",
        "source_id": None,
        "content_type": "text",
        "content_attributes": {},
        "sender_type": "Contact",
        "sender_id": cast.vera.contact_id,
        "external_source_ids": {},
        "additional_attributes": {},
        "processed_message_content": message.content,
        "sentiment": {},
        "sender": contact_push(cast),
        "conversation": {
            "assignee_id": None,
            "unread_count": 1,
            "last_activity_at": ts(row.last_activity_at),
            "contact_inbox": {"source_id": cast.vera.source_id},
        },
        **fields,
    }


def rest(cast: Cast, number: int, message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    row = conversation(cast, number)
    contact = row.contact
    return {
        "meta": {
            "sender": {
                "additional_attributes": {},
                "availability_status": "offline",
                "email": None,
                "id": cast.vera.contact_id,
                "name": "Vera",
                "phone_number": None,
                "blocked": False,
                "identifier": None,
                "thumbnail": "",
                "custom_attributes": {},
                "last_activity_at": ts(contact.last_activity_at),
                "created_at": ts(contact.created_at),
            },
            "channel": "Channel::WebWidget",
            "hmac_verified": False,
        },
        "id": number,
        "messages": [message],
        "account_id": cast.account.pk,
        "uuid": str(row.uuid),
        "additional_attributes": {},
        "agent_last_seen_at": 0,
        "assignee_last_seen_at": 0,
        "can_reply": True,
        "contact_last_seen_at": 0,
        "custom_attributes": {},
        "inbox_id": cast.inbox.pk,
        "labels": [],
        "muted": False,
        "snoozed_until": None,
        "status": "open",
        "created_at": ts(row.created_at),
        "updated_at": row.updated_at.timestamp(),
        "timestamp": ts(row.last_activity_at),
        "first_reply_created_at": 0,
        "unread_count": 1,
        "last_non_activity_message": message,
        "last_activity_at": ts(row.last_activity_at),
        "priority": None,
        "waiting_since": ts(row.waiting_since),
        "sla_policy_id": None,
        **fields,
    }


def test_a_new_conversation_in_list_and_alone(cast: Cast, api: Any, number: int) -> None:
    with account_scope(cast.account.pk):
        message = Message.objects.get()
    shape = rest(cast, number, push_message(cast, message))

    listed = api(cast.bob).read("/conversations")
    shown = api(cast.bob).read(f"/conversations/{number}")
    meta = api(cast.bob).read("/conversations/meta")

    counts = {"mine_count": 0, "assigned_count": 0, "unassigned_count": 1, "all_count": 1}
    assert listed.status_code == shown.status_code == meta.status_code == 200
    assert listed.json() == {"data": {"meta": counts, "payload": [shape]}}
    assert shown.json() == shape
    assert meta.json() == {"meta": counts}
    assert listed["Content-Type"] == "application/json"


def test_a_conversation_with_everything_set(cast: Cast, api: Any, number: int) -> None:
    team = factories.make_team(cast.account, "Deliveries", cast.bob)
    with account_scope(cast.account.pk):
        Conversation.objects.filter(display_id=number).update(
            assignee=cast.bob,
            team=team,
            status=3,
            snoozed_until=EPOCH,
            priority=3,
            labels=["vip"],
            custom_attributes={"order": "4711"},
            additional_attributes={"referer": "https://shop.test"},
            agent_last_seen_at=EPOCH,
            assignee_last_seen_at=EPOCH,
            contact_last_seen_at=EPOCH,
            first_reply_created_at=EPOCH,
            waiting_since=None,
            unread_count=25,
        )
        Contact.objects.filter(pk=cast.vera.contact_id).update(blocked=True, email="vera@home.test")

    body = api(cast.alice).read(f"/conversations/{number}").json()

    epoch = 1767323045
    assert {
        key: body[key] for key in body if key not in {"meta", "messages", "last_non_activity_message"}
    } == {
        "id": number,
        "account_id": cast.account.pk,
        "uuid": body["uuid"],
        "additional_attributes": {"referer": "https://shop.test"},
        "agent_last_seen_at": epoch,
        "assignee_last_seen_at": epoch,
        "can_reply": True,
        "contact_last_seen_at": epoch,
        "custom_attributes": {"order": "4711"},
        "inbox_id": cast.inbox.pk,
        "labels": ["vip"],
        "muted": True,
        "snoozed_until": "2026-01-02T03:04:05.678Z",
        "status": "snoozed",
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "timestamp": body["last_activity_at"],
        "first_reply_created_at": epoch,
        "unread_count": 10,
        "last_activity_at": body["last_activity_at"],
        "priority": "urgent",
        "waiting_since": 0,
        "sla_policy_id": None,
    }
    assert isinstance(body["updated_at"], float)
    assert body["meta"]["assignee"] == agent(cast)
    assert body["meta"]["assignee_type"] == "User"
    assert body["meta"]["team"] == {
        "id": team.pk,
        "name": "deliveries",
        "description": None,
        "allow_auto_assign": True,
        "account_id": cast.account.pk,
        "is_member": body["meta"]["team"]["is_member"],
    }
    assert (body["meta"]["sender"]["blocked"], body["meta"]["sender"]["email"]) == (True, "vera@home.test")
    assert body["messages"][0]["conversation"]["assignee_id"] == cast.bob.user_id


def test_a_thread_with_its_meta(cast: Cast, api: Any, number: int) -> None:
    said = factories.say(cast.bob, number, "On its way")
    note = factories.say(cast.bob, number, "He is nervous", private=True)
    with account_scope(cast.account.pk):
        heard = Message.objects.get(message_type=0)
        Conversation.objects.filter(display_id=number).update(
            assignee=cast.bob, agent_last_seen_at=EPOCH, labels=["vip"]
        )

    response = api(cast.bob).read(f"/conversations/{number}/messages")

    common = {
        "inbox_id": cast.inbox.pk,
        "conversation_id": number,
        "content_type": "text",
        "status": "sent",
        "content_attributes": {},
        "source_id": None,
    }
    assert response.json() == {
        "meta": {
            "labels": ["vip"],
            "additional_attributes": {},
            "contact": contact_push(cast),
            "assignee": user_push(cast, availability_status="online"),
            "agent_last_seen_at": "2026-01-02T03:04:05.678Z",
            "assignee_last_seen_at": None,
        },
        "payload": [
            {
                **common,
                "id": heard.pk,
                "content": "Where is my parcel?",
                "message_type": 0,
                "created_at": ts(heard.created_at),
                "private": False,
                "sender": contact_push(cast),
            },
            {
                **common,
                "id": said["id"],
                "content": "On its way",
                "message_type": 1,
                "created_at": said["created_at"],
                "private": False,
                "sender": user_push(cast),
            },
            {
                **common,
                "id": note["id"],
                "content": "He is nervous",
                "message_type": 1,
                "created_at": note["created_at"],
                "private": True,
                "sender": user_push(cast),
            },
        ],
    }


def test_nobody_assigned_is_no_key_and_not_null(cast: Cast, api: Any, number: int) -> None:
    meta = api(cast.bob).read(f"/conversations/{number}/messages").json()["meta"]

    assert set(meta) == {
        "labels",
        "additional_attributes",
        "contact",
        "agent_last_seen_at",
        "assignee_last_seen_at",
    }


def test_a_thread_is_read_page_by_page(cast: Cast, api: Any, number: int) -> None:
    first = api(cast.bob).read(f"/conversations/{number}/messages").json()["payload"][0]["id"]
    ids = [first, *(factories.hear(cast.vera, f"Line {n}")["id"] for n in range(129))]

    def page(**query: Any) -> list[int]:
        found = api(cast.bob).read(f"/conversations/{number}/messages", **query).json()["payload"]
        return [one["id"] for one in found]

    assert page() == ids[-20:]
    assert page(before=ids[110]) == ids[90:110]
    assert page(after=ids[0]) == ids[1:101]
    assert page(after=ids[5], before=ids[125]) == ids[5:125]
    assert page(before=ids[0]) == []
    assert page(before="") == ids[-20:]


def test_internal_messages_are_left_out_when_asked(cast: Cast, api: Any, number: int) -> None:
    factories.say(cast.bob, number, "He is nervous", private=True)
    bob = api(cast.bob)
    bob.send(f"/conversations/{number}/assignments", {"assignee_id": cast.bob.user_id})
    path = f"/conversations/{number}/messages"

    kinds = [(one["message_type"], one["private"]) for one in bob.read(path).json()["payload"]]
    public = [one["content"] for one in bob.read(path, filter_internal_messages="true").json()["payload"]]

    assert kinds == [(0, False), (1, True), (2, False)]
    assert public == ["Where is my parcel?"]


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

    good = bob.post(url, {"content": "a", "content_attributes": '{"in_reply_to": 1}'})
    deep = bob.post(url, {"content": "a", "content_attributes": '{"a":' * 300 + "1" + "}" * 300})
    none = bob.post(url, {"content": "a", "content_attributes": '{"a":"\\u0000"}'})

    assert good.json()["content_attributes"] == {"in_reply_to": 1}
    assert [one.status_code for one in (deep, none)] == [422, 422]
    assert deep.json()["attributes"] == ["content_attributes"]


def test_an_administrator_has_the_role_in_the_shape(cast: Cast, api: Any, number: int) -> None:
    body = {"assignee_id": cast.alice.user_id}
    response = api(cast.alice).send(f"/conversations/{number}/assignments", body)

    assert response.json()["role"] == "administrator"
    assert cast.alice.role == Role.ADMINISTRATOR
