"""What leaves the house: a row first, then the call, then the answer on the row.

One delivery is in flight per conversation, the oldest first, claimed in the database: that keeps the order,
whatever the number of workers. An attempt is recorded before the call. If the worker dies in between,
nobody knows whether it arrived: the lease runs out and it is sent again with the same key, by which the
other side drops the second one.
"""

from __future__ import annotations

import logging

import orjson
from django.db import connection, transaction

from channels_ext.models import ApiChannel, Delivery
from config.celery import app
from config.database import account_scope
from config.events import StoredEvent
from config.sending import LEASE_SECONDS, Outcome, attempt, record
from conversations.actions.message_changes import fail_message
from conversations.queries import webhooks
from conversations.shapes import Row

logger = logging.getLogger(__name__)

MOST_IN_TASK = 50


def plan(event: StoredEvent) -> None:
    """Handler: a delivery for the API inbox's webhook, if it has one. The key is made of the event, so the
    handler may run again."""
    channel = (
        ApiChannel.objects.for_account(event.account_id).filter(inbox_id=event.payload["inbox_id"]).first()
    )
    if channel is None or not channel.webhook_url:
        return
    for name, body in webhooks.told(event, _names(event)):
        _queue(event, channel, name, body)
    conversation_id = event.payload["conversation_id"]
    transaction.on_commit(lambda: wake(event.account_id, conversation_id), robust=True)


def _names(event: StoredEvent) -> tuple[str, ...]:
    if event.payload.get("resend"):
        return ("message_created",)  # under a new key: the other side is to take it for a new one
    return webhooks.names(event)


def _queue(event: StoredEvent, channel: ApiChannel, name: str, body: Row) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                account_id=event.account_id,
                inbox_id=channel.inbox_id,
                conversation_id=event.payload["conversation_id"],
                message_id=event.payload.get("message_id"),
                key=f"evt_{event.id}_{name}",
                event_name=name,
                url=channel.webhook_url,
                body=orjson.dumps(body).decode(),
            )
        ],
        ignore_conflicts=True,
    )


def wake(account_id: int, conversation_id: int) -> None:
    """Best effort: the sweep finds what is due anyway."""
    try:
        app.send_task(
            "channels_ext.tasks.deliver", [account_id, conversation_id], retry=False, ignore_result=True
        )
    except Exception as error:  # the broker is away
        logger.warning("delivery left to the sweep", extra={"error": str(error)})


def deliver_conversation(*, account_id: int, conversation_id: int) -> int:
    """Send what is due of one conversation, oldest first, until one has to wait. Returns how many were sent."""
    for sent in range(MOST_IN_TASK):
        delivery = _claim(account_id, conversation_id)
        if delivery is None:
            return sent
        if not _send(delivery):
            return sent
    wake(account_id, conversation_id)
    return MOST_IN_TASK


_CLAIM = """
UPDATE channels_ext_delivery SET state = 'sending', attempts = attempts + 1, updated_at = now(),
    due_at = now() + make_interval(secs => %s)
WHERE account_id = %s AND due_at <= now() AND id = (
    SELECT id FROM channels_ext_delivery WHERE account_id = %s AND conversation_id = %s
      AND state IN ('queued', 'sending', 'unknown') ORDER BY id LIMIT 1 FOR UPDATE)
RETURNING id
"""


def _claim(account_id: int, conversation_id: int) -> Delivery | None:
    """The oldest undone one, if it is due. One that is in flight elsewhere has a due_at in the future."""
    with account_scope(account_id), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_SECONDS, account_id, account_id, conversation_id])
        row = cursor.fetchone()
        return Delivery.objects.for_account(account_id).get(pk=row[0]) if row else None


def _send(delivery: Delivery) -> bool:
    """One try. Returns whether the next one of the conversation may go."""
    outcome = attempt(delivery, lambda: (delivery.url, _secret(delivery)))
    return record(delivery, outcome, given_up=lambda: _fail_message(delivery, outcome))


def _secret(delivery: Delivery) -> str:
    with account_scope(delivery.account_id):
        return ApiChannel.objects.for_account(delivery.account_id).get(inbox_id=delivery.inbox_id).secret


def _fail_message(delivery: Delivery, outcome: Outcome) -> None:
    """The agent sees on the message that it did not arrive, and why. What failed is the webhook, so the message
    may be sent again (conversations.actions.message_changes.retry_message)."""
    if delivery.message_id and delivery.event_name.startswith("message_"):
        text = outcome.reason or "no answer"
        fail_message(account_id=delivery.account_id, message_id=delivery.message_id, reason=text)
