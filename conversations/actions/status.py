from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from config.problems import Invalid
from conversations import shapes
from conversations.actions import changes
from conversations.actions.locking import Locked, lock_by_id, lock_visible
from conversations.shapes import Row
from inboxes.queries import Access


def change_status(
    *,
    actor: Actor,
    access: Access,
    display_id: int,
    status: str | None,
    snoozed_until: datetime.datetime | None = None,
) -> Row:
    """Set a status; without one toggle between open and resolved (pending and snoozed become open). Returns
    {conversation_id, current_status, snoozed_until}."""
    check_status(status, snoozed_until=snoozed_until)
    locked = lock_visible(access=access, display_id=display_id)
    wanted = _wanted(locked, status)
    is_handoff = actor.kind == "agent_bot" and (locked.status, wanted) == (changes.PENDING, changes.OPEN)
    until = snoozed_until if wanted == changes.SNOOZED else None
    put_status(locked, actor=actor, status=wanted, snoozed_until=until)
    return {
        "success": None if is_handoff else True,
        "conversation_id": locked.display_id,
        "current_status": shapes.CONVERSATION_STATUSES[wanted],
        "snoozed_until": shapes.iso(until),
    }


def check_status(status: str | None, *, snoozed_until: datetime.datetime | None = None) -> None:
    """Raises Invalid."""
    if status is not None and status not in shapes.CONVERSATION_STATUSES:
        allowed = ", ".join(shapes.CONVERSATION_STATUSES)
        raise Invalid(_("status must be one of %(allowed)s") % {"allowed": allowed}, attributes=["status"])
    if snoozed_until is not None and snoozed_until <= timezone.now():
        raise Invalid(_("snoozed_until must be in the future"), attributes=["snoozed_until"])


def put_status(
    locked: Locked, *, actor: Actor, status: int, snoozed_until: datetime.datetime | None = None
) -> None:
    """Of a conversation that is locked already, with its activity line."""
    if changes.set_status(locked, actor=actor, status=status, snoozed_until=snoozed_until):
        line = changes.STATUS_LINES[status]
        changes.write_activity(locked, actor=actor, kind=f"status.{status}", text=line, by=actor.name)


def _wanted(locked: Locked, status: str | None) -> int:
    if status is not None:
        return shapes.CONVERSATION_STATUSES.index(status)
    return changes.RESOLVED if locked.status == changes.OPEN else changes.OPEN


def wake_conversation(*, account_id: int, conversation_id: int) -> bool:
    """Open a snoozed conversation whose time has come. Returns whether it was still due."""
    locked = lock_by_id(account_id=account_id, conversation_id=conversation_id)
    if locked.status != changes.SNOOZED or not locked.snoozed_until or locked.snoozed_until > timezone.now():
        return False
    changed = changes.set_status(locked, actor=SYSTEM, status=changes.OPEN)
    line = changes.STATUS_LINES[changes.OPEN]
    changes.write_activity(locked, actor=SYSTEM, kind="status.0", text=line, by="system")
    return changed
