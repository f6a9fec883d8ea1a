from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class ReportingEvent(TenantModel):
    """A measured interval: who, where, how long (seconds). Every figure of a report is made of these."""

    class Name(models.TextChoices):
        FIRST_RESPONSE = "first_response"
        REPLY_TIME = "reply_time"
        CONVERSATION_RESOLVED = "conversation_resolved"
        CONVERSATION_OPENED = "conversation_opened"
        CONVERSATION_BOT_RESOLVED = "conversation_bot_resolved"
        CONVERSATION_BOT_HANDOFF = "conversation_bot_handoff"

    name = models.CharField(max_length=64, choices=Name)
    value = models.FloatField()  # seconds
    value_in_business_hours = models.FloatField(default=0.0)
    event_start_time = models.DateTimeField()
    event_end_time = models.DateTimeField()
    inbox = models.ForeignKey(
        "inboxes.Inbox",
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    user = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    conversation = models.ForeignKey(
        "conversations.Conversation",
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    # The outbox event that was measured: the same event again is the same row.
    outbox_event_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("reporting event")
        verbose_name_plural = _("reporting events")
        constraints: ClassVar = [
            account_key("reportingevent"),
            models.UniqueConstraint(
                fields=["account", "outbox_event_id", "name"], name="reportingevent_once"
            ),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="reportingevent_inbox_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="reportingevent_conversation_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "name", "event_end_time"], name="reportingevent_name"),
            models.Index(fields=["account", "conversation"], name="reportingevent_conversation"),
            models.Index(fields=["account", "inbox"], name="reportingevent_inbox"),
            models.Index(fields=["user"], name="reportingevent_user"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value:.0f} s"
