"""What a program does for one of its users that no other channel does."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction

from config.problems import Invalid
from conversations.actions import changes
from conversations.actions.contacts import cleaned, open_session
from conversations.actions.inbound import contact_actor
from conversations.actions.locking import lock_by_id
from conversations.models import Contact, ContactInbox
from inboxes.models import Inbox

_KEYS = ("identifier", "email", "phone_number")


def enter_contact(*, inbox: Inbox, source_id: str | None, **fields: Any) -> ContactInbox:
    """The session of this source_id, unchanged. Else a new one, of the contact with the same identifier, e-mail
    or phone number (unchanged too), else of a new contact."""
    try:
        with transaction.atomic():
            return _session(inbox, source_id, fields)
    except IntegrityError:
        pass
    except Invalid as problem:
        if problem.code != "taken":
            raise
    # Somebody was faster with the same one. The database has made us wait for them: now it is there.
    return _session(inbox, source_id, fields)


def _session(inbox: Inbox, source_id: str | None, fields: dict[str, Any]) -> ContactInbox:
    contact = None if _is_known(inbox, source_id) else _same_contact(inbox.account_id, cleaned(fields))
    if contact is None:
        return open_session(inbox=inbox, source_id=source_id, **fields)
    session = ContactInbox(account_id=inbox.account_id, contact=contact, inbox=inbox)
    session.source_id = source_id or str(uuid.uuid4())
    session.save(force_insert=True)
    return session


def _is_known(inbox: Inbox, source_id: str | None) -> bool:
    sessions = ContactInbox.objects.for_account(inbox.account_id)
    return bool(source_id) and sessions.filter(inbox_id=inbox.pk, source_id=source_id).exists()


def _same_contact(account_id: int, clean: dict[str, Any]) -> Contact | None:
    """An e-mail address is no proof: where an identifier is given, somebody with another one is not the same."""
    contacts = Contact.objects.for_account(account_id)
    for key in _KEYS:
        found = contacts.filter(**{key: clean[key]}).first() if clean.get(key) else None
        if found and (found.identifier is None or clean.get("identifier") in (None, found.identifier)):
            return found
    return None


def verify_session(session: ContactInbox) -> None:
    """Its program has signed who this is: from now on all verified sessions of the contact are one."""
    if not session.hmac_verified:
        ContactInbox.objects.for_account(session.account_id).filter(pk=session.pk).update(hmac_verified=True)
        session.hmac_verified = True


def resolve_conversation(*, session: ContactInbox, conversation_id: int) -> None:
    """The contact needs nothing more. Already resolved: nothing happens."""
    actor = contact_actor(session)
    locked = lock_by_id(account_id=session.account_id, conversation_id=conversation_id)
    if changes.set_status(locked, actor=actor, status=changes.RESOLVED):
        line = changes.STATUS_LINES[changes.RESOLVED]
        changes.write_activity(locked, actor=actor, kind="status.1", text=line, by=actor.name)
