"""A worker that does nothing but deliver webhooks, on a schedule many thousand times as fast: to be killed.

python -m tests.drills.webhook_worker ACCOUNT_ID [early-ack]
"""

from __future__ import annotations

import dataclasses
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import django
from django.db import connection

from config.database import account_scope

FASTER = 20_000
TOTAL_SECONDS, LEASE_SECONDS = 1.0, 1.5
THREADS = 6

_LANES = """
SELECT DISTINCT webhook_id, lane FROM automation_webhookdelivery AS delivery
WHERE account_id = %(account)s AND state IN ('queued', 'sending') AND due_at <= now()
  AND NOT EXISTS (SELECT FROM automation_webhookpause AS pause
                  WHERE pause.account_id = %(account)s AND pause.webhook_id = delivery.webhook_id)
"""


def main(account_id: int, twin: str) -> None:
    django.setup()
    names = ("automation.deliveries", "config.outbound", "config.sending")
    modules: list[Any] = [import_module(name) for name in names]
    deliveries, outbound, sending = modules
    sending.WAITS = tuple(one / FASTER for one in sending.WAITS)
    outbound.TOTAL_SECONDS, outbound.READ_SECONDS = TOTAL_SECONDS, TOTAL_SECONDS
    deliveries.LEASE_SECONDS = LEASE_SECONDS
    import_module("config.celery").app.send_task = lambda *_args, **_kwargs: None
    if twin == "early-ack":
        _acknowledge_early(deliveries)

    busy: set[tuple[int, str]] = set()

    def deliver(lane: tuple[int, str]) -> None:
        try:
            deliveries.deliver_lane(account_id=account_id, webhook_id=lane[0], lane=lane[1])
        finally:
            connection.close()  # back to the pool, which has no more of them than there are threads
            busy.discard(lane)

    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            for lane in _due(account_id):
                if lane not in busy:
                    busy.add(lane)
                    pool.submit(deliver, lane)
            time.sleep(0.05)


def _due(account_id: int) -> list[tuple[int, str]]:
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(_LANES, {"account": account_id})
        return cursor.fetchall()


def _acknowledge_early(deliveries: Any) -> None:
    """The twin: whatever the endpoint said counts as accepted."""
    record = deliveries.record

    def careless(delivery: Any, outcome: Any, **rest: Any) -> bool:
        return bool(record(delivery, dataclasses.replace(outcome, accepted=True), **rest))

    deliveries.record = careless


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
