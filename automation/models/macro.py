from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class Macro(TenantModel):
    """Several actions under one name, for an agent to press."""

    class Visibility(models.IntegerChoices):
        PERSONAL = 0, "personal"
        GLOBAL = 1, "global"

    name = models.CharField(_("name"), max_length=255)
    visibility = models.SmallIntegerField(choices=Visibility, default=Visibility.PERSONAL)
    actions = models.JSONField(default=list, blank=True)
    # Plain: people leave, global macros stay.
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    updated_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [account_key("macro")]

    def __str__(self) -> str:
        return self.name
