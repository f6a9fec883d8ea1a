from __future__ import annotations

import datetime

from celery import shared_task
from django.db import connection
from django.utils import timezone

from automation import deliveries
from automation.models import WebhookDelivery
from config import context
from config.database import platform_scope

KEPT = datetime.timedelta(days=30)
MOST_PRUNED = 5_000


@shared_task(name="automation.tasks.deliver")
def deliver(account_id: int, webhook_id: int, lane: str) -> int:
    with context.entered(account_id=account_id, executor="task:webhook"):
        return deliveries.deliver_lane(account_id=account_id, webhook_id=webhook_id, lane=lane)


# A few lanes per webhook and round, so that one with thousands waiting leaves room for the others.
_DUE = """
SELECT account_id, webhook_id, lane FROM (
    SELECT account_id, webhook_id, lane, min(due_at) AS due,
           row_number() OVER (PARTITION BY webhook_id ORDER BY min(due_at)) AS place
    FROM automation_webhookdelivery AS delivery
    WHERE state IN ('queued', 'sending') AND due_at <= now() - interval '1 second'
      AND NOT EXISTS (SELECT FROM automation_webhookpause AS pause WHERE pause.webhook_id = delivery.webhook_id)
    GROUP BY 1, 2, 3
) AS lanes WHERE place <= %s ORDER BY due LIMIT 500
"""


@shared_task(name="automation.tasks.sweep_webhooks")
def sweep_webhooks() -> int:
    """Wake every lane whose oldest delivery is due: new ones that Redis forgot, those whose worker died, and those
    that have waited long enough."""
    with platform_scope("sweep: due webhooks of all accounts"), connection.cursor() as cursor:
        cursor.execute(_DUE, [2 * deliveries.MOST_AT_ONCE])
        due = cursor.fetchall()
    for account_id, webhook_id, lane in due:
        deliveries.wake(account_id, webhook_id, lane)
    return len(due)


@shared_task(name="automation.tasks.prune_webhooks")
def prune_webhooks() -> int:
    """The log is kept for 30 days; so is what waits for a paused webhook."""
    with platform_scope("prune: webhook log of all accounts"):
        old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")
        ids = list(old.values_list("pk", flat=True)[:MOST_PRUNED])
        count, _by_model = WebhookDelivery.objects.filter(pk__in=ids).delete()
    return count
