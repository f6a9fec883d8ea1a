"""Attributes that the page around a visitor's widget takes from its contact."""

from __future__ import annotations

from collections.abc import Iterable

from config.events import publish
from conversations.actions.inbound import contact_actor
from conversations.events import ContactUpdated
from conversations.models import Contact, ContactInbox


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
