"""Which webhooks hear of an event, and with which body. A delivery's key is made of the event, so that the handler
may run again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Q

from accounts.models import Account
from automation import deliveries
from automation.models import WebhookDelivery
from config.events import StoredEvent
from conversations.queries import webhooks as bodies
from conversations.shapes import Row
from inboxes.models import Webhook

_NAMES = {
    "message.created": ("message_created",),
    "message.updated": ("message_updated",),
    "conversation.created": ("conversation_created",),
    "conversation.updated": ("conversation_updated",),
    "contact.created": ("contact_created",),
    "contact.updated": ("contact_updated",),
}


@dataclass(frozen=True)
class _Occasion:
    name: str
    lane: str
    body: Row


def plan(event: StoredEvent) -> None:
    """Handler: a delivery for every webhook of the account that subscribes to this."""
    names = _names(event)
    hooks = list(_subscribers(event, names))
    if not hooks:
        return
    planned = [
        WebhookDelivery(
            account_id=event.account_id,
            webhook=hook,
            key=f"evt_{event.id}_{occasion.name}",
            event_name=occasion.name,
            lane=occasion.lane,
            body=orjson.dumps(occasion.body).decode(),
        )
        for occasion in _occasions(event, names)
        for hook in hooks
        if occasion.name in hook.subscriptions
    ]
    WebhookDelivery.objects.bulk_create(planned, ignore_conflicts=True)
    for hook_id, lane in {(one.webhook_id, one.lane) for one in planned}:
        _wake_afterwards(event.account_id, hook_id, lane)


def _wake_afterwards(account_id: int, webhook_id: int, lane: str) -> None:
    transaction.on_commit(lambda: deliveries.wake(account_id, webhook_id, lane), robust=True)


def _names(event: StoredEvent) -> tuple[str, ...]:
    names = _NAMES[event.name]
    if event.name == "conversation.updated" and "status" in event.payload.get("changes", {}):
        return ("conversation_status_changed", *names)
    return names


def _subscribers(event: StoredEvent, names: tuple[str, ...]) -> Iterator[Webhook]:
    here = Q(inbox__isnull=True) | Q(inbox_id=event.payload.get("inbox_id"))
    rows = Webhook.objects.for_account(event.account_id).filter(here, subscriptions__overlap=list(names))
    yield from rows.order_by("id")


def _occasions(event: StoredEvent, names: tuple[str, ...]) -> Iterator[_Occasion]:
    lane = _lane(event)
    for name in names:
        body = _body(event, name)
        if body is not None:
            yield _Occasion(name, lane, {**body, "event": name})


def _lane(event: StoredEvent) -> str:
    if "conversation_id" in event.payload:
        return f"conversation:{event.payload['conversation_id']}"
    return f"contact:{event.payload['contact_id']}"


def _body(event: StoredEvent, name: str) -> Row | None:
    payload = event.payload
    account_name = Account.objects.values_list("name", flat=True).get(pk=event.account_id)
    if name.startswith("message_"):
        return bodies.message_body(
            account_id=event.account_id,
            account_name=account_name,
            conversation_id=payload["conversation_id"],
            message_id=payload["message_id"],
        )
    if name.startswith("contact_"):
        body = bodies.contact_body(
            account_id=event.account_id, account_name=account_name, contact_id=payload["contact_id"]
        )
    else:
        body = bodies.conversation_body(
            account_id=event.account_id, conversation_id=payload["conversation_id"]
        )
    if body is not None and name in ("conversation_updated", "contact_updated"):
        body["changed_attributes"] = _changes(payload)
    return body


def _changes(payload: dict[str, Any]) -> list[Row]:
    return [
        {field: {"previous_value": old, "current_value": new}}
        for field, (old, new) in payload.get("changes", {}).items()
    ]
