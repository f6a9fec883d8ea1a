"""Contacts and their sessions."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.events import publish
from config.problems import Invalid
from config.rendering import without_nul
from conversations.events import ContactCreated, ContactUpdated
from conversations.models import Contact, ContactInbox
from inboxes.models import Inbox

_MOODS = (
    "amber autumn bold brave breezy calm clever cosmic crimson gentle golden happy lively misty quiet".split()
)
_THINGS = (
    "badger breeze brook cedar cliff comet falcon field forest harbor lake maple meadow otter river".split()
)
_UNIQUE = {"contact_email": "email", "contact_phone": "phone_number", "contact_identifier": "identifier"}
TEXTS = ("name", "email", "phone_number", "identifier")
OBJECTS = ("additional_attributes", "custom_attributes")


def anonymous_name() -> str:
    """Two words, so that agents can tell nameless visitors apart."""
    return f"{secrets.choice(_MOODS)}-{secrets.choice(_THINGS)}-{secrets.randbelow(900) + 100}"


def open_session(*, inbox: Inbox, source_id: str | None = None, **fields: Any) -> ContactInbox:
    """A new contact with a session in the inbox. A source_id that is known is that session, unchanged."""
    if source_id:
        known = _session(inbox, source_id)
        if known:
            return known
    clean = cleaned(fields)
    clean["name"] = clean.get("name") or anonymous_name()
    contact = _create(inbox.account_id, clean)
    source = source_id or str(uuid.uuid4())
    session = ContactInbox.objects.create(
        account_id=inbox.account_id, contact=contact, inbox=inbox, source_id=source
    )
    actor = Actor("contact", contact.pk, contact.name)
    publish(ContactCreated(account_id=inbox.account_id, contact_id=contact.pk, actor=actor.as_payload()))
    return session


def _session(inbox: Inbox, source_id: str) -> ContactInbox | None:
    sessions = ContactInbox.objects.for_account(inbox.account_id).select_related("contact")
    return sessions.filter(inbox_id=inbox.pk, source_id=source_id).first()


def _create(account_id: int, clean: dict[str, Any]) -> Contact:
    try:
        with transaction.atomic():
            return Contact.objects.create(account_id=account_id, **clean)
    except IntegrityError as error:
        raise taken(error) from error


def update_contact(*, actor: Actor, contact: Contact, **fields: Any) -> Contact:
    """Objects are merged, blank texts never overwrite. One event with what changed."""
    changes: dict[str, list[Any]] = {}
    for name, value in cleaned(fields).items():
        old = getattr(contact, name)
        new = {**old, **value} if name in OBJECTS else value
        if new not in (old, "", None):
            changes[name] = [old, new]
            setattr(contact, name, new)
    if not changes:
        return contact
    try:
        with transaction.atomic():
            contact.save(update_fields=[*changes, "updated_at"])
    except IntegrityError as error:
        raise taken(error) from error
    publish(
        ContactUpdated(
            account_id=contact.account_id, contact_id=contact.pk, actor=actor.as_payload(), changes=changes
        )
    )
    return contact


def cleaned(fields: dict[str, Any]) -> dict[str, Any]:
    """Texts without NUL and lower-cased e-mail; blanks become null where the column is unique."""
    clean: dict[str, Any] = {}
    for name in TEXTS:
        value = fields.get(name)
        if value is not None:
            clean[name] = without_nul(str(value)).strip()
    if clean.get("email"):
        clean["email"] = clean["email"].lower()
    for name in ("email", "phone_number", "identifier"):
        if name in clean:
            clean[name] = clean[name] or None
    clean.update({name: fields[name] for name in OBJECTS if fields.get(name) is not None})
    return clean


def taken(error: IntegrityError) -> Exception:
    for constraint, field in _UNIQUE.items():
        if constraint in str(error):
            text = _("%(field)s has already been taken") % {"field": field}
            return Invalid(text, attributes=[field], code="taken")
    return error
