from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey

UNDONE = ("queued", "sending")


class WebhookDelivery(TenantModel):
    """An event on its way to one of the account's webhooks, and afterwards its line in the log."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        ACCEPTED = "accepted", _("accepted")
        FAILED = "failed", _("failed")

    webhook = models.ForeignKey(
        "inboxes.Webhook",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    # Its identity outside: the same at every try, another one for a replay.
    key = models.CharField(max_length=80)
    event_name = models.CharField(max_length=64)
    # What has to arrive in order, one after the other: the events of one conversation, of one contact.
    lane = models.CharField(max_length=48)
    body = models.TextField()
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    answer_status = models.IntegerField(null=True)
    reason = models.TextField(blank=True, default="")
    latency_ms = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints: ClassVar = [
            account_key("webhookdelivery"),
            models.UniqueConstraint(fields=["account", "webhook", "key"], name="webhookdelivery_key"),
            SameAccountKey(
                field="webhook", to="inboxes.Webhook", name="webhookdelivery_webhook_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "webhook", "lane", "id"],
                name="webhookdelivery_lane",
                condition=Q(state__in=UNDONE),
            ),
            models.Index(fields=["due_at"], name="webhookdelivery_due", condition=Q(state__in=UNDONE)),
            models.Index(fields=["account", "webhook", "-id"], name="webhookdelivery_log"),
            models.Index(fields=["created_at"], name="webhookdelivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.key}"


class WebhookPause(TenantModel):
    """A webhook that gets nothing until somebody resumes it. What happens meanwhile waits in its deliveries."""

    webhook = models.OneToOneField(
        "inboxes.Webhook", on_delete=models.CASCADE, db_constraint=False, related_name="pause"
    )
    reason = models.TextField()

    class Meta:
        verbose_name = _("paused webhook")
        verbose_name_plural = _("paused webhooks")
        constraints: ClassVar = [
            account_key("webhookpause"),
            SameAccountKey(
                field="webhook", to="inboxes.Webhook", name="webhookpause_webhook_fk", on_delete="CASCADE"
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:80]
