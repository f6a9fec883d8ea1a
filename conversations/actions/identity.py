"""Who a visitor says they are. Somebody known already takes the visitor's session over; the anonymous contact
that it had until now goes."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.events import publish
from config.problems import Conflict
from conversations.actions.contacts import OBJECTS, TEXTS, cleaned, update_contact
from conversations.actions.inbound import contact_actor
from conversations.actions.locking import lock_by_id
from conversations.events import ConversationUpdated
from conversations.models import Contact, ContactInbox, Conversation

# An identifier is the strongest claim, a phone number the weakest.
_KEYS = ("identifier", "email", "phone_number")
_MOVE = (
    "UPDATE conversations_conversation SET contact_id = %(new)s, updated_at = clock_timestamp() "
    "WHERE account_id = %(account)s AND contact_inbox_id = %(session)s",
    "UPDATE conversations_message SET sender_contact_id = %(new)s WHERE account_id = %(account)s "
    "AND sender_contact_id = %(old)s AND conversation_id IN (SELECT id FROM conversations_conversation "
    "WHERE account_id = %(account)s AND contact_inbox_id = %(session)s)",
    "UPDATE conversations_contactinbox SET contact_id = %(new)s "
    "WHERE account_id = %(account)s AND id = %(session)s",
)
_MOVE_NOTES = (
    "UPDATE conversations_note SET contact_id = %(new)s "
    "WHERE account_id = %(account)s AND contact_id = %(old)s"
)


class AnotherPerson(Conflict):
    """The session belongs to somebody with another identifier: it takes a new session."""

    code = "another_person"


def identify_contact(*, session: ContactInbox, verified: bool, **fields: Any) -> ContactInbox:
    """`fields` as for update_contact. Without proof (`verified`) nothing that is known of somebody else is
    overwritten: only gaps are filled. Raises AnotherPerson. Returns the session with its contact of now."""
    clean = cleaned(fields)
    own = session.contact
    if clean.get("identifier") and own.identifier not in (None, clean["identifier"]):
        raise AnotherPerson(_("This visit belongs to somebody else."))
    known = _known(session, clean, verified=verified)
    if known is not None:
        _take_over(session, known)
    if verified and not session.hmac_verified:
        ContactInbox.objects.for_account(session.account_id).filter(pk=session.pk).update(hmac_verified=True)
        session.hmac_verified = True
    contact = session.contact
    if known is not None and not verified:
        clean = _gaps(contact, clean)
    clean = _without_taken(contact, clean)
    update_contact(actor=contact_actor(session), contact=contact, **clean)
    return session


def _known(session: ContactInbox, clean: dict[str, Any], *, verified: bool) -> Contact | None:
    """Somebody else who is meant by the identifier, else by e-mail address, else by phone number."""
    contacts = Contact.objects.for_account(session.account_id).exclude(pk=session.contact_id)
    for key in _KEYS:
        found = contacts.filter(**{key: clean[key]}).first() if clean.get(key) else None
        if found and _may_take_over(session, found, clean, key=key, verified=verified):
            return found
    return None


def _may_take_over(
    session: ContactInbox, found: Contact, clean: dict[str, Any], *, key: str, verified: bool
) -> bool:
    if key == "identifier":
        # Whoever has been proven once is not taken over by a claim.
        return verified or not found.contact_inboxes.filter(hmac_verified=True).exists()
    if session.contact.identifier or found.identifier not in (None, clean.get("identifier")):
        return False
    return key == "email" or found.email in (None, clean.get("email"))


def _gaps(contact: Contact, clean: dict[str, Any]) -> dict[str, Any]:
    gaps = {name: value for name, value in clean.items() if name in TEXTS and not getattr(contact, name)}
    for name in OBJECTS:
        mine = getattr(contact, name)
        gaps[name] = {key: value for key, value in clean.get(name, {}).items() if key not in mine}
    return gaps


def _without_taken(contact: Contact, clean: dict[str, Any]) -> dict[str, Any]:
    """What belongs to somebody who was not taken over is not written."""
    others = Contact.objects.for_account(contact.account_id).exclude(pk=contact.pk)
    return {
        name: value
        for name, value in clean.items()
        if name not in _KEYS or not value or not others.filter(**{name: value}).exists()
    }


def _take_over(session: ContactInbox, contact: Contact) -> None:
    old = session.contact
    # A conversation that is being opened waits for this row, or we for it.
    ContactInbox.objects.for_account(session.account_id).select_for_update().get(pk=session.pk)
    ids = {"account": session.account_id, "session": session.pk, "old": old.pk, "new": contact.pk}
    conversations = list(
        Conversation.objects.for_account(session.account_id)
        .filter(contact_inbox_id=session.pk)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    locked = [lock_by_id(account_id=session.account_id, conversation_id=one) for one in conversations]
    leaves = not old.contact_inboxes.exclude(pk=session.pk).exists()
    with connection.cursor() as cursor:
        for statement in (*_MOVE, *((_MOVE_NOTES,) if leaves else ())):
            cursor.execute(statement, ids)
    session.contact = contact
    if leaves and old.identifier is None:
        Contact.objects.for_account(session.account_id).filter(pk=old.pk).delete()
    actor = Actor("contact", contact.pk, contact.name)
    for one in locked:
        one.contact_id = contact.pk
        changes = {"contact_id": [old.pk, contact.pk]}
        publish(ConversationUpdated(account_id=session.account_id, changes=changes, **one.routing(actor)))
