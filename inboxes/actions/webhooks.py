"""Where an account wants to hear of things. Sending is others' business."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.input import clean_web_address
from accounts.actions.limits import require_space
from accounts.permissions import Asker, require
from config.problems import Invalid, NotFound
from inboxes.models import Inbox, Webhook
from inboxes.models.webhook import SUBSCRIPTIONS

MOST_WEBHOOKS = 100


@transaction.atomic
def create_webhook(*, access: Asker, url: str, **values: Any) -> Webhook:
    """`name`, `subscriptions` (without them the usual ones), `inbox_id`. Raises Forbidden, NotFound, Invalid."""
    require(access, "webhook.manage")
    require_space(Webhook.objects.for_account(access.account_id), most=MOST_WEBHOOKS)
    webhook = Webhook(account_id=access.account_id)
    changes = _assign(webhook, {"url": url, **values})
    _audit(access, webhook, "webhook.created", changes)
    return webhook


@transaction.atomic
def update_webhook(*, access: Asker, webhook_id: int, **values: Any) -> Webhook:
    """Raises Forbidden, NotFound, Invalid."""
    require(access, "webhook.manage")
    webhook = _lock(access, webhook_id)
    changes = _assign(webhook, values)
    if changes:
        _audit(access, webhook, "webhook.updated", changes)
    return webhook


@transaction.atomic
def delete_webhook(*, access: Asker, webhook_id: int) -> None:
    """Raises Forbidden, NotFound."""
    require(access, "webhook.manage")
    webhook = _lock(access, webhook_id)
    _audit(access, webhook, "webhook.deleted", {"url": [webhook.url, None]})
    webhook.delete()


def _assign(webhook: Webhook, values: dict[str, Any]) -> dict[str, list[Any]]:
    if "url" in values:
        values["url"] = clean_web_address(values["url"], field="url")
    if "subscriptions" in values:
        values["subscriptions"] = _clean_subscriptions(values["subscriptions"])
    if values.get("inbox_id") is not None:
        inboxes = Inbox.objects.for_account(webhook.account_id)
        if not inboxes.filter(pk=values["inbox_id"]).exists():
            raise NotFound(_("There is no such inbox."))
    changes = {field: [getattr(webhook, field), new] for field, new in values.items()}
    for field, new in values.items():
        setattr(webhook, field, new)
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError:
        raise Invalid(_("Url is in use already."), attributes=["url"], code="taken") from None
    return {field: pair for field, pair in changes.items() if pair[0] != pair[1]}


def _clean_subscriptions(names: Any) -> list[str]:
    if not names or set(names) - set(SUBSCRIPTIONS):
        message = _("Subscriptions must name at least one event, and only events that exist.")
        raise Invalid(message, attributes=["subscriptions"])
    return list(dict.fromkeys(names))


def _lock(access: Asker, webhook_id: int) -> Webhook:
    webhooks = Webhook.objects.for_account(access.account_id).select_for_update(no_key=True)
    webhook = webhooks.filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound(_("There is no such webhook."))
    return webhook


def _audit(access: Asker, webhook: Webhook, action: str, changes: dict[str, Any]) -> None:
    record_audit(
        actor=access.actor, account_id=access.account_id, action=action, subject=webhook, changes=changes
    )
