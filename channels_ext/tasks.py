from __future__ import annotations

from celery import shared_task
from django.db import connection

from channels_ext import delivery
from config import context
from config.database import platform_scope


@shared_task(name="channels_ext.tasks.deliver")
def deliver(account_id: int, conversation_id: int) -> int:
    with context.entered(account_id=account_id, executor="task:deliver"):
        return delivery.deliver_conversation(account_id=account_id, conversation_id=conversation_id)


@shared_task(name="channels_ext.tasks.sweep_deliveries")
def sweep_deliveries() -> int:
    """Wake every conversation whose oldest delivery is due: new ones that Redis forgot, those whose worker died,
    and those that have waited long enough."""
    with platform_scope("sweep: due deliveries of all accounts"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, conversation_id FROM channels_ext_delivery "
            "WHERE state IN ('queued', 'sending', 'unknown') AND due_at <= now() - interval '1 second' "
            "GROUP BY 1, 2 ORDER BY min(due_at) LIMIT 500"
        )
        due = cursor.fetchall()
    for account_id, conversation_id in due:
        delivery.wake(account_id, conversation_id)
    return len(due)
