"""What leaves for an API inbox's webhook: what is planned, how it is signed, and how long it is tried."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from channels_ext import delivery, tasks
from channels_ext.models import Delivery
from config import outbound
from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from conversations.actions.assignment import assign_agent
from conversations.actions.status import change_status
from conversations.models import ContactInbox, Conversation, Message
from conversations.queries import webhooks
from conversations.shapes import iso, ts
from tests import factories
from tests.channels_ext.integrator import channel_of, set_channel
from tests.channels_ext.receiver import Receiver, always, is_signed
from tests.factories import Cast


@pytest.fixture
def receiver(cast: Cast) -> Iterator[Receiver]:
    """The webhook of cast.api_inbox."""
    with Receiver().listening() as listening:
        set_channel(cast.api_inbox, webhook_url=listening.url)
        yield listening


@pytest.fixture
def walter(cast: Cast) -> ContactInbox:
    return factories.make_session(cast.api_inbox, "Walter")


def events(cast: Cast) -> list[StoredEvent]:
    with platform_scope("tests look at everything"):
        rows = OutboxEvent.objects.filter(account_id=cast.account.pk).order_by("id")
        return [
            StoredEvent(row.pk, row.pk, row.account_id, row.name, row.version, row.payload, row.created_at)
            for row in rows
        ]


def plan_all(cast: Cast, *, due: bool = True) -> None:
    """As the workers do: every event that reaches the handler, in order. Time stands still in these tests'
    transactions, so that what is due from now on has to be said."""
    for event in events(cast):
        if event.name in delivery._EVENT_NAMES and event.payload["inbox_kind"] == "api":
            with account_scope(event.account_id):
                delivery.plan(event)
    if due:
        make_due(cast)


def deliveries(cast: Cast) -> list[Delivery]:
    with account_scope(cast.account.pk):
        return list(Delivery.objects.order_by("id"))


def send_all(cast: Cast, number: int = 1) -> int:
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get(display_id=number).pk
    return delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=pk)


def make_due(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        Delivery.objects.update(due_at=timezone.now() - datetime.timedelta(hours=1))


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
    contact = {
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


# --- how long it is tried -------------------------------------------------------------------------------


def test_what_is_accepted_is_done(cast: Cast, receiver: Receiver, walter: ContactInbox) -> None:
    factories.hear(walter)
    plan_all(cast)
    send_all(cast)

    assert [(one.state, one.attempts, one.answer_status, one.reason) for one in deliveries(cast)] == [
        ("accepted", 1, 200, "")
    ] * 2
    assert all(one.latency_ms is not None for one in deliveries(cast))
    make_due(cast)
    assert send_all(cast) == 0
    assert len(receiver.arrivals) == 2


def test_a_failed_one_is_tried_again_with_the_same_key_and_the_same_bytes(
    cast: Cast, receiver: Receiver, walter: ContactInbox
) -> None:
    receiver.answer = always(500, b"not now\x00 \xff")
    factories.hear(walter, "Hello")
    plan_all(cast)
    assert send_all(cast) == 0
    (failed, waiting) = deliveries(cast)
    assert (failed.state, failed.attempts, failed.answer_status) == ("queued", 1, 500)
    assert failed.reason == "answered 500: not now \ufffd"
    assert (waiting.state, waiting.attempts) == ("queued", 0)
    assert send_all(cast) == 0  # it is not due
    with account_scope(cast.account.pk):
        Conversation.objects.update(status=1)  # the world moves on, what is told does not

    receiver.answer = always(200)
    make_due(cast)
    send_all(cast)

    first, again, other = receiver.arrivals
    assert first.key == again.key != other.key
    assert first.body == again.body
    assert is_signed(again, channel_of(cast.api_inbox).secret)
    assert [one.state for one in deliveries(cast)] == ["accepted", "accepted"]


def test_it_is_tried_ten_times_over_three_days_and_then_given_up(
    cast: Cast, receiver: Receiver, walter: ContactInbox
) -> None:
    receiver.answer = always(503)
    factories.hear(walter)
    plan_all(cast)
    waits = []
    for _try in range(9):
        assert send_all(cast) == 0
        one = deliveries(cast)[0]
        assert one.state == "queued"
        waits.append((one.due_at - one.updated_at).total_seconds())
        make_due(cast)
    for wait, planned in zip(waits, delivery.WAITS, strict=True):
        assert 0.79 * planned <= wait <= 1.21 * planned
    assert 75 <= sum(delivery.WAITS) / 3600 <= 77

    receiver.answer = lambda arrival: (503 if arrival.key == receiver.arrivals[0].key else 200, {}, b"")
    send_all(cast)

    given_up, next_one = deliveries(cast)
    assert (given_up.state, given_up.attempts, given_up.answer_status) == ("failed", 10, 503)
    assert next_one.state == "accepted"
    assert len({arrival.body for arrival in receiver.arrivals[:10]}) == 1
    make_due(cast)
    assert send_all(cast) == 0


def test_gone_is_never_tried_again(cast: Cast, receiver: Receiver, walter: ContactInbox) -> None:
    receiver.answer = lambda arrival: (410 if len(receiver.arrivals) == 1 else 200, {}, b"gone")
    factories.hear(walter)
    plan_all(cast)

    send_all(cast)

    gone, next_one = deliveries(cast)
    assert (gone.state, gone.attempts, gone.answer_status) == ("failed", 1, 410)
    assert next_one.state == "accepted"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_its_goal_hears_nothing(
    cast: Cast, receiver: Receiver, walter: ContactInbox, status: int
) -> None:
    with Receiver().listening() as elsewhere:
        receiver.answer = always(status, b"", Location=elsewhere.url)
        factories.hear(walter)
        plan_all(cast)
        send_all(cast)

        assert elsewhere.arrivals == []
    assert (deliveries(cast)[0].state, deliveries(cast)[0].answer_status) == ("queued", status)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "[::1]", "2130706433", "localhost", "169.254.169.254"]
)
def test_an_address_inside_is_never_called(
    cast: Cast, receiver: Receiver, walter: ContactInbox, host: str, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS_ALLOWED = False
    set_channel(cast.api_inbox, webhook_url=f"http://{host}:{receiver.port}/hook")
    factories.hear(walter)
    plan_all(cast)

    assert send_all(cast) == 0

    (refused, _waiting) = deliveries(cast)
    assert (refused.state, refused.attempts, refused.answer_status) == ("queued", 1, None)
    assert refused.reason.startswith("InvalidIPAddress: ")
    assert receiver.arrivals == []


def test_our_own_fault_is_tried_later_and_not_every_few_seconds(
    cast: Cast, receiver: Receiver, walter: ContactInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise KeyError("a bug")

    factories.hear(walter)
    plan_all(cast)
    monkeypatch.setattr(delivery, "signed_headers", fail)

    assert send_all(cast) == 0

    (one, _waiting) = deliveries(cast)
    assert (one.state, one.attempts, one.reason) == ("queued", 1, "KeyError: 'a bug'")
    assert one.due_at > timezone.now() + datetime.timedelta(seconds=1)


# --- when a worker dies ---------------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing after it runs, as after SIGKILL."""


