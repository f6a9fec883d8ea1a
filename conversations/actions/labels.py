"""Labels of conversations and contacts: an array on the row for showing, rows of their own for finding."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.events import publish
from config.problems import Invalid
from config.rendering import without_nul
from conversations.actions import changes
from conversations.actions.locking import Locked, lock_visible
from conversations.events import ContactUpdated
from conversations.models import Contact
from inboxes.queries import Access

MOST_LABELS, LONGEST_LABEL = 100, 255


def set_labels(*, actor: Actor, access: Access, display_id: int, labels: list[str]) -> list[str]:
    """Exactly these, in this order; a title needs no Label row. One event, a line for what came and one for
    what went. Returns them as stored."""
    wanted = clean_titles(labels)
    return put_labels(lock_visible(access=access, display_id=display_id), actor=actor, labels=wanted)


def put_labels(locked: Locked, *, actor: Actor, labels: list[str]) -> list[str]:
    """The same for a conversation that is locked already, with titles that are clean."""
    old = list(locked.labels)
    added, removed = _difference(old, labels)
    if not added and not removed:
        return old
    locked.labels = labels
    shown = {"labels": [old, labels]}
    changes.apply_changes(locked, actor=actor, columns={"labels": labels}, changes=shown)
    _store("conversation", account_id=locked.account_id, owner=locked.id, added=added, removed=removed)
    for kind, text, titles in (
        ("labels_added", changes.LABELS_ADDED, added),
        ("labels_removed", changes.LABELS_REMOVED, removed),
    ):
        if titles:
            said = {"labels": ", ".join(titles), "by": actor.name}
            changes.write_activity(locked, actor=actor, kind=kind, text=text, **said)
    return labels


def set_contact_labels(*, actor: Actor, contact: Contact, labels: list[str]) -> list[str]:
    """Exactly these on the contact. Returns them as stored."""
    locked = Contact.objects.for_account(contact.account_id).select_for_update().get(pk=contact.pk)
    return put_contact_labels(locked, actor=actor, labels=clean_titles(labels))


def put_contact_labels(locked: Contact, *, actor: Actor, labels: list[str]) -> list[str]:
    """The same for a contact whose row is locked already, with titles that are clean."""
    wanted, old = labels, locked.labels
    added, removed = _difference(old, wanted)
    if not added and not removed:
        return old
    locked.labels = wanted
    locked.save(update_fields=["labels", "updated_at"])
    _store("contact", account_id=locked.account_id, owner=locked.pk, added=added, removed=removed)
    publish(
        ContactUpdated(
            account_id=locked.account_id,
            contact_id=locked.pk,
            actor=actor.as_payload(),
            changes={"labels": [old, wanted]},
        )
    )
    return wanted


def clean_titles(labels: list[str]) -> list[str]:
    """Without blanks, NUL and repetitions."""
    titles = list(dict.fromkeys(title for one in labels if (title := " ".join(without_nul(one).split()))))
    if len(titles) > MOST_LABELS or any(len(title) > LONGEST_LABEL for title in titles):
        values = {"most": MOST_LABELS, "longest": LONGEST_LABEL}
        text = _("At most %(most)d labels of at most %(longest)d characters. Nothing was changed.") % values
        raise Invalid(text, attributes=["labels"])
    return titles


def _difference(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    return [one for one in new if one not in old], [one for one in old if one not in new]


def _store(kind: str, *, account_id: int, owner: int, added: list[str], removed: list[str]) -> None:
    table: Any = f"conversations_{kind}label"
    with connection.cursor() as cursor:
        if removed:
            cursor.execute(
                f"DELETE FROM {table} WHERE account_id = %s AND {kind}_id = %s AND title = ANY(%s)",
                [account_id, owner, removed],
            )
        if added:
            cursor.execute(
                f"INSERT INTO {table} (account_id, {kind}_id, title) SELECT %s, %s, unnest(%s::text[]) "
                "ON CONFLICT DO NOTHING",
                [account_id, owner, added],
            )
