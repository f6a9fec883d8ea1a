"""The outbox and the relay, in real transactions: what is committed is handed on, once per handler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, transaction

from config import relay as relay_module
from config import subscriptions, tasks
from config.celery import app
from config.database import account_scope, platform_scope
from config.events import StoredEvent, publish
from config.models import HandlerRun, OutboxEvent
from config.relay import BEYOND, Relay
from config.subscriptions import Queued
from conversations.events import ContactCreated
from tests import factories
from tests.factories import Cast

seen: list[StoredEvent] = []
refusing: set[int] = set()


def note(event: StoredEvent) -> None:
    seen.append(event)
    if event.id in refusing:
        raise RuntimeError("not today")


def explode(_events: list[StoredEvent]) -> None:
    raise RuntimeError("inline handler is broken")


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    seen.clear()
    refusing.clear()
    yield


@pytest.fixture
def handed_out() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def connection_of_relay(committed_cast: Cast, handed_out: Any, monkeypatch: Any) -> Iterator[Any]:
    """(relay, connection), with this module's `note` as the only queued handler, kept in order by contact."""
    queued = Queued(f"{__name__}.note", in_order_of="contact_id")
    monkeypatch.setattr(subscriptions, "QUEUED", {"contact.created": (queued,)})
    monkeypatch.setattr(subscriptions, "INLINE", {})
    relay = Relay(celery=app, hand_out=handed_out.extend)
    with platform_scope("a clean outbox"):
        OutboxEvent.objects.all().delete()
    with relay._connect() as conn:
        conn.execute("INSERT INTO config_relaystate (id, last_seq) VALUES (1, 0) ON CONFLICT DO NOTHING")
        yield relay, conn


def tell(cast: Cast, contact_id: int = 1) -> None:
    with account_scope(cast.account.pk):
        publish(ContactCreated(account_id=cast.account.pk, contact_id=contact_id))


def stored() -> list[tuple[int | None, int]]:
    with platform_scope("tests look at everything"):
        return list(OutboxEvent.objects.order_by("id").values_list("seq", "payload__contact_id"))


def runs() -> list[dict[str, Any]]:
    with platform_scope("tests look at everything"):
        return [
            dict(run)
            for run in HandlerRun.objects.order_by("id").values("id", "state", "attempts", "order_key")
        ]


def test_an_event_is_gone_with_the_change_that_was_rolled_back(committed_cast: Cast) -> None:
    with platform_scope("count"):
        before = OutboxEvent.objects.count()
    with pytest.raises(ZeroDivisionError), account_scope(committed_cast.account.pk):
        publish(ContactCreated(account_id=committed_cast.account.pk, contact_id=1))
        raise ZeroDivisionError
    with platform_scope("count"):
        assert OutboxEvent.objects.count() == before


def test_publishing_outside_a_transaction_is_refused(committed_cast: Cast) -> None:
    with pytest.raises(AssertionError):
        publish(ContactCreated(account_id=committed_cast.account.pk, contact_id=1))


def test_seq_rises_in_the_order_of_ids_and_over_batches(
    connection_of_relay: Any, committed_cast: Cast
) -> None:
    relay, conn = connection_of_relay
    for contact_id in (1, 2, 3):
        tell(committed_cast, contact_id)
    assert relay.relay_batch(conn) == 3
    tell(committed_cast, 4)
    assert relay.relay_batch(conn) == 1
    assert relay.relay_batch(conn) == 0
    numbers = [seq for seq, _contact in stored()]
    first = numbers[0]
    assert first is not None
    assert numbers == [first, first + 1, first + 2, first + 3]


def test_a_rolled_back_batch_gives_its_numbers_back(connection_of_relay: Any, committed_cast: Cast) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast)
    before = conn.execute("SELECT last_seq FROM config_relaystate").fetchone()[0]
    with pytest.raises(ZeroDivisionError), conn.transaction():
        conn.execute("EXECUTE relay_stamp")
        raise ZeroDivisionError
    relay.relay_batch(conn)
    assert [seq for seq, _contact in stored()] == [before + 1]


def test_a_relay_that_takes_over_gives_out_no_number_that_a_crash_may_have_taken_back(
    connection_of_relay: Any, committed_cast: Cast
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 1)
    relay.relay_batch(conn)
    (before, _contact), *_none = stored()
    assert conn.execute("SHOW synchronous_commit").fetchone() == ("on",)

    relay._take_over(conn)

    tell(committed_cast, 2)
    relay.relay_batch(conn)
    assert before is not None
    assert [seq for seq, _contact in stored()] == [before, before + BEYOND + 1]
    assert conn.execute("SHOW synchronous_commit").fetchone() == ("off",)


