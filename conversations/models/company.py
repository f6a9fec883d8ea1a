from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class Company(TenantModel):
    """Whom contacts work for: those whose e-mail address is of its domain. Nothing else ties them, so that nothing
    has to be kept in step."""

    name = models.CharField(_("name"), max_length=100)
    domain = models.CharField(_("domain"), max_length=253, null=True, blank=True)
    description = models.TextField(max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            account_key("company"),
            models.UniqueConstraint(fields=["account", "domain"], name="company_domain"),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "name", "id"], name="company_by_name")]

    def __str__(self) -> str:
        return self.name
