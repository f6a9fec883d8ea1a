from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Campaign(TenantModel):
    """What an inbox says first: on a website to whoever stays on a page, elsewhere once to everybody with a label.
    `display_id` is its number outside, counted in each account."""

    class Type(models.IntegerChoices):
        ONGOING = 0, "ongoing"
        ONE_OFF = 1, "one_off"

    class Status(models.IntegerChoices):
        ACTIVE = 0, "active"
        COMPLETED = 1, "completed"

    display_id = models.BigIntegerField()
    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    # A person, not a membership: what was said in somebody's name stays so.
    sender = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(max_length=20_000, blank=True, default="")
    message = models.TextField(_("message"), max_length=20_000)
    campaign_type = models.SmallIntegerField(choices=Type, default=Type.ONGOING)
    campaign_status = models.SmallIntegerField(choices=Status, default=Status.ACTIVE)
    enabled = models.BooleanField(_("enabled"), default=True)
    trigger_rules = models.JSONField(default=dict, blank=True)  # {url, time_on_page (seconds)}
    trigger_only_during_business_hours = models.BooleanField(default=False)
    audience = models.JSONField(default=list, blank=True)  # [{type: "Label", id}]
    scheduled_at = models.DateTimeField(null=True, blank=True)
    template_params = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering: ClassVar = ["display_id"]
        constraints: ClassVar = [
            account_key("campaign"),
            models.UniqueConstraint(fields=["account", "display_id"], name="campaign_display_id"),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="campaign_inbox_fk", on_delete="CASCADE"),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "inbox"], name="campaign_by_inbox")]

    def __str__(self) -> str:
        return self.title
