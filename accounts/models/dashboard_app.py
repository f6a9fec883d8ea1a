from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class DashboardApp(TenantModel):
    """A page of the account's own that is shown beside conversations: `content` is [{type: "frame", url}]."""

    title = models.CharField(_("title"), max_length=255)
    content = models.JSONField(default=list)
    user = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("dashboard app")
        verbose_name_plural = _("dashboard apps")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [account_key("dashboardapp")]

    def __str__(self) -> str:
        return self.title
