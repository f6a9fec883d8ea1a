from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class AutomationRule(TenantModel):
    """When `event_name` happens and the conditions hold, the actions follow. What a condition and an action may be
    is in automation.conditions and automation.effects; what is stored here has passed both."""

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="")
    event_name = models.CharField(max_length=64)
    conditions = models.JSONField(default=list, blank=True)
    actions = models.JSONField(default=list, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("automation rule")
        verbose_name_plural = _("automation rules")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [account_key("automationrule")]
        indexes: ClassVar = [
            models.Index(fields=["account", "event_name", "id"], name="automationrule_event"),
        ]

    def __str__(self) -> str:
        return self.name
