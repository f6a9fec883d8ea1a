"""Named reads of the bots that an account may use: its own, and the platform's."""

from __future__ import annotations

from accounts import shapes
from accounts.models import AgentBot, SystemBot
from accounts.permissions import Asker, can
from config.problems import found


def bots(access: Asker) -> list[shapes.Row]:
    """AGENT_BOT of the platform's and of the account's own."""
    own = AgentBot.objects.for_account(access.account_id).select_related("access_token").order_by("id")
    return [*map(shapes.bot, SystemBot.objects.order_by("id")), *(bot(access, row) for row in own)]


def bot(access: Asker, row: AgentBot | SystemBot) -> shapes.Row:
    """AGENT_BOT; the token of an own one for those who manage bots."""
    held = getattr(row, "access_token", None) if can(access, "bot.manage") else None
    return shapes.bot(row, token=held.token if held else None)


def find_bot(access: Asker, bot_id: int) -> AgentBot | SystemBot:
    """Raises NotFound."""
    own = AgentBot.objects.for_account(access.account_id).select_related("access_token")
    return found(own.filter(pk=bot_id).first() or SystemBot.objects.filter(pk=bot_id).first())
