"""What an administrator does with a webhook's log: send again, send a test, resume."""

from __future__ import annotations

import datetime
import secrets

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Asker, require
from automation import deliveries
from automation.models import WebhookDelivery, WebhookPause
from config.problems import Invalid, found
from inboxes.models import Webhook

MOST_REPLAYED = 1_000


def replay_delivery(*, access: Asker, webhook_id: int, delivery_id: int) -> WebhookDelivery:
    """The same body under a new id. The old line of the log stays as it is. Raises NotFound."""
    require(access, "webhook.manage")
    rows = WebhookDelivery.objects.for_account(access.account_id).filter(webhook_id=webhook_id)
    old = found(rows.filter(pk=delivery_id).first())
    return _again([old])[0]


def replay_range(
    *, access: Asker, webhook_id: int, since: datetime.datetime, until: datetime.datetime, only_failed: bool
) -> int:
    """What was planned in [since, until), oldest first, at most 1,000. Returns how many. Raises Invalid."""
    require(access, "webhook.manage")
    _find(access, webhook_id)
    rows = WebhookDelivery.objects.for_account(access.account_id).filter(
        webhook_id=webhook_id, created_at__gte=since, created_at__lt=until
    )
    if only_failed:
        rows = rows.filter(state=WebhookDelivery.State.FAILED)
    found = list(rows.order_by("id")[: MOST_REPLAYED + 1])
    if len(found) > MOST_REPLAYED:
        raise Invalid(_("That is more than 1,000 deliveries. Choose a shorter time. Nothing was sent."))
    return len(_again(found))


def _again(old: list[WebhookDelivery]) -> list[WebhookDelivery]:
    fresh = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            account_id=one.account_id,
            webhook_id=one.webhook_id,
            key=_fresh_key(),
            event_name=one.event_name,
            lane=one.lane,
            body=one.body,
        )
        for one in old
    )
    _wake(fresh)
    return fresh


def send_test(*, access: Asker, webhook_id: int) -> WebhookDelivery:
    """An event that says it is a test, on a lane of its own. Raises NotFound."""
    require(access, "webhook.manage")
    hook = _find(access, webhook_id)
    body = {
        "event": "webhook_test",
        "account": {"id": access.account_id},
        "created_at": timezone.now().isoformat(),
    }
    delivery = WebhookDelivery.objects.create(
        account_id=access.account_id,
        webhook=hook,
        key=_fresh_key(),
        event_name="webhook_test",
        lane="test",
        body=orjson.dumps(body).decode(),
    )
    _wake([delivery])
    return delivery


def resume_webhook(*, access: Asker, webhook_id: int) -> None:
    """What has waited goes out, oldest first. Resuming one that is not paused changes nothing."""
    require(access, "webhook.manage")
    _find(access, webhook_id)
    WebhookPause.objects.for_account(access.account_id).filter(webhook_id=webhook_id).delete()


def _find(access: Asker, webhook_id: int) -> Webhook:
    hook = found(Webhook.objects.for_account(access.account_id).filter(pk=webhook_id).first())
    return hook


def _fresh_key() -> str:
    return f"msg_{secrets.token_hex(12)}"


def _wake(fresh: list[WebhookDelivery]) -> None:
    lanes = {(one.account_id, one.webhook_id, one.lane) for one in fresh}

    def wake() -> None:
        for lane in lanes:
            deliveries.wake(*lane)

    transaction.on_commit(wake, robust=True)
