"""The relay: from the outbox to the bus and the workers. One is active, the others stand by.

The active relay holds an advisory lock and stamps events on that same connection: a relay that lost its
connection has lost the lock and cannot stamp any more. Everything it hands on is a row first, so whatever
Redis forgets or a worker drops is handed out again by the sweep.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import psycopg
import redis
from celery import Celery
from django.conf import settings
from django.db import OperationalError, close_old_connections, connections
from django.utils.module_loading import import_string

from config import alive, subscriptions
from config.database import platform_role
from config.errors import report
from config.events import WAKE_CHANNEL, StoredEvent

logger = logging.getLogger(__name__)

BATCH = 200
LOCK_KEY = 0x7061726C  # "parl"
# More than a server stamps in the second before a crash whose commits may be missing after it.
BEYOND = 10_000
POLL = 1.0  # seconds between looks without a wake-up
LEASE = 8.0  # seconds after which a handed-out run counts as lost
# A run handed out SUSPECT times without an end may be one that kills its workers, or one that Redis or a long
# queue kept from them: from then on only the starts that workers write down count. MOST_STARTS of them end it.
SUSPECT = 5
MOST_STARTS = 20
MOST_IN_TASK = 20
ENQUEUE_PAUSE = 0.5  # before another try when the broker did not take it

_STAMP = f"""
WITH fresh AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM config_outboxevent
    WHERE seq IS NULL ORDER BY id LIMIT {BATCH}
), state AS (
    UPDATE config_relaystate SET last_seq = last_seq + (SELECT count(*) FROM fresh), beat_at = now()
    RETURNING last_seq - (SELECT count(*) FROM fresh) AS base
)
UPDATE config_outboxevent AS event SET seq = state.base + fresh.place FROM fresh, state
WHERE event.id = fresh.id
RETURNING event.id, event.seq, event.account_id, event.name, event.version, event.payload, event.created_at
"""
_TAKE_OVER = """
INSERT INTO config_relaystate (id, last_seq) VALUES (1, 0)
ON CONFLICT (id) DO UPDATE SET last_seq = config_relaystate.last_seq + %s
"""
_PREPARE = f"PREPARE relay_stamp AS {_STAMP}".encode()
_BEGIN_AND_STAMP = "BEGIN; EXECUTE relay_stamp"

_PLAN = """
INSERT INTO config_handlerrun (event_id, account_id, handler, order_key, state, attempts, enqueues,
due_at, last_error) SELECT event_id, account_id, handler, order_key, 'queued', 0, 1, now() +
make_interval(secs => %s), '' FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS
planned(event_id, account_id, handler, order_key) RETURNING id, account_id
"""

# Runs that wait for an earlier one of their queue are left alone: nobody could take them.
_SWEEP = """
UPDATE config_handlerrun SET due_at = now() + make_interval(secs => %(lease)s),
    enqueues = CASE WHEN enqueues < %(suspect)s THEN enqueues + 1 ELSE enqueues END,
    state = CASE WHEN enqueues >= %(suspect)s + %(starts)s THEN 'dead' ELSE 'queued' END
