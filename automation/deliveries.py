"""Deliveries to webhooks leave one lane at a time, oldest first, and a few at once per webhook: an endpoint that
hangs keeps its own lanes waiting and no other's.

An attempt is recorded before the call. Whoever dies in between leaves a lease that runs out; it is sent again with
the same key, by which the other side drops the second one.
"""

from __future__ import annotations

import logging

from django.db import connection

from automation import pauses
from automation.models import WebhookDelivery
from config.celery import app
from config.database import account_scope
from config.sending import GONE, LEASE_SECONDS, Outcome, attempt, record
from inboxes.models import Webhook

logger = logging.getLogger(__name__)

MOST_IN_TASK = 50
MOST_AT_ONCE = 4  # calls to one webhook; a worker has more threads than that

State = WebhookDelivery.State


def wake(account_id: int, webhook_id: int, lane: str) -> None:
    """Best effort: the sweep finds what is due anyway."""
    try:
        app.send_task(
            "automation.tasks.deliver", [account_id, webhook_id, lane], retry=False, ignore_result=True
        )
    except Exception as error:  # the broker is away
        logger.warning("webhook left to the sweep", extra={"error": str(error)})


def deliver_lane(*, account_id: int, webhook_id: int, lane: str) -> int:
    """Send what is due, until one has to wait. Returns how many were sent."""
    for sent in range(MOST_IN_TASK):
        claimed = _claim(account_id, webhook_id, lane)
        if claimed is None:
            return sent
        delivery, hook = claimed
        if not _send(delivery, hook):
            return sent
    wake(account_id, webhook_id, lane)
    return MOST_IN_TASK


_CLAIM = """
UPDATE automation_webhookdelivery SET state = 'sending', attempts = attempts + 1, updated_at = now(),
    due_at = now() + make_interval(secs => %(lease)s)
WHERE account_id = %(account)s AND due_at <= now() AND id = (
    SELECT id FROM automation_webhookdelivery
    WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND lane = %(lane)s
      AND state IN ('queued', 'sending') ORDER BY id LIMIT 1 FOR UPDATE)
  AND NOT EXISTS (SELECT FROM automation_webhookpause
                  WHERE account_id = %(account)s AND webhook_id = %(webhook)s)
  AND (SELECT count(*) FROM automation_webhookdelivery
       WHERE account_id = %(account)s AND webhook_id = %(webhook)s AND state = 'sending' AND due_at > now()
      ) < %(most)s
RETURNING id
"""


def _claim(account_id: int, webhook_id: int, lane: str) -> tuple[WebhookDelivery, Webhook] | None:
    """The oldest undone one, if it is due. One in flight elsewhere has a due_at in the future."""
    wanted: dict[str, str | int | float] = {
        "lease": LEASE_SECONDS,
        "account": account_id,
        "webhook": webhook_id,
        "lane": lane,
        "most": MOST_AT_ONCE,
    }
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(_CLAIM, wanted)
        row = cursor.fetchone()
        if row is None:
            return None
        found = WebhookDelivery.objects.for_account(account_id).select_related("webhook").get(pk=row[0])
        return found, found.webhook


def _send(delivery: WebhookDelivery, hook: Webhook) -> bool:
    """One try. Returns whether the next one of the lane may go."""
    outcome = attempt(delivery, lambda: (hook.url, hook.secret))
    return record(delivery, outcome, given_up=lambda: _pause_if_hopeless(delivery, outcome))


def _pause_if_hopeless(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """410 says so itself. Else: this one was tried for 76 hours, and nothing was accepted in all that time."""
    if outcome.status == GONE:
        reason = "The endpoint answered 410 Gone."
    else:
        since = delivery.created_at
        if (
            WebhookDelivery.objects.for_account(delivery.account_id)
            .filter(webhook_id=delivery.webhook_id, state=State.ACCEPTED, updated_at__gte=since)
            .exists()
        ):
            return
        reason = f"Nothing was accepted for three days. The last answer: {outcome.reason[:300]}"
    pauses.pause(account_id=delivery.account_id, webhook_id=delivery.webhook_id, reason=reason)
