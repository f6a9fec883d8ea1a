from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class BotInbox(TenantModel):
    """The bot that answers in an inbox: one of the account's, or one that the platform offers."""

    inbox = models.OneToOneField(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="bot"
    )
    agent_bot = models.ForeignKey(
        "accounts.AgentBot", null=True, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    system_bot = models.ForeignKey(
        "accounts.SystemBot", null=True, on_delete=models.CASCADE, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("bot of an inbox")
        verbose_name_plural = _("bots of inboxes")
        constraints: ClassVar = [
            account_key("botinbox"),
            models.CheckConstraint(
                name="botinbox_one_bot",
                condition=models.Q(agent_bot__isnull=True) ^ models.Q(system_bot__isnull=True),
            ),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="botinbox_inbox_fk", on_delete="CASCADE"),
            SameAccountKey(
                field="agent_bot", to="accounts.AgentBot", name="botinbox_bot_fk", on_delete="CASCADE"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inbox_id}: {self.agent_bot_id or self.system_bot_id}"
