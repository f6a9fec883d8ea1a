"""The mechanism of events: typed, in the past tense, stored in the transaction that made them true.

`publish` writes an outbox row. The relay (config.relay) stamps it with `seq`, hands it to the inline
handlers, and one run per queued handler to the workers. `config.subscriptions` says who reacts to what.
This module knows no app.
"""

from __future__ import annotations

import datetime
import json
import logging
import time
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import redis
from django.conf import settings
from django.db import connection, transaction

from config.wire import bus, tell

logger = logging.getLogger(__name__)

__all__ = ["Event", "StoredEvent", "bus", "publish", "wake", "wake_on_commit"]

WAKE_CHANNEL = f"{settings.REDIS_PREFIX}:wake"
_PAUSE = 1.0  # seconds without another try after Redis did not answer


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. Fields are ids and plain values (JSON), never objects: a handler runs later,
    elsewhere, and again. `actor` and `cause` say who did it and which rule, if any, made them."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    account_id: int
    actor: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        values = asdict(self)
        values.pop("account_id")
        return values


@dataclass(frozen=True)
class StoredEvent:
    """An event as handlers get it: from the outbox, numbered."""

    id: int
    seq: int
    account_id: int
    name: str
    version: int
    payload: dict[str, Any]
    created_at: datetime.datetime


INSERT_SQL = "INSERT INTO config_outboxevent (account_id, name, version, payload) VALUES (%s, %s, %s, %s)"


def publish(event: Event) -> None:
    """Store the event with the change it tells of. Only actions call this, inside their transaction."""
    assert connection.in_atomic_block, "an event is stored together with its change: open a transaction"
    if not settings.OUTBOX_ENABLED:
        return
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SQL, [event.account_id, event.name, event.version, json.dumps(event.payload())])
    wake_on_commit()


def wake_on_commit() -> None:
    """Poke the relay once the transaction is committed. Best effort: the relay polls anyway."""
    if not any(entry[1] is wake for entry in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


class _Waker:
    quiet_until = 0.0


def wake() -> None:
    if time.monotonic() < _Waker.quiet_until:
        return
    try:
        tell("PUBLISH", WAKE_CHANNEL, b"1")
    except (redis.RedisError, OSError) as error:
        _Waker.quiet_until = time.monotonic() + _PAUSE
        logger.warning("relay not woken, it polls", extra={"error": str(error)})
