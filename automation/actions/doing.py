"""What rules and macros may do (automation.effects), done: each by the action that an agent's click takes, on a
conversation that is locked already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.actors import Actor
from automation.events import ConversationPostAsked
from config.events import publish
from config.problems import Invalid
from conversations import shapes
from conversations.actions.assignment import put_assignee, put_team
from conversations.actions.attributes import put_muted, put_priority
from conversations.actions.labels import clean_titles, put_labels
from conversations.actions.locking import Locked
from conversations.actions.messages import MessageDraft, checked, kind_of, write_message
from conversations.actions.status import put_status
from conversations.actions.transcripts import put_transcript


@dataclass(frozen=True)
class Doing:
    """On what, in whose name, and what a webhook is told of it."""

    locked: Locked
    actor: Actor
    event_name: str


def do(doing: Doing, *, action: dict[str, Any]) -> None:
    """One action as it is stored. Raises Problem for what cannot be done, and then nothing was."""
    effect = EFFECTS.get(action["action_name"])
    if effect is None:
        raise Invalid(_("%(name)s is not done yet.") % {"name": action["action_name"]})
    effect(doing, action.get("action_params") or [])


def _say(doing: Doing, text: str, *, private: bool) -> None:
    draft = MessageDraft(content=text, private=private)
    checked(draft, account_id=doing.locked.account_id)
    kind = kind_of(draft=draft, locked=doing.locked)
    write_message(actor=doing.actor, locked=doing.locked, draft=draft, kind=kind)


def _send_message(doing: Doing, params: list[Any]) -> None:
    _say(doing, params[0], private=False)


def _add_note(doing: Doing, params: list[Any]) -> None:
    _say(doing, params[0], private=True)


def _add_label(doing: Doing, params: list[Any]) -> None:
    put_labels(
        doing.locked, actor=doing.actor, labels=clean_titles([*doing.locked.labels, *map(str, params)])
    )


def _remove_label(doing: Doing, params: list[Any]) -> None:
    kept = [title for title in doing.locked.labels if title not in params]
    put_labels(doing.locked, actor=doing.actor, labels=kept)


def _assign_agent(doing: Doing, params: list[Any]) -> None:
    """ "self" is who runs it. Other texts but "nil" are ignored, as the contract has it."""
    who = doing.actor.id if params[0] == "self" else None if params[0] == "nil" else params[0]
    if who is None or isinstance(who, int):
        put_assignee(doing.locked, actor=doing.actor, user_id=who)


def _assign_team(doing: Doing, params: list[Any]) -> None:
    which = None if params[0] in ("nil", 0) else params[0]
    if which is None or isinstance(which, int):
        put_team(doing.locked, actor=doing.actor, team_id=which)


def _remove_team(doing: Doing, params: list[Any]) -> None:
    put_team(doing.locked, actor=doing.actor, team_id=None)


def _change_status(doing: Doing, params: list[Any]) -> None:
    put_status(doing.locked, actor=doing.actor, status=shapes.CONVERSATION_STATUSES.index(params[0]))


def _becomes(status: str) -> Callable[[Doing, list[Any]], None]:
    return lambda doing, _params: _change_status(doing, [status])


def _mute(doing: Doing, params: list[Any]) -> None:
    put_muted(doing.locked, actor=doing.actor, muted=True)


def _change_priority(doing: Doing, params: list[Any]) -> None:
    put_priority(doing.locked, actor=doing.actor, priority=None if params[0] == "nil" else params[0])


def _send_transcript(doing: Doing, params: list[Any]) -> None:
    for address in (one.strip() for one in params[0].split(",")):
        try:
            validate_email(address)
        except ValidationError:
            text = _("%(address)s is no e-mail address.") % {"address": address[:100]}
            raise Invalid(text) from None
        put_transcript(doing.locked, actor=doing.actor, email=address)


def _post_conversation(doing: Doing, params: list[Any]) -> None:
    publish(
        ConversationPostAsked(
            account_id=doing.locked.account_id,
            actor=doing.actor.as_payload(),
            conversation_id=doing.locked.id,
            url=params[0],
            event_name=doing.event_name,
        )
    )


# What is missing here is known to automation.effects and can be stored: send_attachment, send_email_to_team, add_sla.
EFFECTS: dict[str, Callable[[Doing, list[Any]], None]] = {
    "send_message": _send_message,
    "add_private_note": _add_note,
    "add_label": _add_label,
    "remove_label": _remove_label,
    "assign_agent": _assign_agent,
    "assign_team": _assign_team,
    "remove_assigned_team": _remove_team,
    "change_status": _change_status,
    "resolve_conversation": _becomes("resolved"),
    "open_conversation": _becomes("open"),
    "snooze_conversation": _becomes("snoozed"),
    "mute_conversation": _mute,
    "change_priority": _change_priority,
    "send_email_transcript": _send_transcript,
    "send_webhook_event": _post_conversation,
}
