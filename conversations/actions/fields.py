"""One field of a contact or a conversation, changed in place: exactly what was typed, a blank clears it."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import require
from config.events import publish
from config.problems import Invalid, NotFound
from conversations.actions.attributes import put_custom_attributes
from conversations.actions.contacts import cleaned, taken
from conversations.actions.locking import lock_visible
from conversations.events import ContactUpdated
from conversations.models import Contact, CustomAttributeDefinition
from conversations.typed_values import typed_value
from inboxes.queries import Access

_PHONE = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
LONGEST = 255


def set_contact_text(*, actor: Actor, access: Access, contact_id: int, field: str, value: str) -> Contact:
    """`field` is name, email, phone_number or identifier. Raises NotFound, Invalid."""
    require(access, "contact.update")
    contact = _locked_contact(access, contact_id)
    new = cleaned({field: value})[field]
    _check(field, new or "")
    return _store(actor, contact, field, new)


def set_contact_attribute(*, actor: Actor, access: Access, contact_id: int, key: str, value: str) -> Contact:
    """A custom attribute that the account has defined for contacts. Raises NotFound, Invalid."""
    require(access, "contact.update")
    definition = _definition(access, key, CustomAttributeDefinition.Model.CONTACT)
    contact = _locked_contact(access, contact_id)
    new = _with(contact.custom_attributes, key, typed_value(definition, value))
    return _store(actor, contact, "custom_attributes", new)


def set_conversation_attribute(
    *, actor: Actor, access: Access, display_id: int, key: str, value: str
) -> None:
    """The same for an attribute of conversations."""
    definition = _definition(access, key, CustomAttributeDefinition.Model.CONVERSATION)
    locked = lock_visible(access=access, display_id=display_id)
    new = _with(locked.custom_attributes, key, typed_value(definition, value))
    if new != locked.custom_attributes:
        put_custom_attributes(locked, actor=actor, custom_attributes=new)


def _with(attributes: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    rest = {name: old for name, old in attributes.items() if name != key}
    return rest if value is None else {**attributes, key: value}


def _definition(access: Access, key: str, model: int) -> CustomAttributeDefinition:
    definitions = CustomAttributeDefinition.objects.for_account(access.account_id)
    found = definitions.filter(attribute_key=key, attribute_model=model).first()
    if found is None:
        raise NotFound(_("There is no such attribute."))
    return found


def _locked_contact(access: Access, contact_id: int) -> Contact:
    contacts = Contact.objects.for_account(access.account_id).select_for_update(of=("self",))
    contact = contacts.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    return contact


def _check(field: str, value: str) -> None:
    if len(value) > LONGEST:
        raise Invalid(_("At most %(most)d characters.") % {"most": LONGEST}, attributes=[field])
    if field == "email" and value:
        try:
            validate_email(value)
        except ValidationError as error:
            raise Invalid(_("This is not an e-mail address."), attributes=[field]) from error
    if field == "phone_number" and value and not _PHONE.fullmatch(value):
        text = _("Write the number with its country, like +4930123456.")
        raise Invalid(text, attributes=[field])


def _store(actor: Actor, contact: Contact, field: str, new: Any) -> Contact:
    old = getattr(contact, field)
    if new == old:
        return contact
    setattr(contact, field, new)
    try:
        with transaction.atomic():
            contact.save(update_fields=[field, "updated_at"])
    except IntegrityError as error:
        raise taken(error) from error
    publish(
        ContactUpdated(
            account_id=contact.account_id,
            contact_id=contact.pk,
            actor=actor.as_payload(),
            changes={field: [old, new]},
        )
    )
    return contact
