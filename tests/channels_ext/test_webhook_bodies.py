"""What an API inbox's webhook is told: when, in which shape, and signed."""

from __future__ import annotations

import datetime
from typing import Any

from config.database import account_scope
from conversations.actions.assignment import assign_agent
from conversations.actions.status import change_status
from conversations.models import ContactInbox, Conversation, Message
from conversations.queries import webhooks
from conversations.shapes import iso, ts
from tests import factories
from tests.channels_ext.integrator import channel_of
from tests.channels_ext.outgoing import deliveries, plan_all, send_all
from tests.channels_ext.receiver import Receiver, is_signed
from tests.factories import Cast

# --- what is planned ------------------------------------------------------------------------------------


def test_a_message_is_told_in_the_contracts_shape(
    cast: Cast, receiver: Receiver, walter: ContactInbox
) -> None:
    heard = factories.hear(walter, "Hello", source_id="m-1")
    plan_all(cast)

    assert send_all(cast) == 2

    with account_scope(cast.account.pk):
        row = Conversation.objects.select_related("contact").get()
        session = ContactInbox.objects.get(pk=walter.pk)
        message = Message.objects.get()
    contact: dict[str, Any] = {
        "additional_attributes": {},
        "custom_attributes": {},
        "email": None,
        "id": walter.contact_id,
        "identifier": None,
        "name": "Walter",
        "phone_number": None,
        "thumbnail": "",
        "blocked": False,
    }
    shape = {
        "additional_attributes": {},
        "can_reply": True,
        "channel": "Channel::Api",
        "contact_inbox": {
            "id": walter.pk,
            "contact_id": walter.contact_id,
            "inbox_id": cast.api_inbox.pk,
            "source_id": walter.source_id,
            "created_at": iso(session.created_at),
            "updated_at": iso(session.updated_at),
            "hmac_verified": False,
            "pubsub_token": session.pubsub_token,
        },
        "id": 1,
        "inbox_id": cast.api_inbox.pk,
        "labels": [],
        "meta": {
            "sender": {**contact, "type": "contact"},
            "assignee": None,
            "assignee_type": None,
            "team": None,
            "hmac_verified": False,
        },
        "status": "open",
        "custom_attributes": {},
        "snoozed_until": None,
        "unread_count": 1,
        "first_reply_created_at": None,
        "priority": None,
        "waiting_since": ts(row.waiting_since),
        "agent_last_seen_at": 0,
        "contact_last_seen_at": 0,
        "last_activity_at": ts(row.last_activity_at),
        "timestamp": ts(row.last_activity_at),
        "created_at": ts(row.created_at),
        "updated_at": row.updated_at.timestamp(),
    }
    created, told = (arrival.json for arrival in receiver.arrivals)
    last = {key: value for key, value in heard.items() if key != "conversation"}
    for body in (created, told["conversation"]):
        (line,) = body.pop("messages")
        assert {key: line[key] for key in last} == last
    assert created == {**shape, "event": "conversation_created"}
    assert told == {
        "account": {"id": cast.account.pk, "name": "Acme"},
        "additional_attributes": {},
        "content_attributes": {},
        "content_type": "text",
        "content": "Hello",
        "conversation": shape,
        "created_at": iso(message.created_at),
        "id": heard["id"],
        "inbox": {"id": cast.api_inbox.pk, "name": "Shop API"},
        "message_type": "incoming",
        "private": False,
        "sender": {"account": {"id": cast.account.pk, "name": "Acme"}, "avatar": "", **contact},
        "source_id": "m-1",
        "event": "message_created",
    }


def test_an_agents_message_names_its_author(cast: Cast, receiver: Receiver, walter: ContactInbox) -> None:
    factories.hear(walter)
    factories.say(cast.bob, 1, "Hi")
    plan_all(cast)
    send_all(cast)

    body = receiver.arrivals[-1].json
    assert (body["event"], body["message_type"], body["content"]) == ("message_created", "outgoing", "Hi")
    assert body["sender"] == {
        "id": cast.bob.user_id,
        "name": "Bob",
        "email": cast.bob.user.email,
        "type": "user",
    }
    assert body["conversation"]["messages"][0]["content"] == "Hi"


