"""What a rule or a macro may do. Pure: names and shapes of parameters, always a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

MOST_ACTIONS = 50
_STATUSES = ("open", "resolved", "pending", "snoozed")
_PRIORITIES = ("low", "medium", "high", "urgent", "nil")


def _nothing(params: list[Any]) -> bool:
    return True


def _text(params: list[Any]) -> bool:
    return len(params) == 1 and isinstance(params[0], str) and bool(params[0].strip())


def _texts(params: list[Any]) -> bool:
    return bool(params) and all(isinstance(one, str) and one for one in params)


def _id_or_nil(params: list[Any]) -> bool:
    """Numbers; texts are ignored by those who run it, but for "nil" and "self"."""
    return len(params) == 1 and (_is_number(params[0]) or params[0] in ("nil", "self"))


def _number(params: list[Any]) -> bool:
    return len(params) == 1 and (_is_number(params[0]) or isinstance(params[0], str))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _status(params: list[Any]) -> bool:
    return len(params) == 1 and params[0] in _STATUSES


def _priority(params: list[Any]) -> bool:
    return len(params) == 1 and params[0] in _PRIORITIES


def _team_mail(params: list[Any]) -> bool:
    if len(params) != 1 or not isinstance(params[0], dict):
        return False
    return isinstance(params[0].get("team_ids"), list) and isinstance(params[0].get("message"), str)


def _url(params: list[Any]) -> bool:
    return _text(params) and params[0].startswith(("http://", "https://")) and len(params[0]) <= 2048


_COMMON: dict[str, Callable[[list[Any]], bool]] = {
    "send_message": _text,
    "add_private_note": _text,
    "send_attachment": _number,
    "add_label": _texts,
    "remove_label": _texts,
    "assign_agent": _id_or_nil,
    "assign_team": _id_or_nil,
    "change_status": _status,
    "resolve_conversation": _nothing,
    "snooze_conversation": _nothing,
    "mute_conversation": _nothing,
    "change_priority": _priority,
    "send_email_transcript": _text,
    "send_webhook_event": _url,
}
RULE_ACTIONS = {
    **_COMMON,
    "open_conversation": _nothing,
    "send_email_to_team": _team_mail,
    "add_sla": _number,
}
MACRO_ACTIONS = {**_COMMON, "remove_assigned_team": _nothing}


def flaws(actions: Any, allowed: dict[str, Callable[[list[Any]], bool]]) -> list[str]:
    """What is wrong with a list of actions, in sentences; empty when nothing is."""
    if not isinstance(actions, list) or not actions or len(actions) > MOST_ACTIONS:
        return [_("There must be at least one action, and at most %d.") % MOST_ACTIONS]
    return [flaw for one in actions for flaw in _flaws_of(one, allowed)]


def _flaws_of(action: Any, allowed: dict[str, Callable[[list[Any]], bool]]) -> list[str]:
    name = action.get("action_name") if isinstance(action, dict) else None
    if not isinstance(name, str) or name not in allowed:
        return [_("Automation actions %s not supported.") % name]
    params = action.get("action_params") or []
    if not isinstance(params, list) or not allowed[name](params):
        return [_("The parameters of %s do not fit it.") % name]
    return []
