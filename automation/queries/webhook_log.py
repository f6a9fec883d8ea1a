"""The log of a webhook."""

from __future__ import annotations

from typing import Any

from automation.models import WebhookDelivery, WebhookPause
from conversations.shapes import iso

PER_PAGE = 25
_LISTED = (
    "id",
    "key",
    "event_name",
    "state",
    "attempts",
    "answer_status",
    "reason",
    "latency_ms",
    "due_at",
    "created_at",
    "updated_at",
)


def log_page(*, account_id: int, webhook_id: int, state: str | None, page: int) -> dict[str, Any]:
    """{payload: [delivery without its body], meta: {count, current_page, paused}}, newest first. `paused`: why,
    or null."""
    rows = WebhookDelivery.objects.for_account(account_id).filter(webhook_id=webhook_id)
    if state:
        rows = rows.filter(state=state)
    start = (page - 1) * PER_PAGE
    found = rows.order_by("-id").values(*_LISTED)[start : start + PER_PAGE]
    pause = WebhookPause.objects.for_account(account_id).filter(webhook_id=webhook_id)
    meta = {
        "count": rows.count(),
        "current_page": page,
        "paused": pause.values_list("reason", flat=True).first(),
    }
    return {"payload": [_shape(row) for row in found], "meta": meta}


def find_delivery(*, account_id: int, webhook_id: int, delivery_id: int) -> dict[str, Any] | None:
    """With the body, byte for byte as it is sent."""
    rows = WebhookDelivery.objects.for_account(account_id).filter(webhook_id=webhook_id, pk=delivery_id)
    row = rows.values(*_LISTED, "body").first()
    return {**_shape(row), "body": row["body"]} if row else None


def shape(delivery: WebhookDelivery) -> dict[str, Any]:
    return _shape({name: getattr(delivery, name) for name in _LISTED})


def _shape(row: Any) -> dict[str, Any]:
    """`next_try_at` only while there is one."""
    waits = row["state"] in ("queued", "sending")
    return {
        "id": row["id"],
        "webhook_id": row["key"],
        "event": row["event_name"],
        "state": row["state"],
        "attempts": row["attempts"],
        "answer_status": row["answer_status"],
        "reason": row["reason"],
        "latency_ms": row["latency_ms"],
        "next_try_at": iso(row["due_at"]) if waits else None,
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }
