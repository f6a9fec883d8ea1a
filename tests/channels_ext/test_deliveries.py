"""How long a delivery is tried, what happens when a worker dies, and who wakes the next one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from channels_ext import delivery, tasks
from channels_ext.models import Delivery
from config import outbound, sending
from config.database import account_scope
from conversations.models import ContactInbox, Conversation
from tests import factories
from tests.channels_ext.integrator import channel_of, set_channel
from tests.channels_ext.outgoing import deliveries, make_due, plan_all, send_all
from tests.channels_ext.receiver import Receiver, always, is_signed
from tests.factories import Cast

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
    for wait, planned in zip(waits, sending.WAITS, strict=True):
        assert 0.79 * planned <= wait <= 1.21 * planned
    assert 75 <= sum(sending.WAITS) / 3600 <= 77

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
    monkeypatch.setattr(sending, "signed_headers", fail)

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
