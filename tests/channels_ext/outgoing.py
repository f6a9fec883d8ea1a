"""Deliveries by hand: planned from the outbox, made due, sent."""

from __future__ import annotations

import datetime

from django.utils import timezone

from channels_ext import delivery
from channels_ext.models import Delivery
from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from conversations.models import Conversation
from conversations.queries import webhooks
from tests.factories import Cast


def events(cast: Cast) -> list[StoredEvent]:
    with platform_scope("tests look at everything"):
        rows = OutboxEvent.objects.filter(account_id=cast.account.pk).order_by("id")
        return [
            StoredEvent(row.pk, row.pk, row.account_id, row.name, row.version, row.payload, row.created_at)
            for row in rows
        ]


def plan_all(cast: Cast, *, due: bool = True) -> None:
    """As the workers do: every event that reaches the handler, in order. Time stands still in these tests'
    transactions, so that what is due from now on has to be said."""
    for event in events(cast):
        if event.name in webhooks.NAMES and event.payload.get("inbox_kind") == "api":
            with account_scope(event.account_id):
                delivery.plan(event)
    if due:
        make_due(cast)


def deliveries(cast: Cast) -> list[Delivery]:
    with account_scope(cast.account.pk):
        return list(Delivery.objects.order_by("id"))


def send_all(cast: Cast, number: int = 1) -> int:
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get(display_id=number).pk
    return delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=pk)


def make_due(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        Delivery.objects.update(due_at=timezone.now() - datetime.timedelta(hours=1))
