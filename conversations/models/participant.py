from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class _OfMember(TenantModel):
    """A member's tie to one conversation. It ends with either of them."""

    conversation = models.ForeignKey(
        "conversations.Conversation",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    membership = models.ForeignKey(
        "accounts.Membership",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.conversation_id}"


class Participant(_OfMember):
    """Somebody who follows the conversation without being its assignee."""

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints: ClassVar = [
            account_key("participant"),
            models.UniqueConstraint(
                fields=["account", "conversation", "membership"], name="participant_once"
            ),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="participant_conversation_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="participant_membership_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "membership", "conversation"], name="participant_member")
        ]


class Mention(_OfMember):
    """Somebody whose name a private note has called, at the last time that it did."""

    mentioned_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints: ClassVar = [
            account_key("mention"),
            models.UniqueConstraint(fields=["account", "conversation", "membership"], name="mention_once"),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="mention_conversation_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="mention_membership_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "membership", "conversation"], name="mention_member")
        ]
