from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from config.encryption import EncryptedTextField, new_token

SUBSCRIPTIONS = (
    "conversation_status_changed",
    "conversation_updated",
    "conversation_created",
    "contact_created",
    "contact_updated",
    "message_created",
    "message_updated",
    "webwidget_triggered",
    "inbox_created",
    "inbox_updated",
    "conversation_typing_on",
    "conversation_typing_off",
)


def first_subscriptions() -> list[str]:
    return list(SUBSCRIPTIONS[:8])


class Webhook(TenantModel):
    """Where the account wants to hear of things. Below those who deliver, so that each of them can read it."""

    url = models.CharField(max_length=2048)
    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    inbox = models.ForeignKey(
        "inboxes.Inbox", null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    subscriptions = ArrayField(models.TextField(), default=first_subscriptions)
    # Signs what we send to the url.
    secret = EncryptedTextField(default=new_token, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            account_key("webhook"),
            models.UniqueConstraint(fields=["account", "url"], name="webhook_url"),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="webhook_inbox_fk", on_delete="CASCADE"),
        ]

    def __str__(self) -> str:
        return self.url
