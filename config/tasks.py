"""What the workers run for the relay, and the upkeep of the outbox."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from config import context, filestore
from config.database import account_scope, connection_was_lost, platform_scope, through_restarts
from config.errors import report
from config.events import StoredEvent
from config.relay import SUSPECT, decoded

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 12
SLOW_SECONDS = 5.0

# Locks the run: a second worker that got the same id skips it, and a worker that dies lets go at once.
_CLAIM = """
SELECT event.id, event.seq, event.account_id, event.name, event.version, event.payload, event.created_at,
       run.handler, run.order_key, run.enqueues
FROM config_handlerrun AS run JOIN config_outboxevent AS event ON event.id = run.event_id
WHERE run.id = %s AND run.account_id = %s AND run.state = 'queued'
  AND (run.order_key IS NULL OR NOT EXISTS (
      SELECT 1 FROM config_handlerrun AS earlier
      WHERE earlier.handler = run.handler AND earlier.order_key = run.order_key
        AND earlier.id < run.id AND earlier.state <> 'dead'))
FOR UPDATE OF run SKIP LOCKED
"""

_DONE = "DELETE FROM config_handlerrun WHERE id = %s AND account_id = %s"
_NOTE_START = "UPDATE config_handlerrun SET enqueues = enqueues + 1 WHERE id = %s AND account_id = %s"

_NEXT = """
SELECT id FROM config_handlerrun
WHERE account_id = %s AND handler = %s AND order_key = %s AND state = 'queued' ORDER BY id LIMIT 1
"""

_FAILED = """
UPDATE config_handlerrun SET attempts = attempts + 1, last_error = %s,
    state = CASE WHEN attempts + 1 >= %s THEN 'dead' ELSE 'backoff' END,
    due_at = now() + make_interval(secs => least(3600, power(2, attempts)))
WHERE id = %s AND account_id = %s
"""


@shared_task(name="config.tasks.run_handlers")
def run_handlers(runs: list[list[int]]) -> None:
    """Runs are pairs (run id, account id). After an ordered one its successor follows at once."""
    for run_id, account_id in runs:
        following: int | None = run_id
        while following is not None:
            run = partial(run_handler, run_id=following, account_id=account_id)
            following = through_restarts(run)


def run_handler(*, run_id: int, account_id: int, noted: bool = False) -> int | None:
    """One run, if it is still due and nobody else has it. Returns the next run of its queue, if any.
    `noted` says that the start of a suspect was written down (relay.SUSPECT). Raises django.db.Error when the
    connection was lost, which is no failure of the handler."""
    handler, suspect = "", False
    try:
        with account_scope(account_id), connection.cursor() as cursor:
            cursor.execute(_CLAIM, [run_id, account_id])
            row = cursor.fetchone()
            if row is None:
                return None
            handler, order_key = row[7], row[8]
            suspect = row[9] >= SUSPECT and not noted
            if not suspect:
                with context.entered(account_id=account_id, executor=f"task:{handler}"):
                    _run(handler, decoded([row[:7]])[0])
                cursor.execute(_DONE, [run_id, account_id])
    except Exception as error:
        if connection_was_lost(error):
            raise
        _record_failure(run_id=run_id, account_id=account_id, handler=handler, error=error)
        return None
    if suspect:
        _note_start(run_id=run_id, account_id=account_id)
        return run_handler(run_id=run_id, account_id=account_id, noted=True)
    return _next_of(account_id, handler, order_key) if order_key else None


def _note_start(*, run_id: int, account_id: int) -> None:
    """In a transaction of its own: it has to outlive the worker that this run may kill."""
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(_NOTE_START, [run_id, account_id])


def _run(handler: str, event: StoredEvent) -> None:
    started = time.monotonic()
    import_string(handler)(event)
    took = time.monotonic() - started
    if took > SLOW_SECONDS:
        logger.warning(
            "slow handler", extra={"handler": handler, "event_name": event.name, "seconds": round(took, 2)}
        )


def _next_of(account_id: int, handler: str, order_key: str) -> int | None:
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(_NEXT, [account_id, handler, order_key])
        row = cursor.fetchone()
    return row[0] if row else None


def _record_failure(*, run_id: int, account_id: int, handler: str, error: Exception) -> None:
    logger.exception("handler failed", extra={"handler": handler, "account_id": account_id, "run": run_id})
    report(error, handler=handler, account_id=account_id)
    text = f"{type(error).__name__}: {error}"[:2000]
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(_FAILED, [text, MOST_ATTEMPTS, run_id, account_id])


# How far it went is written down: what is kept for a handler is older, and would hide the gap behind it.
_PRUNE = """
WITH gone AS (
    DELETE FROM config_outboxevent WHERE id IN (
        SELECT id FROM config_outboxevent AS event
        WHERE seq IS NOT NULL AND created_at < now() - make_interval(days => %s)
          AND NOT EXISTS (SELECT 1 FROM config_handlerrun WHERE event_id = event.id)
        ORDER BY id LIMIT 5000)
    RETURNING seq
), noted AS (
    UPDATE config_relaystate
    SET pruned_seq = greatest(pruned_seq, coalesce((SELECT max(seq) FROM gone), 0))
)
SELECT count(*) FROM gone
"""


@shared_task(name="config.tasks.prune_outbox")
def prune_outbox() -> int:
    """Drop events older than OUTBOX_KEEP_DAYS that no handler waits for. Returns how many."""
    deleted = 0
    while True:
        with (
            platform_scope("upkeep: the outbox is pruned by age, whatever the account"),
            connection.cursor() as cursor,
        ):
            cursor.execute(_PRUNE, [settings.OUTBOX_KEEP_DAYS])
            count = cursor.fetchone()[0]
        deleted += count
        if count < 5000:
            return deleted


@shared_task(name="config.tasks.sweep_files")
def sweep_files() -> int:
    """Remove files that nothing needs any more. Returns how many."""
    removed = 0
    while (count := filestore.sweep(most=200)) > 0:
        removed += count
    return removed


@shared_task(name="config.tasks.beat_alive")
def beat_alive() -> None:
    """Proof that beat, broker and a worker still work together: the supervisor and /health look at the file."""
    alive = settings.DATA_DIR / "run" / "worker.alive"
    alive.parent.mkdir(parents=True, exist_ok=True)
    alive.touch()
    record_worker_beat()


def record_worker_beat() -> None:
    with platform_scope("health: one row for the whole installation"), connection.cursor() as cursor:
        cursor.execute("UPDATE config_relaystate SET worker_beat_at = now()")


def requeue(*, run_id: int, account_id: int) -> Any:
    """Give a dead run another life, from the admin."""
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE config_handlerrun SET state = 'queued', attempts = 0, enqueues = 0, due_at = now() "
            "WHERE id = %s AND account_id = %s AND state = 'dead'",
            [run_id, account_id],
        )
        return cursor.rowcount
