"""Notes about a contact: for colleagues only."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import require
from config.problems import Forbidden, Invalid, NotFound
from config.rendering import without_nul
from conversations.models import Contact, Note
from inboxes.queries import Access

LONGEST_NOTE = 20_000


def add_note(*, actor: Actor, access: Access, contact_id: int, content: str) -> Note:
    """Raises Forbidden, NotFound for a contact that is not there, Invalid."""
    require(access, "contact.update")
    text = without_nul(content).strip()
    if not text or len(text) > LONGEST_NOTE:
        message = _("Write something, at most %(most)d characters. Nothing was saved.")
        raise Invalid(message % {"most": LONGEST_NOTE}, attributes=["content"])
    if not Contact.objects.for_account(access.account_id).filter(pk=contact_id).exists():
        raise NotFound(_("There is no such contact."))
    return Note.objects.create(
        account_id=access.account_id, contact_id=contact_id, user_id=actor.id, content=text
    )


def delete_note(*, access: Access, contact_id: int, note_id: int) -> None:
    """One's own; an administrator's hand reaches everybody's. Raises NotFound, Forbidden."""
    notes = Note.objects.for_account(access.account_id).filter(contact_id=contact_id, pk=note_id)
    note = notes.first()
    if note is None:
        raise NotFound(_("There is no such note."))
    if note.user_id != access.user_id and not access.is_administrator:
        raise Forbidden(_("Only its author or an administrator can delete a note. Nothing was changed."))
    notes.delete()
