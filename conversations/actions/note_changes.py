"""Correcting a note."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import require
from config.problems import Invalid, found
from config.rendering import without_nul
from conversations.actions.notes import LONGEST_NOTE
from conversations.models import Note
from inboxes.queries import Access


def update_note(*, actor: Actor, access: Access, contact_id: int, note_id: int, content: str) -> Note:
    """Any member may: notes are the team's. Raises NotFound, Invalid."""
    require(access, "contact.update")
    text = without_nul(content).strip()
    if not text or len(text) > LONGEST_NOTE:
        message = _("Write something, at most %(most)d characters. Nothing was saved.")
        raise Invalid(message % {"most": LONGEST_NOTE}, attributes=["content"])
    notes = Note.objects.for_account(access.account_id).filter(contact_id=contact_id, pk=note_id)
    note = found(notes.select_related("user").first())
    note.content = text
    note.save(update_fields=["content", "updated_at"])
    return note