def test_a_batch_that_cannot_be_planned_is_not_stamped(
    connection_of_relay: Any, committed_cast: Cast, monkeypatch: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast)
    with monkeypatch.context() as patch:
        patch.setattr(relay, "_plan", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            relay.relay_batch(conn)
    assert [seq for seq, _contact in stored()] == [None]
    assert relay.relay_batch(conn) == 1


def test_only_one_relay_is_active_and_the_standby_takes_over(connection_of_relay: Any) -> None:
    relay, conn = connection_of_relay
    assert relay._locked(conn) is True
    with relay._connect() as other:
        assert relay._locked(other) is False
        conn.close()
        assert _eventually(lambda: relay._locked(other))


def _eventually(ask: Any) -> bool:
    for _attempt in range(50):
        if ask():
            return True
    return False


def test_a_queued_handler_runs_once_and_leaves_no_run(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 7)
    relay.relay_batch(conn)
    assert [account for _run, account in handed_out] == [committed_cast.account.pk]
    tasks.run_handlers([list(run) for run in handed_out])
    tasks.run_handlers([list(run) for run in handed_out])  # the broker delivered it twice
    assert [event.payload["contact_id"] for event in seen] == [7]
    assert seen[0].seq == stored()[0][0]
    assert runs() == []


def test_a_failing_run_waits_alone_and_is_handed_out_again(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 1)
    tell(committed_cast, 2)
    relay.relay_batch(conn)
    with platform_scope("the first one fails"):
        refusing.add(OutboxEvent.objects.order_by("id").values_list("id", flat=True)[0])
    tasks.run_handlers([list(run) for run in handed_out])
    assert [(run["state"], run["attempts"]) for run in runs()] == [("backoff", 1)]
    assert [event.payload["contact_id"] for event in seen] == [1, 2]

    refusing.clear()
    handed_out.clear()
    conn.execute("UPDATE config_handlerrun SET due_at = now()")
    assert relay.sweep(conn) == 1
    tasks.run_handlers([list(run) for run in handed_out])
    assert [event.payload["contact_id"] for event in seen] == [1, 2, 1]
    assert runs() == []


def test_a_run_that_keeps_failing_ends_among_the_dead_and_can_be_woken(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 1)
    relay.relay_batch(conn)
    (run_id, account_id) = handed_out[0]
    with platform_scope("it fails"):
        refusing.add(OutboxEvent.objects.values_list("id", flat=True)[0])
    for _attempt in range(tasks.MOST_ATTEMPTS):
        conn.execute("UPDATE config_handlerrun SET state = 'queued', due_at = now() WHERE state = 'backoff'")
        tasks.run_handler(run_id=run_id, account_id=account_id)
    assert [(run["state"], run["attempts"]) for run in runs()] == [("dead", tasks.MOST_ATTEMPTS)]
    assert relay.sweep(conn) == 0

    refusing.clear()
    assert tasks.requeue(run_id=run_id, account_id=account_id) == 1
    tasks.run_handler(run_id=run_id, account_id=account_id)
    assert runs() == []


def test_runs_of_one_queue_keep_their_order_whoever_takes_them(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    for _number in range(3):
        tell(committed_cast, 5)
    relay.relay_batch(conn)
    tasks.run_handlers([list(handed_out[2])])  # a worker that comes too early finds it is not its turn
    assert seen == []
    tasks.run_handlers([list(handed_out[0])])  # the first one pulls its successors along
    assert [event.id for event in seen] == sorted(event.id for event in seen)
    assert len(seen) == 3
    assert runs() == []


def test_a_failed_first_run_holds_its_queue_back(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 5)
    tell(committed_cast, 5)
    tell(committed_cast, 6)
    relay.relay_batch(conn)
    with platform_scope("the first one fails"):
        refusing.add(OutboxEvent.objects.order_by("id").values_list("id", flat=True)[0])
    tasks.run_handlers([list(run) for run in handed_out])
    assert [event.payload["contact_id"] for event in seen] == [5, 6]
    assert [run["state"] for run in runs()] == ["backoff", "queued"]


def test_what_redis_lost_is_handed_out_again_by_the_sweep(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 1)
    relay.relay_batch(conn)
    handed_out.clear()  # flushed
    assert relay.sweep(conn) == 0  # not yet due
    conn.execute("UPDATE config_handlerrun SET due_at = now()")
    assert relay.sweep(conn) == 1
    assert len(handed_out) == 1


def test_a_broken_inline_handler_does_not_hold_back_the_queued_ones(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any, monkeypatch: Any
) -> None:
    relay, conn = connection_of_relay
    monkeypatch.setattr(subscriptions, "INLINE", {"*": (f"{__name__}.explode",)})
    tell(committed_cast, 1)
    assert relay.relay_batch(conn) == 1
    assert len(handed_out) == 1


def test_a_handler_that_failed_after_a_write_has_written_nothing(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any, monkeypatch: Any
) -> None:
    relay, conn = connection_of_relay
    cast = committed_cast

    def write_and_fail(_event: StoredEvent) -> None:
        factories.hear(cast.vera, "written by a handler")
        raise RuntimeError("after the write")

    monkeypatch.setattr(tasks, "import_string", lambda _path: write_and_fail)
    tell(cast, 1)
    relay.relay_batch(conn)
    tasks.run_handlers([list(run) for run in handed_out])
    with platform_scope("count"):
        assert OutboxEvent.objects.filter(name="message.created").count() == 0
    assert [run["state"] for run in runs()] == ["backoff"]


def test_old_events_are_pruned_but_not_those_that_somebody_waits_for(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 1)
    tell(committed_cast, 2)
    relay.relay_batch(conn)
    tasks.run_handlers([list(handed_out[0])])
    conn.execute("UPDATE config_outboxevent SET created_at = now() - interval '100 days'")
    assert tasks.prune_outbox() == 1
    assert [contact for _seq, contact in stored()] == [2]


def test_the_relay_may_not_act_without_the_platform_role(committed_cast: Cast) -> None:
    with transaction.atomic(), pytest.raises(Exception, match="row-level security|permission denied"):
        publish(ContactCreated(account_id=committed_cast.account.pk, contact_id=1))


def test_the_relays_connection_is_no_superuser(connection_of_relay: Any) -> None:
    _relay, conn = connection_of_relay
    row = conn.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, False)
    assert isinstance(conn, psycopg.Connection)


# --- who is given up --------------------------------------------------------------------------------
class Killed(BaseException):
    """What a worker that dies in the middle looks like from here: nothing is committed, nothing recorded."""


def sweep_often(relay: Relay, conn: Any, times: int) -> None:
    for _time in range(times):
        conn.execute("UPDATE config_handlerrun SET due_at = now()")
        relay.sweep(conn)


def test_a_run_that_no_worker_ever_started_is_never_given_up(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    tell(committed_cast, 1)
    relay.relay_batch(conn)
    sweep_often(relay, conn, 200)  # the broker or all workers were away for half an hour
    assert [run["state"] for run in runs()] == ["queued"]
    tasks.run_handlers([list(handed_out[-1])])
    assert [event.payload["contact_id"] for event in seen] == [1]
    assert runs() == []


def test_runs_that_wait_for_an_earlier_one_are_not_handed_out_and_never_given_up(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any
) -> None:
    relay, conn = connection_of_relay
    for _number in range(3):
        tell(committed_cast, 5)
    relay.relay_batch(conn)
    (first, account_id), *later = handed_out
    handed_out.clear()
    sweep_often(relay, conn, 200)
    assert set(handed_out) == {(first, account_id)}
    assert [run["state"] for run in runs()] == ["queued"] * 3
    tasks.run_handlers([[first, account_id]])
    assert len(seen) == 3
    assert runs() == []
    assert len(later) == 2


def test_a_run_that_kills_every_worker_is_given_up_and_lets_its_queue_go_on(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any, monkeypatch: Any
) -> None:
    relay, conn = connection_of_relay

    def kill(_event: StoredEvent) -> None:
        raise Killed

    tell(committed_cast, 5)
    tell(committed_cast, 5)
    relay.relay_batch(conn)
    deaths = 0
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "import_string", lambda _path: kill)
        while runs()[0]["state"] != "dead":
            assert deaths < 50
            sweep_often(relay, conn, 1)
            if runs()[0]["state"] != "dead":
                with pytest.raises(Killed):
                    tasks.run_handlers([list(handed_out[-1])])
                deaths += 1
    assert relay_module.MOST_STARTS <= deaths < relay_module.MOST_STARTS + relay_module.SUSPECT
    sweep_often(relay, conn, 1)
    tasks.run_handlers([list(handed_out[-1])])
    assert len(seen) == 1
    assert [run["state"] for run in runs()] == ["dead"]


def test_the_broker_is_tried_again_as_long_as_the_lease_lasts(monkeypatch: Any) -> None:
    answers = [OSError("away"), OSError("away"), None]
    sent: list[Any] = []

    class Broker:
        def send_task(self, _name: str, arguments: Any, **_options: Any) -> None:
            answer = answers.pop(0)
            if answer is not None:
                raise answer
            sent.append(arguments)

    monkeypatch.setattr(relay_module, "ENQUEUE_PAUSE", 0.01)
    enqueuer = relay_module._Enqueuer(Broker())  # type: ignore[arg-type]
    enqueuer.start()
    enqueuer.put([(1, 2)])
    for _attempt in range(200):
        if sent:
            break
        time.sleep(0.01)
    assert sent == [[[(1, 2)]]]
    assert answers == []


def test_a_lost_connection_is_no_failure_of_the_handler(
    connection_of_relay: Any, committed_cast: Cast, handed_out: Any, monkeypatch: Any
) -> None:
    relay, conn = connection_of_relay
    losses = [psycopg.errors.CrashShutdown("terminating connection because of crash"), None]

    def lose_once(_event: StoredEvent) -> None:
        loss = losses.pop(0)
        if loss is not None:
            raise OperationalError(str(loss)) from loss

    monkeypatch.setattr(tasks, "import_string", lambda _path: lose_once)
    tell(committed_cast, 1)
    relay.relay_batch(conn)
    tasks.run_handlers([list(run) for run in handed_out])
    assert losses == []
    assert runs() == []
