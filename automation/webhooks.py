"""Which webhooks hear of an event, and with which body. A delivery's key is made of the event, so that the handler
may run again."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from django.db import transaction
from django.db.models import Q

from automation import deliveries
from automation.models import WebhookDelivery
from config.events import StoredEvent
from conversations.queries import webhooks
from inboxes.models import Webhook


def plan(event: StoredEvent) -> None:
    """Handler: a delivery for every webhook of the account that subscribes to this."""
    names = webhooks.names(event)
    hooks = list(_subscribers(event, names))
    if not hooks:
        return
    lane = _lane(event)
    planned = [
        WebhookDelivery(
            account_id=event.account_id,
            webhook=hook,
            key=f"evt_{event.id}_{name}",
            event_name=name,
            lane=lane,
            body=orjson.dumps(body).decode(),
        )
        for name, body in webhooks.told(event, names)
        for hook in hooks
        if name in hook.subscriptions
    ]
    WebhookDelivery.objects.bulk_create(planned, ignore_conflicts=True)
    for hook_id in {one.webhook_id for one in planned}:
        _wake_afterwards(event.account_id, hook_id, lane)


def _wake_afterwards(account_id: int, webhook_id: int, lane: str) -> None:
    transaction.on_commit(lambda: deliveries.wake(account_id, webhook_id, lane), robust=True)


def _subscribers(event: StoredEvent, names: tuple[str, ...]) -> Iterator[Webhook]:
    here = Q(inbox__isnull=True) | Q(inbox_id=event.payload.get("inbox_id"))
    rows = Webhook.objects.for_account(event.account_id).filter(here, subscriptions__overlap=list(names))
    yield from rows.order_by("id")


def _lane(event: StoredEvent) -> str:
    if "conversation_id" in event.payload:
        return f"conversation:{event.payload['conversation_id']}"
    return f"contact:{event.payload['contact_id']}"
