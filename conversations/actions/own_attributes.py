"""Attributes that the page around a visitor's widget sets on their conversation or contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from accounts.actors import Actor
from config.events import publish
from conversations.actions.changes import apply_changes
from conversations.actions.inbound import contact_actor
from conversations.actions.locking import Locked
from conversations.events import ContactUpdated
from conversations.models import Contact, ContactInbox


def replace_conversation_attributes(locked: Locked, *, actor: Actor, attributes: dict[str, Any]) -> None:
    """The conversation's custom attributes are these and no others. One event, none if nothing changed."""
    if attributes == locked.custom_attributes:
        return
    changes = {"custom_attributes": [locked.custom_attributes, attributes]}
    columns = {"custom_attributes": orjson.dumps(attributes).decode()}
    locked.custom_attributes = attributes
    apply_changes(locked, actor=actor, columns=columns, changes=changes)


def remove_contact_attributes(*, session: ContactInbox, keys: Iterable[str]) -> Contact:
    contact = Contact.objects.for_account(session.account_id).select_for_update().get(pk=session.contact_id)
    gone = set(keys)
    old = contact.custom_attributes
    new = {key: value for key, value in old.items() if key not in gone}
    if new != old:
        contact.custom_attributes = new
        contact.save(update_fields=["custom_attributes", "updated_at"])
        changes = {"custom_attributes": [old, new]}
        actor = contact_actor(session).as_payload()
        publish(
            ContactUpdated(account_id=contact.account_id, contact_id=contact.pk, actor=actor, changes=changes)
        )
    session.contact = contact
    return contact
