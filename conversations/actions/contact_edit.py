"""What members do with contacts: enter, correct, remove. (conversations.actions.contacts has what contacts do.)"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actors import Actor
from accounts.permissions import require
from config.events import publish
from config.problems import Invalid, found
from conversations.actions.contacts import OBJECTS, TEXTS, cleaned, taken
from conversations.actions.conversations import enter_inbox
from conversations.events import ContactCreated, ContactDeleted, ContactUpdated
from conversations.merging import deep_merged
from conversations.models import Contact, ContactInbox
from inboxes.models import Inbox
from inboxes.queries import Access

_PHONE = re.compile(r"\+[1-9]\d{1,14}")
_LONGEST = {"name": 255, "email": 254, "phone_number": 32, "identifier": 255}


def create_contact(
    *, actor: Actor, access: Access, inbox: Inbox | None = None, source_id: str | None = None, **fields: Any
) -> tuple[Contact, ContactInbox | None]:
    """A contact, and with an inbox their session in it. Raises Invalid for an e-mail address, phone number or
    identifier that somebody else has."""
    clean = cleaned(fields)
    check_fields(clean)
    contact = Contact(account_id=access.account_id, blocked=bool(fields.get("blocked")), **clean)
    contact.contact_type = _type_of(contact)
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
    except IntegrityError as error:
        raise taken(error) from error
    session = enter_inbox(contact=contact, inbox=inbox, source_id=source_id) if inbox else None
    publish(ContactCreated(account_id=access.account_id, contact_id=contact.pk, actor=actor.as_payload()))
    return contact, session


def edit_contact(*, actor: Actor, access: Access, contact_id: int, **fields: Any) -> Contact:
    """Only what is given changes; a blank text clears, objects are merged into what there is. Raises NotFound, and
    Invalid as create_contact does."""
    contact = _locked(access, contact_id)
    clean = cleaned(fields)
    for name in ("email", "phone_number", "identifier"):
        if name in fields and name not in clean:
            clean[name] = None
    check_fields(clean)
    for name in OBJECTS:
        if name in clean:
            clean[name] = deep_merged(getattr(contact, name), clean[name])
    if fields.get("blocked") is not None:
        clean["blocked"] = bool(fields["blocked"])
    _store(contact, actor=actor, new=clean)
    return contact


def remove_custom_attributes(*, actor: Actor, access: Access, contact_id: int, keys: list[str]) -> Contact:
    contact = _locked(access, contact_id)
    kept = {key: value for key, value in contact.custom_attributes.items() if key not in keys}
    _store(contact, actor=actor, new={"custom_attributes": kept})
    return contact


def _locked(access: Access, contact_id: int) -> Contact:
    contacts = Contact.objects.for_account(access.account_id).select_for_update()
    contact = found(contacts.filter(pk=contact_id).first())
    return contact


def _store(contact: Contact, *, actor: Actor, new: dict[str, Any]) -> None:
    changes = {
        name: [getattr(contact, name), value]
        for name, value in new.items()
        if getattr(contact, name) != value
    }
    if not changes:
        return
    for name, (_old, value) in changes.items():
        setattr(contact, name, value)
    contact.contact_type = _type_of(contact)
    try:
        with transaction.atomic():
            contact.save(update_fields=[*changes, "contact_type", "updated_at"])
    except IntegrityError as error:
        raise taken(error) from error
    publish(
        ContactUpdated(
            account_id=contact.account_id, contact_id=contact.pk, actor=actor.as_payload(), changes=changes
        )
    )


def check_fields(clean: dict[str, Any]) -> None:
    """Raises Invalid with the field."""
    for name in TEXTS:
        if len(clean.get(name) or "") > _LONGEST[name]:
            values = {"name": name, "limit": _LONGEST[name]}
            text = _("%(name)s is too long (maximum is %(limit)d characters)") % values
            raise Invalid(text, attributes=[name])
    if clean.get("email"):
        try:
            validate_email(clean["email"])
        except ValidationError:
            raise Invalid(_("Email is invalid"), attributes=["email"]) from None
    if clean.get("phone_number") and not _PHONE.fullmatch(clean["phone_number"]):
        raise Invalid(_("Phone number should be in e164 format"), attributes=["phone_number"])


def _type_of(contact: Contact) -> int:
    """A visitor who can be reached is a lead."""
    if contact.contact_type == Contact.Type.VISITOR and (contact.email or contact.phone_number):
        return Contact.Type.LEAD
    return contact.contact_type


_DELETE = "DELETE FROM conversations_contact WHERE account_id = %s AND id = %s"


def delete_contact(*, actor: Actor, access: Access, contact_id: int) -> None:
    """With their conversations, messages and notes, for good; the sweep takes the files. Administrators only."""
    contact = _locked(access, contact_id)
    require(access, "contact.delete")
    record_audit(actor=actor, account_id=access.account_id, action="contact.deleted", subject=contact)
    with connection.cursor() as cursor:  # the database's own cascade
        cursor.execute(_DELETE, [access.account_id, contact.pk])
    publish(ContactDeleted(account_id=access.account_id, contact_id=contact.pk, actor=actor.as_payload()))
