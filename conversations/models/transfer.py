from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class DataImport(TenantModel):
    """A file of contacts on its way in. Rows that could not be read are kept, with the reason, in
    `failed_records` (CSV)."""

    class State(models.IntegerChoices):
        PENDING = 0, _("pending")
        PROCESSING = 1, _("processing")
        COMPLETED = 2, _("completed")
        FAILED = 3, _("failed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    file_name = models.CharField(max_length=255, blank=True, default="")
    content = models.TextField()
    state = models.SmallIntegerField(choices=State, default=State.PENDING)
    total_records = models.IntegerField(default=0)
    processed_records = models.IntegerField(default=0)
    failed_records = models.TextField(blank=True, default="")
    problem = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("contact import")
        verbose_name_plural = _("contact imports")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [account_key("dataimport")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"
