from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Draft(TenantModel):
    """What an agent has written in a conversation and not sent, one for the reply and one for the note, so
    that another device or a crash finds it again. `version` is the writer's clock: an older one never wins."""

    class Mode(models.TextChoices):
        REPLY = "reply", _("reply")
        NOTE = "note", _("private note")

    conversation = models.ForeignKey(
        "conversations.Conversation",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.REPLY)
    content = models.TextField(max_length=150_000)
    version = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints: ClassVar = [
            account_key("draft"),
            models.UniqueConstraint(
                fields=["account", "membership", "conversation", "mode"], name="draft_once"
            ),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="draft_conversation_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="membership", to="accounts.Membership", name="draft_membership_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "conversation"], name="draft_conversation")]

    def __str__(self) -> str:
        return f"{self.mode} by {self.membership_id} in {self.conversation_id}"
