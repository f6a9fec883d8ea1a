"""Several workers, real transactions, a real receiver: one delivery in flight per conversation."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from channels_ext import delivery
from channels_ext.models import Delivery
from config.celery import app
from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import HandlerRun, OutboxEvent
from config.relay import Relay
from config.tasks import run_handlers
from conversations.models import Conversation
from tests import factories
from tests.channels_ext.integrator import channel_of, set_channel
from tests.channels_ext.receiver import Arrival, Receiver, is_signed
from tests.factories import Cast


@pytest.fixture
def receiver(committed_cast: Cast) -> Iterator[Receiver]:
    with Receiver().listening() as listening:
        set_channel(committed_cast.api_inbox, webhook_url=listening.url)
        yield listening


@pytest.fixture(autouse=True)
def nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers of these tests are its threads."""
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)


def talk(cast: Cast, lines: int) -> int:
    """A conversation of so many lines, its deliveries planned. Returns its internal id."""
    session = factories.make_session(cast.api_inbox, "Walter")
    for number in range(lines):
        heard = factories.hear(session, f"Line {number}")
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get(display_id=heard["conversation_id"]).pk
    with platform_scope("tests look at everything"):
        rows = list(OutboxEvent.objects.filter(payload__conversation_id=pk).order_by("id"))
    for row in rows:
        event = StoredEvent(row.pk, row.pk, row.account_id, row.name, 1, row.payload, row.created_at)
        with account_scope(cast.account.pk):
            delivery.plan(event)
    return pk


class Workers:
    """`start(2, ids)`: so many threads that each go through the conversations until nothing is left to send."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.errors: list[BaseException] = []

    def run(self, number: int, conversations: list[int], *, rounds: int = 200) -> None:
        threads = [threading.Thread(target=self._work, args=(conversations, rounds)) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert self.errors == []

    def _work(self, conversations: list[int], rounds: int) -> None:
        try:
            for _round in range(rounds):
                for pk in conversations:
                    delivery.deliver_conversation(account_id=self.cast.account.pk, conversation_id=pk)
                if not self._waiting(conversations):
                    return
                time.sleep(0.01)
        except BaseException as error:
            self.errors.append(error)
        finally:
            connections.close_all()

    def _waiting(self, conversations: list[int]) -> bool:
        with account_scope(self.cast.account.pk):
            waiting = Delivery.objects.filter(conversation_id__in=conversations)
            return waiting.filter(state__in=["queued", "sending"], attempts=0).exists()


def lines(arrivals: list[Arrival], pk: int, cast: Cast) -> list[str]:
    with account_scope(cast.account.pk):
        display_id = Conversation.objects.get(pk=pk).display_id
    bodies = [arrival.json for arrival in arrivals]
    return [
        body["content"]
        for body in bodies
        if body["event"] == "message_created" and body["conversation"]["id"] == display_id
    ]


def test_two_workers_keep_the_order_of_every_conversation(committed_cast: Cast, receiver: Receiver) -> None:
    cast = committed_cast
    talks = [talk(cast, 12), talk(cast, 12)]
    in_flight: dict[int, int] = {}
    most: dict[int, int] = {}
    lock = threading.Lock()

    def answer(arrival: Arrival) -> tuple[int, dict[str, str], bytes]:
        body = arrival.json
        number = body["conversation"]["id"] if "conversation" in body else body["id"]
        with lock:
            in_flight[number] = in_flight.get(number, 0) + 1
            most[number] = max(most.get(number, 0), in_flight[number])
        time.sleep(0.005)
        with lock:
            in_flight[number] -= 1
        return 200, {}, b""

    receiver.answer = answer
    Workers(cast).run(4, talks)

    for pk in talks:
        assert lines(receiver.arrivals, pk, cast) == [f"Line {number}" for number in range(12)]
    assert set(most.values()) == {1}
    keys = [arrival.key for arrival in receiver.arrivals]
    assert len(keys) == len(set(keys)) == 26


def test_a_failing_one_holds_back_its_own_conversation_alone(
    committed_cast: Cast, receiver: Receiver
) -> None:
    cast = committed_cast
    bad, good = talk(cast, 3), talk(cast, 3)
    with account_scope(cast.account.pk):
        number = Conversation.objects.get(pk=bad).display_id

    def answer(arrival: Arrival) -> tuple[int, dict[str, str], bytes]:
        body = arrival.json
        about = body["conversation"]["id"] if "conversation" in body else body["id"]
        return (500 if about == number else 200), {}, b""

    receiver.answer = answer
    for pk in (bad, good):
        delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=pk)

    assert lines(receiver.arrivals, good, cast) == ["Line 0", "Line 1", "Line 2"]
    assert lines(receiver.arrivals, bad, cast) == []
    with account_scope(cast.account.pk):
        held = list(Delivery.objects.filter(conversation_id=bad).order_by("id"))
    assert [(one.state, one.attempts) for one in held] == [("queued", 1)] + [("queued", 0)] * 3


def test_a_worker_that_dies_is_followed_by_another_with_the_same_key(
    committed_cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker is still in the middle of its call when its lease ends."""
    cast = committed_cast
    pk = talk(cast, 1)
    monkeypatch.setattr(delivery, "LEASE_SECONDS", 0.3)
    release = threading.Event()

    def answer(arrival: Arrival) -> tuple[int, dict[str, str], bytes]:
        if len(receiver.arrivals) == 1:
            release.wait(10)  # as good as dead
        return 200, {}, b""

    receiver.answer = answer
    stuck = threading.Thread(target=Workers(cast)._work, args=([pk], 1))
    stuck.start()
    deadline = time.monotonic() + 10
    while not receiver.arrivals and time.monotonic() < deadline:
        time.sleep(0.01)
    assert delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=pk) == 0
    time.sleep(0.4)

    assert delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=pk) == 2
    release.set()
    stuck.join(10)

    first, again, _message = receiver.arrivals
    assert (first.key, first.body) == (again.key, again.body)
    with account_scope(cast.account.pk):
        done = list(Delivery.objects.order_by("id"))
    assert [(one.state, one.attempts) for one in done] == [("accepted", 2), ("accepted", 1)]


def test_from_an_agents_answer_to_the_customers_webhook(
    committed_cast: Cast, receiver: Receiver, api: Any
) -> None:
    """The whole way: API, outbox, relay, handler, delivery."""
    cast = committed_cast
    heard = factories.hear(factories.make_session(cast.api_inbox, "Walter"), "Where is my parcel?")
    number = heard["conversation_id"]
    answer = api(cast.bob).send(f"/conversations/{number}/messages", {"content": "On its way"}).json()
    relay = Relay(celery=app, hand_out=lambda runs: run_handlers([list(run) for run in runs]))

    with relay._connect() as conn:
        conn.execute("INSERT INTO config_relaystate (id, last_seq) VALUES (1, 0) ON CONFLICT DO NOTHING")
        while relay.relay_batch(conn):
            pass
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get(display_id=number).pk
    delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=pk)

    told = [(one.json["event"], one.json.get("content")) for one in receiver.arrivals]
    assert told == [
        ("conversation_created", None),
        ("message_created", "Where is my parcel?"),
        ("message_created", "On its way"),
    ]
    assert receiver.arrivals[-1].json["id"] == answer["id"]
    assert all(is_signed(arrival, channel_of(cast.api_inbox).secret) for arrival in receiver.arrivals)
    with platform_scope("tests look at everything"):
        assert HandlerRun.objects.count() == 0
