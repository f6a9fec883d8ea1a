"""Notes about a contact. Any member may write, correct and remove them: they are the team's."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.problems import Invalid
from config.rendering import without_nul
from conversations.models import Contact, Note

LONGEST_NOTE = 20_000


def write_note(*, actor: Actor, contact: Contact, content: str) -> Note:
    """Raises Invalid for a blank or too long one."""
    return Note.objects.create(
        account_id=contact.account_id,
        contact=contact,
        user_id=actor.id if actor.kind == "user" else None,
        content=_clean(content),
    )


def update_note(*, actor: Actor, note: Note, content: str) -> Note:
    note.content = _clean(content)
    note.save(update_fields=["content", "updated_at"])
    return note


def delete_note(*, actor: Actor, note: Note) -> None:
    note.delete()


def _clean(content: str) -> str:
    text = without_nul(content).strip()
    if not text:
        raise Invalid(_("Content can't be blank"), attributes=["content"])
    if len(text) > LONGEST_NOTE:
        too_long = _("Content is too long (maximum is %(limit)d characters)") % {"limit": LONGEST_NOTE}
        raise Invalid(too_long, attributes=["content"])
    return text