WHERE id = ANY(ARRAY(
    SELECT id FROM config_handlerrun AS due WHERE due_at <= now() AND state <> 'dead'
      AND (order_key IS NULL OR NOT EXISTS (
          SELECT 1 FROM config_handlerrun AS earlier
          WHERE earlier.handler = due.handler AND earlier.order_key = due.order_key
            AND earlier.id < due.id AND earlier.state <> 'dead'))
    ORDER BY id LIMIT 500 FOR UPDATE OF due SKIP LOCKED
))
RETURNING id, account_id, state
"""

Run = tuple[int, int]  # (run id, account id)


class Relay:
    """Runs until `stop()`. `hand_out` sends runs to the workers and is replaced in tests."""

    def __init__(self, *, celery: Celery, hand_out: Callable[[list[Run]], None] | None = None) -> None:
        self.celery = celery
        self.hand_out = hand_out or self._enqueue
        self.stopping = threading.Event()
        self.active = False
        self._enqueuer = _Enqueuer(celery)

    def stop(self) -> None:
        self.stopping.set()

    def run(self) -> None:
        self._enqueuer.start()
        while not self.stopping.is_set():
            try:
                with self._connect() as conn:
                    self._serve(conn)
            except (psycopg.Error, OperationalError) as error:
                logger.warning("relay lost the database", extra={"error": str(error).strip()})
                self.stopping.wait(0.5)
            finally:
                self.active = False
            alive.sign("relay")  # waiting for a database is work, too

    def _connect(self) -> psycopg.Connection[Any]:
        params = connections["default"].get_connection_params()
        keep = {key: params[key] for key in ("dbname", "user", "password", "host", "port") if params.get(key)}
        # Left free, PostgreSQL plans the stamping statement anew for every batch.
        options = f"-c role={platform_role()} -c plan_cache_mode=force_generic_plan"
        conn: psycopg.Connection[Any] = psycopg.connect(
            **keep,
            options=options,
            autocommit=True,
            connect_timeout=5,
            keepalives_idle=5,
            prepare_threshold=0,
        )
        conn.execute(_PREPARE)
        return conn

    def _serve(self, conn: psycopg.Connection[Any]) -> None:
        while not self._locked(conn):
            alive.sign("relay")
            if self.stopping.wait(POLL):
                return
        self._take_over(conn)
        self.active = True
        logger.info("relay is active")
        waiter, swept = _Waiter(), 0.0
        while not self.stopping.is_set():
            if time.monotonic() - swept >= POLL:
                self.sweep(conn)
                close_old_connections()  # of the handlers; with every batch it would cost sockets a round trip
                alive.sign("relay")
                swept = time.monotonic()
            if self.relay_batch(conn) < BATCH:
                waiter.wait(POLL)

    def _locked(self, conn: psycopg.Connection[Any]) -> bool:
        row = conn.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone()
        return bool(row and row[0])

    def _take_over(self, conn: psycopg.Connection[Any]) -> None:
        """From here on commits of this connection do not wait for the disk, and sockets do not wait for them: what
        a crash of PostgreSQL takes back is stamped again, since the events themselves are on disk. It may then come
        in another order, so no number may mean two events: the new ones begin beyond all that may be lost."""
        conn.execute(_TAKE_OVER, [BEYOND])
        conn.execute("SET synchronous_commit TO off")

    def relay_batch(self, conn: psycopg.Connection[Any]) -> int:
        """Stamp up to BATCH events, plan their queued handlers, then hand both on. Returns how many."""
        try:
            rows = self._stamped(conn)
            events = sorted((StoredEvent(*row) for row in rows), key=lambda event: event.seq)
            runs = self._plan(conn, events) if events else []
            conn.execute("COMMIT")
        except BaseException:
            conn.pgconn.exec_(b"ROLLBACK")  # psycopg's own would also forget what is prepared
            raise
        if events:
            self._run_inline(events)
            self.hand_out(runs)
        return len(events)

    def _stamped(self, conn: psycopg.Connection[Any]) -> list[Any]:
        """The fresh rows, in a transaction that begins in the same message: sockets wait for each round trip."""
        try:
            cursor = conn.execute(_BEGIN_AND_STAMP, prepare=False)
        except psycopg.errors.InvalidSqlStatementName:  # somebody rolled back by psycopg's means
            conn.pgconn.exec_(b"ROLLBACK")
            conn.execute(_PREPARE)
            cursor = conn.execute(_BEGIN_AND_STAMP, prepare=False)
        cursor.nextset()
        return cursor.fetchall()

    def _plan(self, conn: psycopg.Connection[Any], events: list[StoredEvent]) -> list[Run]:
        pairs = [
            (event, queued)
            for event in events
            for queued in subscriptions.QUEUED.get(event.name, ())
            if queued.when(event.payload)
        ]
        concerned = _concerned(conn, pairs)
        planned = [
            (event.id, event.account_id, queued.handler, _order_key(queued, event))
            for event, queued in pairs
            if queued.among is None or (queued.among, _key(event, queued.among)) in concerned
        ]
        if not planned:
            return []
        columns = [list(column) for column in zip(*planned, strict=True)]
        return [(row[0], row[1]) for row in conn.execute(_PLAN, [LEASE, *columns]).fetchall()]

    def _run_inline(self, events: list[StoredEvent]) -> None:
        batches: dict[str, list[StoredEvent]] = defaultdict(list)
        for event in events:
            for path in (*subscriptions.INLINE.get("*", ()), *subscriptions.INLINE.get(event.name, ())):
                batches[path].append(event)
        for path, batch in batches.items():
            try:
                import_string(path)(batch)
            except Exception as error:  # one bad handler must not hold the others back
                logger.exception("inline handler failed", extra={"handler": path, "first_seq": batch[0].seq})
                report(error, handler=path, account_id=batch[0].account_id, event=batch[0].name)
                close_old_connections()

    def sweep(self, conn: psycopg.Connection[Any]) -> int:
        """Hand out again what was due: lost by Redis, by a dead worker, or waiting after an error."""
        conn.execute("UPDATE config_relaystate SET beat_at = now()")
        rows = conn.execute(_SWEEP, {"lease": LEASE, "suspect": SUSPECT, "starts": MOST_STARTS}).fetchall()
        dead = [row[0] for row in rows if row[2] == "dead"]
        if dead:
            logger.error("runs given up after too many dead workers", extra={"runs": dead})
        self.hand_out([(row[0], row[1]) for row in rows if row[2] != "dead"])
        return len(rows)

    def _enqueue(self, runs: list[Run]) -> None:
        for start in range(0, len(runs), MOST_IN_TASK):
            self._enqueuer.put(runs[start : start + MOST_IN_TASK])


def _concerned(
    conn: psycopg.Connection[Any], pairs: list[tuple[StoredEvent, subscriptions.Queued]]
) -> set[tuple[subscriptions.Among, Any]]:
    """All that is asked of the batch, in one statement. Asked after the events were stored: what was set up before
    them is seen."""
    keys: dict[subscriptions.Among, set[Any]] = defaultdict(set)
    for event, queued in pairs:
        if queued.among:
            keys[queued.among].add(_key(event, queued.among))
    if not keys:
        return set()
    asked = sorted(keys, key=lambda among: among.sql)
    wanted = {f"keys_{place}": sorted(keys[among]) for place, among in enumerate(asked)}
    wanted["accounts"] = sorted({event.account_id for event, _queued in pairs})
    rows = conn.execute(_question(tuple(asked)), wanted).fetchall()
    return {(asked[place], key) for place, key in rows}


@cache
def _question(asked: tuple[subscriptions.Among, ...]) -> str:
    parts = [among.sql.replace("%(keys)s", f"%(keys_{place})s") for place, among in enumerate(asked)]
    return " UNION ALL ".join(f"SELECT {place}, it.* FROM ({part}) AS it" for place, part in enumerate(parts))


def _key(event: StoredEvent, among: subscriptions.Among) -> Any:
    return event.account_id if among.key == "account_id" else event.payload[among.key]


def _order_key(queued: subscriptions.Queued, event: StoredEvent) -> str | None:
    if queued.in_order_of is None:
        return None
    return f"{event.account_id}:{event.payload.get(queued.in_order_of)}"


class _Waiter:
    """Sleeps until somebody pokes WAKE_CHANNEL or the poll is due; without Redis it polls faster."""

    def __init__(self) -> None:
        self._pubsub: Any = None

    def wait(self, seconds: float) -> None:
        try:
            pubsub = self._pubsub or self._subscribe()
            if pubsub.get_message(timeout=seconds):
                while pubsub.get_message(timeout=0):  # several pokes, one look
                    pass
        except (redis.RedisError, OSError):
            self._pubsub = None
            time.sleep(min(seconds, 0.2))

    def _subscribe(self) -> Any:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=0.5, protocol=2
        )
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe(WAKE_CHANNEL)
        self._pubsub = pubsub
        return pubsub


class _Enqueuer(threading.Thread):
    """Gives tasks to Celery from a thread of its own, so that a hanging broker never delays the bus. It tries
    for as long as the lease lasts; then, and when nothing more fits, the sweep hands the run out again."""

    def __init__(self, celery: Celery) -> None:
        super().__init__(name="enqueuer", daemon=True)
        self._celery = celery
        self._waiting: queue.Queue[list[Run]] = queue.Queue(maxsize=1000)

    def put(self, runs: list[Run]) -> None:
        try:
            self._waiting.put_nowait(runs)
        except queue.Full:
            logger.warning("broker is behind, runs left to the sweep", extra={"runs": len(runs)})

    def run(self) -> None:
        while True:
            runs, until = self._waiting.get(), time.monotonic() + LEASE
            while not self._sent(runs) and time.monotonic() < until:
                time.sleep(ENQUEUE_PAUSE)

    def _sent(self, runs: list[Run]) -> bool:
        try:
            self._celery.send_task("config.tasks.run_handlers", [runs], retry=False, ignore_result=True)
        except Exception as error:  # broker away: any of kombu's, redis' and the system's errors
            logger.warning("runs not enqueued", extra={"runs": len(runs), "error": str(error)})
            return False
        return True


def decoded(rows: Iterable[tuple[Any, ...]]) -> list[StoredEvent]:
    """Outbox rows (id, seq, account_id, name, version, payload, created_at) as events."""
    events = []
    for row in rows:
        values: Any = (*row[:5], json.loads(row[5]) if isinstance(row[5], str) else row[5], row[6])
        events.append(StoredEvent(*values))
    return events
