"""A webhook that nobody answers is paused, and its administrators are told by mail. Nothing is thrown away."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Role
from automation.models import WebhookPause
from inboxes.models import Webhook


def pause(*, account_id: int, webhook_id: int, reason: str) -> None:
    """Once: whoever comes second changes nothing and mails nobody."""
    _pause, is_new = WebhookPause.objects.get_or_create(
        account_id=account_id, webhook_id=webhook_id, defaults={"reason": reason}
    )
    if is_new:
        _tell(account_id, webhook_id, reason)


def _tell(account_id: int, webhook_id: int, reason: str) -> None:
    url = Webhook.objects.for_account(account_id).values_list("url", flat=True).get(pk=webhook_id)
    people = Membership.objects.for_account(account_id).filter(role=Role.ADMINISTRATOR, user__is_active=True)
    addresses = list(people.values_list("user__email", flat=True))
    text = _(
        "The webhook %(url)s is paused.\n\n%(reason)s\n\nWhat happens meanwhile is kept for 30 days and is sent "
        "when you resume the webhook."
    ) % {"url": url, "reason": reason}
    subject = _("A webhook is paused")
    transaction.on_commit(
        lambda: send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, addresses, fail_silently=True),
        robust=True,
    )
