from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class CustomFilter(TenantModel):
    """A search that a member keeps for themselves. `query` is what the filter routes take: {payload: [...]}."""

    class Type(models.IntegerChoices):
        CONVERSATION = 0, "conversation"
        CONTACT = 1, "contact"
        REPORT = 2, "report"

    membership = models.ForeignKey(
        "accounts.Membership",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="custom_filters",
    )
    name = models.CharField(_("name"), max_length=255)
    filter_type = models.SmallIntegerField(choices=Type, default=Type.CONVERSATION)
    query = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("custom filter")
        verbose_name_plural = _("custom filters")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            account_key("customfilter"),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="customfilter_membership_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "membership", "filter_type", "id"], name="customfilter_own")
        ]

    def __str__(self) -> str:
        return self.name