def test_a_change_does_not_move_the_moment_of_writing(cast: Cast, walter: ContactInbox) -> None:
    heard = factories.hear(walter)
    written = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)
    with account_scope(cast.account.pk):
        Message.objects.update(created_at=written)
        row = Conversation.objects.get()
        body = webhooks.message_body(
            account_id=cast.account.pk, account_name="Acme", conversation_id=row.pk, message_id=heard["id"]
        )

    assert body is not None
    assert body["created_at"] == "2026-01-02T03:04:05.678Z"


def test_notes_are_told_as_private_and_activity_not_at_all(
    cast: Cast, receiver: Receiver, walter: ContactInbox
) -> None:
    factories.hear(walter)
    factories.say(cast.bob, 1, "He is nervous", private=True)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        assign_agent(actor=access.actor, access=access, display_id=1, user_id=cast.bob.user_id)
    plan_all(cast)

    told = [(one.event_name, one.message_id is not None) for one in deliveries(cast)]

    assert told == [
        ("conversation_created", False),
        ("message_created", True),
        ("message_created", True),
        ("conversation_updated", False),
    ]
    send_all(cast)
    note, updated = receiver.arrivals[2].json, receiver.arrivals[3].json
    assert (note["private"], note["content"]) == (True, "He is nervous")
    assert updated["changed_attributes"] == [
        {"assignee_id": {"previous_value": None, "current_value": cast.bob.user_id}}
    ]
    # A note is nobody's last public line.
    assert updated["messages"][0]["content"] == "Hello"


def test_a_new_status_is_told_twice_as_clients_expect(
    cast: Cast, receiver: Receiver, walter: ContactInbox
) -> None:
    factories.hear(walter)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        change_status(actor=access.actor, access=access, display_id=1, status="resolved")
    plan_all(cast)
    send_all(cast)

    bodies = [arrival.json for arrival in receiver.arrivals[2:]]
    assert [(body["event"], body["status"]) for body in bodies] == [
        ("conversation_status_changed", "resolved"),
        ("conversation_updated", "resolved"),
    ]
    assert bodies[1]["changed_attributes"] == [
        {"status": {"previous_value": "open", "current_value": "resolved"}}
    ]


def test_planning_twice_plans_once(cast: Cast, receiver: Receiver, walter: ContactInbox) -> None:
    factories.hear(walter)

    plan_all(cast)
    first = [one.key for one in deliveries(cast)]
    plan_all(cast)

    assert [one.key for one in deliveries(cast)] == first
    assert len(set(first)) == 2


def test_without_an_address_nothing_is_planned(cast: Cast, walter: ContactInbox) -> None:
    factories.hear(walter)
    plan_all(cast)

    assert deliveries(cast) == []


def test_what_is_gone_by_then_is_not_told(cast: Cast, receiver: Receiver, walter: ContactInbox) -> None:
    factories.hear(walter)
    with account_scope(cast.account.pk):
        Conversation.objects.all().delete()

    plan_all(cast)

    assert deliveries(cast) == []


# --- how it is signed -----------------------------------------------------------------------------------


def test_every_delivery_is_signed_over_the_bytes_that_arrive(
    cast: Cast, receiver: Receiver, walter: ContactInbox
) -> None:
    factories.hear(walter, "Grüße 👋 \u202e")
    plan_all(cast)
    send_all(cast)

    secret = channel_of(cast.api_inbox).secret
    first, second = receiver.arrivals
    for arrival in (first, second):
        assert is_signed(arrival, secret)
        assert not is_signed(arrival, secret.swapcase())
        assert arrival.headers["content-type"] == "application/json"
        assert secret not in str(arrival.headers) and secret.encode() not in arrival.body
    assert first.key != second.key
    # A signature is for this body, this key and this moment alone.
    for name in ("webhook-signature", "x-chatwoot-signature", "webhook-id", "webhook-timestamp"):
        mixed = type(first)(
            first.path, {**first.headers, name: second.headers[name] + "0"}, first.body, first.at
        )
        assert not is_signed(mixed, secret)
    assert not is_signed(type(first)(first.path, first.headers, first.body + b" ", first.at), secret)
