"""The same change to many conversations or contacts: asked for in one act, done by the workers to one row after the
other, each in a transaction of its own and under its own lock.

Every row is asked for by an event of its own, so that none is forgotten and one that fails holds no other back. What
the asker may see and do is asked again for each row when its turn comes.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import require
from config.events import publish
from config.problems import Invalid, found
from conversations import shapes
from conversations.actions.assignment import put_assignee, put_team
from conversations.actions.attributes import check_priority, put_priority
from conversations.actions.contact_edit import delete_contact
from conversations.actions.labels import clean_titles, put_contact_labels, put_labels
from conversations.actions.locking import Locked, lock_visible
from conversations.actions.status import check_status, put_status
from conversations.events import ContactChangeAsked, ConversationChangeAsked
from conversations.models import Contact
from conversations.queries.threads import seen_among
from inboxes.queries import Access

MOST_ROWS = 1000


class ConversationChanges(TypedDict, total=False):
    """Only what is named changes. Plain values, for they travel in an event."""

    status: str
    snoozed_until: int | None  # epoch seconds; with the status "snoozed"
    priority: str | None
    assignee_id: int | None  # a user; an unknown one unassigns
    team_id: int | None
    add_labels: list[str]
    remove_labels: list[str]


class ContactChanges(TypedDict, total=False):
    add_labels: list[str]
    remove_labels: list[str]
    delete: bool  # administrators only


def ask_conversation_changes(
    *, actor: Actor, access: Access, display_ids: Iterable[int], changes: ConversationChanges
) -> int:
    """Returns how many conversations will be changed: those that there are and the asker sees. Raises Invalid."""
    _check_rows(display_ids := set(display_ids), changes)
    check_status(changes.get("status"), snoozed_until=_until(changes))
    check_priority(changes.get("priority"))
    _clean_labels(changes)
    seen = seen_among(access=access, display_ids=display_ids)
    for row in seen:
        publish(
            ConversationChangeAsked(
                account_id=access.account_id,
                actor=actor.as_payload(),
                conversation_id=row.pk,
                display_id=row.display_id,
                changes=dict(changes),
            )
        )
    return len(seen)


def ask_contact_changes(
    *, actor: Actor, access: Access, contact_ids: Iterable[int], changes: ContactChanges
) -> int:
    """Returns how many contacts will be changed. Raises Invalid, Forbidden."""
    _check_rows(contact_ids := set(contact_ids), changes)
    require(access, "contact.delete" if changes.get("delete") else "contact.update")
    _clean_labels(changes)
    contacts = Contact.objects.for_account(access.account_id).filter(pk__in=contact_ids)
    ids = list(contacts.order_by("pk").values_list("pk", flat=True))
    for contact_id in ids:
        publish(
            ContactChangeAsked(
                account_id=access.account_id,
                actor=actor.as_payload(),
                contact_id=contact_id,
                changes=dict(changes),
            )
        )
    return len(ids)


def change_conversation(
    *, actor: Actor, access: Access, display_id: int, changes: ConversationChanges
) -> None:
    """All of it under one lock, with the events and lines of the single acts. Raises NotFound."""
    locked = lock_visible(access=access, display_id=display_id)
    if labels := _with_labels(locked.labels, changes):
        put_labels(locked, actor=actor, labels=labels[0])
    if "priority" in changes:
        put_priority(locked, actor=actor, priority=changes["priority"])
    if "status" in changes:
        _put_status(locked, actor, changes)
    if "team_id" in changes:  # first: it may take the assignee away
        put_team(locked, actor=actor, team_id=changes["team_id"])
    if "assignee_id" in changes:
        put_assignee(locked, actor=actor, user_id=changes["assignee_id"])


def change_contact(*, actor: Actor, access: Access, contact_id: int, changes: ContactChanges) -> None:
    """Raises NotFound, Forbidden."""
    if changes.get("delete"):
        delete_contact(actor=actor, access=access, contact_id=contact_id)
        return
    contacts = Contact.objects.for_account(access.account_id).select_for_update()
    contact = found(contacts.filter(pk=contact_id).first())
    if labels := _with_labels(contact.labels, changes):
        put_contact_labels(contact, actor=actor, labels=labels[0])


def _check_rows(ids: set[int], changes: Any) -> None:
    if not ids:
        raise Invalid(_("ids are needed. Nothing was changed."), attributes=["ids"])
    if len(ids) > MOST_ROWS:
        text = _("At most %(most)d at once. Nothing was changed.") % {"most": MOST_ROWS}
        raise Invalid(text, attributes=["ids"])
    if not changes:
        raise Invalid(_("There is nothing to change."), attributes=["fields"])


def _clean_labels(changes: Any) -> None:
    for name in ("add_labels", "remove_labels"):
        if name in changes:
            changes[name] = clean_titles(changes[name])


def _with_labels(old: list[str], changes: Any) -> tuple[list[str]] | None:
    """The labels afterwards; None where nobody asked for any."""
    added, gone = changes.get("add_labels", []), set(changes.get("remove_labels", []))
    if not added and not gone:
        return None
    return (clean_titles([*(title for title in old if title not in gone), *added]),)


def _until(changes: ConversationChanges) -> datetime.datetime | None:
    seconds = changes.get("snoozed_until")
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC) if seconds else None


def _put_status(locked: Locked, actor: Actor, changes: ConversationChanges) -> None:
    status = shapes.CONVERSATION_STATUSES.index(changes["status"])
    until = _until(changes) if changes["status"] == "snoozed" else None
    put_status(locked, actor=actor, status=status, snoozed_until=until)
