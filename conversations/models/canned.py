from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class CannedResponse(TenantModel):
    """An answer the account keeps at hand, found by its short code. `content` may hold {{ variables }}."""

    short_code = models.CharField(_("short code"), max_length=255)
    content = models.TextField(_("content"), max_length=20_000)

    class Meta:
        verbose_name = _("canned response")
        verbose_name_plural = _("canned responses")
        ordering: ClassVar = ["short_code"]
        constraints: ClassVar = [
            account_key("cannedresponse"),
            models.UniqueConstraint(fields=["account", "short_code"], name="cannedresponse_code"),
        ]

    def __str__(self) -> str:
        return self.short_code