def test_after_a_crash_it_is_sent_again_with_the_same_key(
    cast: Cast, receiver: Receiver, walter: ContactInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.hear(walter)
    plan_all(cast)
    real = outbound.post

    def die_after(*args: Any, **kwargs: Any) -> Any:
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(outbound, "post", die_after)
        send_all(cast)
    assert [(one.state, one.attempts) for one in deliveries(cast)] == [("sending", 1), ("queued", 0)]
    # While the lease runs nobody else sends it, nor what comes after it.
    assert send_all(cast) == 0

    make_due(cast)
    assert send_all(cast) == 2

    first, again, _other = receiver.arrivals
    assert (first.key, first.body) == (again.key, again.body)
    assert [(one.state, one.attempts) for one in deliveries(cast)] == [("accepted", 2), ("accepted", 1)]


def test_one_that_kills_every_worker_is_given_up(
    cast: Cast, receiver: Receiver, walter: ContactInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any, **_kwargs: Any) -> Any:
        raise Killed

    factories.hear(walter)
    plan_all(cast)
    with monkeypatch.context() as patch:
        patch.setattr(outbound, "post", die)
        for _try in range(10):
            with pytest.raises(Killed):
                send_all(cast)
            make_due(cast)

    send_all(cast)

    given_up, next_one = deliveries(cast)
    assert (given_up.state, given_up.reason) == ("failed", "no answer is known of the last try")
    assert next_one.state == "accepted"
    assert [arrival.json["event"] for arrival in receiver.arrivals] == ["message_created"]


def test_a_try_that_comes_back_too_late_does_not_overwrite_the_next_one(
    cast: Cast, receiver: Receiver, walter: ContactInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.hear(walter)
    plan_all(cast)
    real = outbound.post

    def slow(*args: Any, **kwargs: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(outbound, "post", real)
            make_due(cast)  # the lease is over
            send_all(cast)
        raise outbound.Unreachable("too late", maybe_received=True)

    monkeypatch.setattr(outbound, "post", slow)
    assert send_all(cast) == 0

    assert [(one.state, one.attempts, one.reason) for one in deliveries(cast)] == [
        ("accepted", 2, ""),
        ("accepted", 1, ""),
    ]


# --- who wakes the workers ------------------------------------------------------------------------------


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The arguments of the tasks that were sent."""
    sent: list[list[int]] = []
    monkeypatch.setattr(delivery.app, "send_task", lambda _name, args, **_kwargs: sent.append(args))
    return sent


def test_the_sweep_wakes_what_is_due_and_nothing_else(
    cast: Cast, receiver: Receiver, walter: ContactInbox, woken: list[list[int]]
) -> None:
    factories.hear(walter)
    plan_all(cast, due=False)
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get().pk
    assert tasks.sweep_deliveries() == 0  # brand new: the first wake is on its way

    make_due(cast)
    assert tasks.sweep_deliveries() == 1
    assert woken == [[cast.account.pk, pk]]

    for state in ("sending", "unknown"):
        with account_scope(cast.account.pk):
            Delivery.objects.update(state=state)
        assert tasks.sweep_deliveries() == 1
    for state in ("accepted", "failed"):
        with account_scope(cast.account.pk):
            Delivery.objects.update(state=state)
        assert tasks.sweep_deliveries() == 0


def test_the_task_sends_what_is_due(cast: Cast, receiver: Receiver, walter: ContactInbox) -> None:
    factories.hear(walter)
    plan_all(cast)
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get().pk

    assert tasks.deliver(cast.account.pk, pk) == 2


def test_a_broker_that_is_away_loses_nothing(
    cast: Cast, receiver: Receiver, walter: ContactInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise ConnectionError("no broker")

    monkeypatch.setattr(delivery.app, "send_task", fail)
    factories.hear(walter)
    plan_all(cast)
    delivery.wake(cast.account.pk, 1)

    assert send_all(cast) == 2


def test_a_long_queue_is_sent_in_portions(
    cast: Cast, receiver: Receiver, walter: ContactInbox, woken: list[list[int]]
) -> None:
    for number in range(delivery.MOST_IN_TASK + 3):
        factories.hear(walter, f"Line {number}")
    plan_all(cast)

    assert send_all(cast) == delivery.MOST_IN_TASK
    assert len(woken) == 1
    assert send_all(cast) == 4
    texts = [arrival.json["content"] for arrival in receiver.arrivals[1:]]
    assert texts == [f"Line {number}" for number in range(delivery.MOST_IN_TASK + 3)]


def test_deliveries_of_another_account_are_out_of_reach(
    cast: Cast, receiver: Receiver, walter: ContactInbox, stored: Callable[[], Any]
) -> None:
    factories.hear(walter)
    plan_all(cast)
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get().pk

    assert delivery.deliver_conversation(account_id=cast.other.pk, conversation_id=pk) == 0
    assert receiver.arrivals == []
    with account_scope(cast.other.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM channels_ext_delivery")
        assert cursor.fetchone() == (0,)
