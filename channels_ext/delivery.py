"""What leaves the house: a row first, then the call, then the answer on the row.

One delivery is in flight per conversation, the oldest first, claimed in the database: that keeps the order,
whatever the number of workers. An attempt is recorded before the call. If the worker dies in between,
nobody knows whether it arrived: the lease runs out and it is sent again with the same key, by which the
other side drops the second one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import random
import time
from dataclasses import dataclass

import orjson
from django.db import connection, transaction

from accounts.models import Account
from channels_ext.models import ApiChannel, Delivery
from config import outbound
from config.celery import app
from config.database import account_scope, through_restarts
from config.errors import report
from config.events import StoredEvent
from config.rendering import without_nul
from conversations.actions.message_changes import fail_message
from conversations.queries import webhooks
from conversations.shapes import Row

logger = logging.getLogger(__name__)

# Seconds until the next try: ten tries over 76 hours (Standard Webhooks).
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
MOST_TRIES = len(WAITS) + 1
LEASE_SECONDS = outbound.TOTAL_SECONDS + 1
MOST_IN_TASK = 50

_EVENT_NAMES = {
    "message.created": ("message_created",),
    "message.updated": ("message_updated",),
    "conversation.created": ("conversation_created",),
    "conversation.updated": ("conversation_updated",),
}


def plan(event: StoredEvent) -> None:
    """Handler: a delivery for the API inbox's webhook, if it has one. The key is made of the event, so the
    handler may run again."""
    channel = (
        ApiChannel.objects.for_account(event.account_id).filter(inbox_id=event.payload["inbox_id"]).first()
    )
    if channel is None or not channel.webhook_url:
        return
    for name in _names(event):
        body = _body(event, name)
        if body is not None:
            _queue(event, channel, name, body)
    conversation_id = event.payload["conversation_id"]
    transaction.on_commit(lambda: wake(event.account_id, conversation_id), robust=True)


def _names(event: StoredEvent) -> tuple[str, ...]:
    if event.payload.get("resend"):
        return ("message_created",)  # under a new key: the other side is to take it for a new one
    names = _EVENT_NAMES[event.name]
    if event.name == "conversation.updated" and "status" in event.payload.get("changes", {}):
        return ("conversation_status_changed", *names)
    return names


def _body(event: StoredEvent, name: str) -> Row | None:
    conversation_id = event.payload["conversation_id"]
    if name.startswith("message_"):
        account_name = Account.objects.values_list("name", flat=True).get(pk=event.account_id)
        body = webhooks.message_body(
            account_id=event.account_id,
            account_name=account_name,
            conversation_id=conversation_id,
            message_id=event.payload["message_id"],
        )
    else:
        body = webhooks.conversation_body(account_id=event.account_id, conversation_id=conversation_id)
    if body is None:
        return None
    body["event"] = name
    if name == "conversation_updated":
        body["changed_attributes"] = [
            {field: {"previous_value": old, "current_value": new}}
            for field, (old, new) in event.payload.get("changes", {}).items()
        ]
    return body


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
    if delivery.attempts > MOST_TRIES:  # the last worker never came back: it may have arrived, or not
        return _record(delivery, _Outcome("no answer is known of the last try", last=True))
    try:
        outcome = _try(delivery)
    except outbound.Unreachable as error:
        outcome = _Outcome(str(error))
    except Exception as error:  # our own fault. It must not be tried every few seconds for ever
        logger.exception("delivery failed before it left", extra={"delivery": delivery.pk})
        report(error, delivery=delivery.pk, account_id=delivery.account_id)
        outcome = _Outcome(f"{type(error).__name__}: {error}"[:500])
    return _record(delivery, outcome)


@dataclass(frozen=True)
class _Outcome:
    """Of one try. `last`: there is no sense in another one."""

    reason: str = ""
    status: int | None = None
    latency_ms: int | None = None
    accepted: bool = False
    last: bool = False


def _try(delivery: Delivery) -> _Outcome:
    body = delivery.body.encode()
    with account_scope(delivery.account_id):
        channel = ApiChannel.objects.for_account(delivery.account_id).get(inbox_id=delivery.inbox_id)
    answer = outbound.post(
        delivery.url, body=body, headers=signed_headers(channel.secret, delivery.key, body)
    )
    return _Outcome(
        reason="" if answer.accepted else f"answered {answer.status}: {answer.text[:300]}",
        status=answer.status,
        latency_ms=answer.latency_ms,
        accepted=answer.accepted,
        last=answer.status == 410,
    )


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


# Only by the try it is about: one that came back after its lease must not overwrite the next one's answer.
_RECORD = """
UPDATE channels_ext_delivery SET state = %s, answer_status = %s, reason = %s, latency_ms = %s, updated_at = now(),
    due_at = now() + make_interval(secs => %s)
WHERE account_id = %s AND id = %s AND state = 'sending' AND attempts = %s
"""


def _record(delivery: Delivery, outcome: _Outcome) -> bool:
    last = outcome.last or delivery.attempts >= MOST_TRIES
    state, wait = Delivery.State.QUEUED, 0.0
    if outcome.accepted:
        state = Delivery.State.ACCEPTED
    elif last:
        state = Delivery.State.FAILED
    else:
        wait = WAITS[delivery.attempts - 1] * random.uniform(0.8, 1.2)
    values = [state, outcome.status, without_nul(outcome.reason), outcome.latency_ms, wait]

    def write() -> bool:
        with account_scope(delivery.account_id), connection.cursor() as cursor:
            cursor.execute(_RECORD, [*values, delivery.account_id, delivery.pk, delivery.attempts])
            is_mine = cursor.rowcount == 1
            if is_mine and state == Delivery.State.FAILED:
                _fail_message(delivery, outcome.reason)
        return is_mine

    # The answer is known only here: a restart of the database must not make us ask again.
    mine = through_restarts(write)
    if not outcome.accepted:
        about = {"delivery": delivery.pk, "account_id": delivery.account_id, "state": state}
        logger.warning("delivery not accepted", extra={**about, "reason": outcome.reason})
    return mine and (outcome.accepted or last)


def _fail_message(delivery: Delivery, reason: str) -> None:
    """The agent sees on the message that it did not arrive, and why. What failed is the webhook, so the message
    may be sent again (conversations.actions.message_changes.retry_message)."""
    if delivery.message_id and delivery.event_name.startswith("message_"):
        text = reason or "no answer"
        fail_message(account_id=delivery.account_id, message_id=delivery.message_id, reason=text)
