"""The agents' API in the contract's shapes (3.1 to 3.3), to the key."""

from __future__ import annotations

import datetime
from typing import Any

from config.database import account_scope
from conversations.models import Contact, Conversation, Message
from conversations.shapes import ts
from tests import factories
from tests.channels_ext.contract import agent, contact_push, push_message, rest, user_push
from tests.factories import Cast

EPOCH = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)


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
