"""Which bot answers in an inbox."""

from __future__ import annotations

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.models import AgentBot
from accounts.permissions import Asker, require
from accounts.queries.bots import find_bot
from inboxes.actions.inboxes import lock_inbox
from inboxes.models import BotInbox


@transaction.atomic
def set_inbox_bot(*, access: Asker, inbox_id: int, bot_id: int | None) -> None:
    """One of the account's or of the platform's; None for none. Raises Forbidden, NotFound."""
    require(access, "inbox.manage", lock_inbox(access=access, inbox_id=inbox_id))
    bot = find_bot(access, bot_id) if bot_id is not None else None
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    rows = BotInbox.objects.for_account(access.account_id).filter(inbox=inbox)
    before = rows.first()
    rows.delete()
    if bot is not None:
        mine = isinstance(bot, AgentBot)
        BotInbox.objects.create(
            account_id=access.account_id,
            inbox=inbox,
            agent_bot_id=bot.pk if mine else None,
            system_bot_id=None if mine else bot.pk,
        )
    old = (before.agent_bot_id or before.system_bot_id) if before else None
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="inbox.bot_changed",
        subject=inbox,
        changes={"bot": [old, bot.pk if bot else None]},
    )
