"""Bots of an account. Those of the platform are in accounts.actions.platform."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.input import clean_name, clean_web_address
from accounts.actions.limits import require_space
from accounts.avatars import remove_avatar, replace_avatar
from accounts.models import AccessToken, AgentBot
from accounts.permissions import Asker, require
from config.problems import Invalid, NotFound

MOST_BOTS = 100
_FIELDS = {"name", "description", "outgoing_url", "bot_config"}


@transaction.atomic
def create_bot(*, access: Asker, name: str, **values: Any) -> AgentBot:
    """With its token. Raises Forbidden, Invalid."""
    require(access, "bot.manage")
    require_space(AgentBot.objects.for_account(access.account_id), most=MOST_BOTS)
    bot = AgentBot(account_id=access.account_id)
    changes = assign_bot(bot=bot, values={"name": name, **values})
    bot.save()
    AccessToken.issue(agent_bot=bot)
    _audit(access, bot, "bot.created", changes)
    return bot


@transaction.atomic
def update_bot(*, access: Asker, bot_id: int, **values: Any) -> AgentBot:
    """Raises Forbidden, NotFound, Invalid."""
    require(access, "bot.manage")
    bot = _lock(access, bot_id)
    changes = assign_bot(bot=bot, values=values)
    if changes:
        bot.save()
        _audit(access, bot, "bot.updated", changes)
    return bot


def assign_bot(*, bot: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set, unsaved, and say what changed. Raises Invalid."""
    if values.keys() - _FIELDS:
        raise Invalid(_("These fields cannot be changed here."), attributes=sorted(values.keys() - _FIELDS))
    if "name" in values:
        values["name"] = clean_name(values["name"])
    if values.get("outgoing_url"):
        values["outgoing_url"] = clean_web_address(values["outgoing_url"], field="outgoing_url")
    changes = {field: [getattr(bot, field), new] for field, new in values.items()}
    for field, new in values.items():
        setattr(bot, field, new)
    return {field: pair for field, pair in changes.items() if pair[0] != pair[1]}


@transaction.atomic
def delete_bot(*, access: Asker, bot_id: int) -> None:
    """Its inboxes go on without a bot; what it said stays. Raises Forbidden, NotFound."""
    require(access, "bot.manage")
    bot = _lock(access, bot_id)
    _audit(access, bot, "bot.deleted", {"name": [bot.name, None]})
    if bot.avatar:
        transaction.on_commit(lambda: remove_avatar(bot.avatar), robust=True)
    bot.delete()


@transaction.atomic
def change_bot_avatar(*, access: Asker, bot_id: int, upload: Any | None) -> AgentBot:
    """None takes the picture away. Raises Forbidden, NotFound, Invalid, TooLarge."""
    require(access, "bot.manage")
    bot = _lock(access, bot_id)
    replace_avatar(bot, upload)
    return bot


@transaction.atomic
def reset_bot_token(*, access: Asker, bot_id: int) -> AgentBot:
    """The former one ends at once. Raises Forbidden, NotFound."""
    require(access, "bot.manage")
    bot = _lock(access, bot_id)
    AccessToken.issue(agent_bot=bot)
    _audit(access, bot, "bot.token_reset", {})
    return bot


def _lock(access: Asker, bot_id: int) -> AgentBot:
    bots = AgentBot.objects.for_account(access.account_id).select_for_update(no_key=True)
    bot = bots.filter(pk=bot_id).first()
    if bot is None:
        raise NotFound(_("There is no such bot."))
    return bot


def _audit(access: Asker, bot: AgentBot, action: str, changes: dict[str, Any]) -> None:
    record_audit(
        actor=access.actor, account_id=access.account_id, action=action, subject=bot, changes=changes
    )
