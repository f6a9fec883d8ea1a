from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class WorkingHours(TenantModel):
    """One day of an inbox's week, in the inbox's time zone (inboxes.hours). A day without a row has the usual
    hours. Times are null on a day that is closed."""

    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="working_hours"
    )
    day_of_week = models.SmallIntegerField()  # 0 is Sunday
    closed_all_day = models.BooleanField(default=False)
    open_all_day = models.BooleanField(default=False)
    open_hour = models.SmallIntegerField(null=True)
    open_minutes = models.SmallIntegerField(null=True)
    close_hour = models.SmallIntegerField(null=True)
    close_minutes = models.SmallIntegerField(null=True)

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering: ClassVar = ["day_of_week"]
        constraints: ClassVar = [
            account_key("workinghours"),
            models.UniqueConstraint(fields=["inbox", "day_of_week"], name="workinghours_day"),
            models.CheckConstraint(
                name="workinghours_one_state", condition=~Q(closed_all_day=True, open_all_day=True)
            ),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="workinghours_inbox_fk", on_delete="CASCADE"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inbox_id}: {self.day_of_week}"
