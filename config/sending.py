"""What every sender of webhooks shares: one try, how it is signed, when to try again, and the answer on the row.

Ten tries over 76 hours (Standard Webhooks); the same id and body at every try, a new time and signature. Claiming the
next row is each sender's own, because that is where they differ in what has to stay in order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.db import connection

from config import outbound
from config.database import account_scope, through_restarts
from config.errors import report
from config.rendering import without_nul

logger = logging.getLogger(__name__)

# Seconds until the next try.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
MOST_TRIES = len(WAITS) + 1
# Longer than a call may take: after it, whoever was sending is dead.
LEASE_SECONDS = outbound.TOTAL_SECONDS + 1

GONE = 410
QUEUED, ACCEPTED, FAILED = "queued", "accepted", "failed"


class Delivery(Protocol):
    """A row on its way: claimed, so that `state` is sending and `attempts` counts this try."""

    pk: int
    account_id: int
    key: str
    body: str
    attempts: int
    _meta: ClassVar[Any]


@dataclass(frozen=True)
class Outcome:
    """Of one try. `last`: there is no sense in another one."""

    reason: str = ""
    status: int | None = None
    latency_ms: int | None = None
    accepted: bool = False
    last: bool = False


def attempt(delivery: Delivery, target: Callable[[], tuple[str, str]]) -> Outcome:
    """One try, whatever comes of it. `target` finds the url and the secret; it may raise."""
    if delivery.attempts > MOST_TRIES:  # the last worker never came back: it may have arrived, or not
        return Outcome("no answer is known of the last try", last=True)
    try:
        url, secret = target()
        return _call(url, secret=secret, key=delivery.key, body=delivery.body.encode())
    except outbound.Unreachable as error:
        return Outcome(str(error))
    except Exception as error:  # our own fault. It must not be tried every few seconds for ever
        logger.exception("delivery failed before it left", extra={"delivery": delivery.pk})
        report(error, delivery=delivery.pk, account_id=delivery.account_id)
        return Outcome(f"{type(error).__name__}: {error}"[:500])


def _call(url: str, *, secret: str, key: str, body: bytes) -> Outcome:
    answer = outbound.post(url, body=body, headers=signed_headers(secret, key, body))
    return Outcome(
        reason="" if answer.accepted else f"answered {answer.status}: {answer.text[:300]}",
        status=answer.status,
        latency_ms=answer.latency_ms,
        accepted=answer.accepted,
        last=answer.status == GONE,
    )


# Only by the try it is about: one that came back after its lease must not overwrite the next one's answer.
_RECORD = """
UPDATE {table} SET state = %s, answer_status = %s, reason = %s, latency_ms = %s, updated_at = now(),
    due_at = now() + make_interval(secs => %s)
WHERE account_id = %s AND id = %s AND state = 'sending' AND attempts = %s
"""


def record(delivery: Delivery, outcome: Outcome, *, given_up: Callable[[], None]) -> bool:
    """The answer on the row. `given_up` runs in the same transaction, once there is no further try. Returns whether
    the next one of the same order may go."""
    last = outcome.last or delivery.attempts >= MOST_TRIES
    state = ACCEPTED if outcome.accepted else FAILED if last else QUEUED
    wait = wait_after(delivery.attempts) if state == QUEUED else 0.0
    values = [state, outcome.status, without_nul(outcome.reason), outcome.latency_ms, wait]

    def write() -> bool:
        with account_scope(delivery.account_id), connection.cursor() as cursor:
            sql = _RECORD.format(table=delivery._meta.db_table)
            cursor.execute(sql, [*values, delivery.account_id, delivery.pk, delivery.attempts])
            is_mine = cursor.rowcount == 1
            if is_mine and state == FAILED:
                given_up()
        return is_mine

    # The answer is known only here: a restart of the database must not make us ask again.
    mine = through_restarts(write)
    if not outcome.accepted:
        about = {"delivery": delivery.pk, "account_id": delivery.account_id, "state": state}
        logger.warning("delivery not accepted", extra={**about, "reason": outcome.reason})
    return mine and state != QUEUED


def wait_after(attempts: int) -> float:
    """Seconds, with jitter, so that what failed together does not come back together."""
    return WAITS[attempts - 1] * random.uniform(0.8, 1.2)


def signed_headers(secret: str, key: str, body: bytes, *, now: float | None = None) -> dict[str, str]:
    """Standard Webhooks headers over the bytes sent, and the plain hex form that Chatwoot's tools check."""
    moment = str(int(now or time.time()))
    signed = b".".join([key.encode(), moment.encode(), body])
    digest = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    plain = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "webhook-id": key,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{digest}",
        "X-Chatwoot-Timestamp": moment,
        "X-Chatwoot-Signature": f"sha256={plain}",
    }
