from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from config.encryption import EncryptedTextField


class IntegrationHook(TenantModel):
    """An integration that the account has switched on, for itself or for one inbox (automation.integrations)."""

    app_id = models.CharField(max_length=64)
    inbox = models.ForeignKey(
        "inboxes.Inbox", null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    enabled = models.BooleanField(default=True)
    # JSON text: it holds the provider's keys.
    settings = EncryptedTextField(default="{}")
    reference_id = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            account_key("integrationhook"),
            models.UniqueConstraint(
                fields=["account", "app_id"],
                name="integrationhook_of_account",
                condition=models.Q(inbox__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["account", "app_id", "inbox"],
                name="integrationhook_of_inbox",
                condition=models.Q(inbox__isnull=False),
            ),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="integrationhook_inbox_fk", on_delete="CASCADE"
            ),
        ]

    def __str__(self) -> str:
        return self.app_id
