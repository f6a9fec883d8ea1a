"""Two contacts who turned out to be one person."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actors import Actor
from config.events import publish
from config.problems import Invalid, NotFound
from conversations.actions.labels import set_contact_labels
from conversations.actions.locking import lock_by_id
from conversations.events import ContactMerged, ContactUpdated, ConversationUpdated
from conversations.merging import deep_merged, without_blanks
from conversations.models import Contact, Conversation
from inboxes.queries import Access

_FIELDS = ("identifier", "name", "email", "phone_number", "additional_attributes", "custom_attributes")
# All that belongs to a contact, with the column that says so.
_MOVED = (
    ("conversations_conversation", "contact_id"),
    ("conversations_message", "sender_contact_id"),
    ("conversations_contactinbox", "contact_id"),
    ("conversations_note", "contact_id"),
    ("conversations_surveyresponse", "contact_id"),
)


def merge_contacts(*, actor: Actor, access: Access, base_id: int, mergee_id: int) -> Contact:
    """The base keeps what it has and takes what it lacks; the other one is gone. Conversations, messages, sessions,
    notes and labels move. Raises NotFound; Invalid for a contact and itself."""
    if base_id == mergee_id:
        text = _("A contact cannot be merged with itself. Nothing was changed.")
        raise Invalid(text, attributes=["mergee_contact_id"])
    base, mergee = _lock(access, base_id, mergee_id)
    merged = deep_merged(_known(mergee), _known(base))
    changes = {
        name: [getattr(base, name), value] for name, value in merged.items() if getattr(base, name) != value
    }
    moved = _talks_of(access.account_id, mergee_id)
    _move(access.account_id, base_id, mergee_id)
    before = {name: getattr(mergee, name) for name in ("name", "email", "phone_number", "identifier")}
    _remove(mergee)  # first: what is unique must be free before the base can have it
    _store(base, mergee, changes)
    set_contact_labels(actor=actor, contact=base, labels=list(dict.fromkeys([*base.labels, *mergee.labels])))
    record_audit(
        actor=actor,
        account_id=access.account_id,
        action="contact.merged",
        subject=base,
        changes={
            "merged_id": [mergee_id, base_id],
            **{name: [old, None] for name, old in before.items() if old},
        },
    )
    about: dict[str, Any] = {
        "account_id": access.account_id,
        "contact_id": base_id,
        "actor": actor.as_payload(),
    }
    _tell_of_talks(actor, access.account_id, moved, changed=[mergee_id, base_id])
    publish(ContactMerged(**about, merged_id=mergee_id))
    if changes:
        publish(ContactUpdated(**about, changes=changes))
    return base


def _lock(access: Access, base_id: int, mergee_id: int) -> tuple[Contact, Contact]:
    """Conversations first, as whoever writes a message does, so that nobody waits in a circle."""
    ids = sorted((base_id, mergee_id))
    talks = Conversation.objects.for_account(access.account_id).filter(contact_id__in=ids)
    list(talks.select_for_update().order_by("pk").values_list("pk"))
    contacts = Contact.objects.for_account(access.account_id).filter(pk__in=ids)
    found = {contact.pk: contact for contact in contacts.select_for_update().order_by("pk")}
    if len(found) < 2:
        raise NotFound()
    return found[base_id], found[mergee_id]


def _known(contact: Contact) -> dict[str, Any]:
    return without_blanks({name: getattr(contact, name) for name in _FIELDS})


def _talks_of(account_id: int, contact_id: int) -> list[int]:
    talks = Conversation.objects.for_account(account_id).filter(contact_id=contact_id)
    return list(talks.order_by("pk").values_list("pk", flat=True))


def _tell_of_talks(actor: Actor, account_id: int, ids: list[int], *, changed: list[int]) -> None:
    """They are with somebody else now."""
    for one in ids:
        locked = lock_by_id(account_id=account_id, conversation_id=one)
        publish(
            ConversationUpdated(
                account_id=account_id, changes={"contact_id": changed}, **locked.routing(actor)
            )
        )


def _move(account_id: int, base_id: int, mergee_id: int) -> None:
    with connection.cursor() as cursor:
        for table, column in _MOVED:
            cursor.execute(
                f"UPDATE {table} SET {column} = %s WHERE account_id = %s AND {column} = %s",
                [base_id, account_id, mergee_id],
            )


def _remove(mergee: Contact) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM conversations_contact WHERE account_id = %s AND id = %s",
            [mergee.account_id, mergee.pk],
        )


def _store(base: Contact, mergee: Contact, changes: dict[str, list[Any]]) -> None:
    for name, (_old, value) in changes.items():
        setattr(base, name, value)
    seen = [one for one in (base.last_activity_at, mergee.last_activity_at) if one]
    base.last_activity_at = max(seen) if seen else None
    base.blocked = base.blocked or mergee.blocked
    base.contact_type = max(base.contact_type, mergee.contact_type)
    base.save()
