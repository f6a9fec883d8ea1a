from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Notification(TenantModel):
    """Something that a member wants to know about a conversation. One per member and conversation: a newer one
    takes the place of the older."""

    class Type(models.IntegerChoices):
        CONVERSATION_CREATION = 1, "conversation_creation"
        CONVERSATION_ASSIGNMENT = 2, "conversation_assignment"
        ASSIGNED_CONVERSATION_NEW_MESSAGE = 3, "assigned_conversation_new_message"
        CONVERSATION_MENTION = 4, "conversation_mention"
        PARTICIPATING_CONVERSATION_NEW_MESSAGE = 5, "participating_conversation_new_message"
        SLA_MISSED_FIRST_RESPONSE = 6, "sla_missed_first_response"
        SLA_MISSED_NEXT_RESPONSE = 7, "sla_missed_next_response"
        SLA_MISSED_RESOLUTION = 8, "sla_missed_resolution"

    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    conversation = models.ForeignKey(
        "conversations.Conversation",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    # What it is about beside the conversation; without a key, because it is only shown.
    message_id = models.BigIntegerField(null=True)
    notification_type = models.SmallIntegerField(choices=Type)
    read_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(db_default=Now())
    meta = models.JSONField(default=dict, blank=True)
    # The event that made it: the same event again changes nothing.
    outbox_event_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints: ClassVar = [
            account_key("notification"),
            models.UniqueConstraint(
                fields=["account", "membership", "conversation"], name="notification_once"
            ),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="notification_membership_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="notification_conversation_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "membership", "-last_activity_at", "-id"], name="notification_newest"
            ),
            models.Index(fields=["account", "conversation"], name="notification_conversation"),
            models.Index(
                fields=["snoozed_until"],
                name="notification_snoozed",
                condition=models.Q(snoozed_until__isnull=False),
            ),
            models.Index(fields=["last_activity_at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_notification_type_display()} for {self.membership_id}"
