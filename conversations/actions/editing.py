"""Correcting what a member has said."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.problems import Forbidden, Invalid
from config.rendering import without_nul
from conversations import shapes
from conversations.actions.message_changes import locked_message, save_message
from conversations.models import Message
from conversations.models.message import CONTENT_LIMIT
from conversations.shapes import Row
from inboxes.queries import Access


def edit_message(*, actor: Actor, access: Access, display_id: int, message_id: int, content: str) -> Row:
    """Its author, or an administrator. `content_attributes.edited_at` tells when. Raises NotFound, Forbidden,
    Invalid. Returns PUSH_MESSAGE."""
    content = without_nul(content).strip()
    if not content or len(content) > CONTENT_LIMIT:
        text = _("Content must have between 1 and %(limit)d characters. Nothing was changed.")
        raise Invalid(text % {"limit": CONTENT_LIMIT}, attributes=["content"])
    locked, message = locked_message(access=access, display_id=display_id, message_id=message_id)
    mine = actor.kind == "user" and message.sender_user_id == actor.id
    is_said = message.message_type == Message.Type.OUTGOING and not message.content_attributes.get("deleted")
    if not is_said or not (mine or access.is_administrator):
        raise Forbidden(_("Only what was said by yourself can be changed. Nothing was changed."))
    if content != message.content:
        message.content = content
        message.content_attributes = {
            **message.content_attributes,
            "edited_at": shapes.iso(timezone.now()),
        }
    return save_message(locked, message=message, actor=actor)
