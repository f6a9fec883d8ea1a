"""Priority, custom attributes and muting: what is set on a conversation beside its status and its people."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.events import publish
from config.problems import Invalid
from conversations import shapes
from conversations.actions import changes
from conversations.actions.locking import Locked, lock_visible
from conversations.events import ContactUpdated
from conversations.models import Contact
from inboxes.queries import Access

LONGEST_TEXT, LARGEST_NUMBER = 1500, 9_999_999_999


def set_priority(*, actor: Actor, access: Access, display_id: int, priority: str | None) -> None:
    """One of shapes.PRIORITIES, or None to take it away."""
    check_priority(priority)
    put_priority(lock_visible(access=access, display_id=display_id), actor=actor, priority=priority)


def check_priority(priority: str | None) -> None:
    """Raises Invalid."""
    if priority is not None and priority not in shapes.PRIORITIES:
        allowed = ", ".join(shapes.PRIORITIES)
        raise Invalid(
            _("priority must be one of %(allowed)s") % {"allowed": allowed}, attributes=["priority"]
        )


def put_priority(locked: Locked, *, actor: Actor, priority: str | None) -> None:
    """The same for a conversation that is locked already, with a priority that there is."""
    number = None if priority is None else shapes.PRIORITIES.index(priority)
    if number == locked.priority:
        return
    old = None if locked.priority is None else shapes.PRIORITIES[locked.priority]
    locked.priority = number
    shown = {"priority": [old, priority]}
    changes.apply_changes(locked, actor=actor, columns={"priority": number}, changes=shown)
    kind, text = _priority_line(old, priority)
    changes.write_activity(locked, actor=actor, kind=kind, text=text, old=old, new=priority, by=actor.name)


def _priority_line(old: str | None, new: str | None) -> tuple[str, str]:
    if new is None:
        return "priority_removed", changes.PRIORITY_REMOVED
    if old is None:
        return "priority_added", changes.PRIORITY_ADDED
    return "priority_changed", changes.PRIORITY_CHANGED


def replace_custom_attributes(
    *, actor: Actor, access: Access, display_id: int, custom_attributes: dict[str, Any]
) -> dict[str, Any]:
    """All of them at once: what is not named is gone. Returns them."""
    check_attributes(custom_attributes, field="custom_attributes")
    locked = lock_visible(access=access, display_id=display_id)
    if custom_attributes != locked.custom_attributes:
        put_custom_attributes(locked, actor=actor, custom_attributes=custom_attributes)
    return custom_attributes


def put_custom_attributes(locked: Locked, *, actor: Actor, custom_attributes: dict[str, Any]) -> None:
    shown = {"custom_attributes": [locked.custom_attributes, custom_attributes]}
    locked.custom_attributes = custom_attributes
    columns = {"custom_attributes": json.dumps(custom_attributes)}
    changes.apply_changes(locked, actor=actor, columns=columns, changes=shown)


def check_attributes(values: dict[str, Any], *, field: str) -> None:
    """The contract's limits of single values. Raises Invalid."""
    for key, value in values.items():
        too_long = isinstance(value, str) and len(value) > LONGEST_TEXT
        too_large = isinstance(value, int) and abs(value) > LARGEST_NUMBER
        if too_long or too_large:
            values_said = {"field": field, "key": key[:100], "text": LONGEST_TEXT, "number": LARGEST_NUMBER}
            text = _("%(field)s: %(key)s is too long (at most %(text)d characters, or %(number)d)")
            raise Invalid(text % values_said, attributes=[field])


def set_muted(*, actor: Actor, access: Access, display_id: int, muted: bool) -> None:
    """Muting blocks the contact and resolves the conversation; the other way only unblocks."""
    put_muted(lock_visible(access=access, display_id=display_id), actor=actor, muted=muted)


def put_muted(locked: Locked, *, actor: Actor, muted: bool) -> None:
    """The same for a conversation that is locked already."""
    if muted:
        changes.set_status(locked, actor=actor, status=changes.RESOLVED)
    if locked.contact["blocked"] == muted:
        return
    locked.contact["blocked"] = muted
    contacts = Contact.objects.for_account(locked.account_id).filter(pk=locked.contact_id)
    contacts.update(blocked=muted)
    publish(
        ContactUpdated(
            account_id=locked.account_id,
            contact_id=locked.contact_id,
            actor=actor.as_payload(),
            changes={"blocked": [not muted, muted]},
        )
    )
    kind, text = ("muted", changes.MUTED) if muted else ("unmuted", changes.UNMUTED)
    changes.write_activity(locked, actor=actor, kind=kind, text=text, by=actor.name)
