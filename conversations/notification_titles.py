"""What a notification says in one line."""

from __future__ import annotations

from django.utils.translation import gettext as _

from conversations.models import Notification

Type = Notification.Type


def title_of(row: Notification) -> str:
    """With its conversation and contact."""
    name = row.conversation.contact.name or _("A visitor")
    texts = {
        Type.CONVERSATION_CREATION: _("New conversation #%(id)d with %(name)s"),
        Type.CONVERSATION_ASSIGNMENT: _("Conversation #%(id)d with %(name)s is assigned to you"),
        Type.ASSIGNED_CONVERSATION_NEW_MESSAGE: _("New message in conversation #%(id)d with %(name)s"),
        Type.CONVERSATION_MENTION: _("You were mentioned in conversation #%(id)d with %(name)s"),
        Type.PARTICIPATING_CONVERSATION_NEW_MESSAGE: _("New message in conversation #%(id)d with %(name)s"),
    }
    text = texts.get(Type(row.notification_type), _("News in conversation #%(id)d with %(name)s"))
    return " ".join((text % {"id": row.conversation.display_id, "name": name}).split())
