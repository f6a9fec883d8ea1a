"""What can be done to a message that was written: take it back, try it again."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actors import Actor
from config.events import publish
from config.problems import Invalid, NotFound
from conversations.actions.locking import Locked, lock_visible
from conversations.events import MessageUpdated
from conversations.models import Attachment, Message
from inboxes.queries import Access

DELETED = gettext_noop("This message was deleted")


def delete_message(*, actor: Actor, access: Access, display_id: int, message_id: int) -> None:
    """The line stays, its text and files go, for the visitor, too. Raises NotFound; Invalid for an activity
    line."""
    locked = lock_visible(access=access, display_id=display_id)
    message = _message(locked, message_id)
    if message.message_type == Message.Type.ACTIVITY:
        raise Invalid(_("A line of the history cannot be deleted. Nothing was changed."))
    if message.content_attributes.get("deleted"):
        return
    before = message.content_attributes
    message.content, message.content_type = DELETED, Message.ContentType.TEXT
    message.content_attributes = {"deleted": True}
    message.save(update_fields=["content", "content_type", "content_attributes", "updated_at"])
    _drop_files(locked.account_id, message.pk)
    _tell(locked, actor, message, {"content_attributes": [before, message.content_attributes]})


def retry_message(*, actor: Actor, access: Access, display_id: int, message_id: int) -> None:
    """A message that its channel refused is to be sent again. Raises NotFound; Invalid if it has not failed."""
    locked = lock_visible(access=access, display_id=display_id)
    message = _message(locked, message_id)
    if message.status != Message.Status.FAILED:
        raise Invalid(_("Only a message that failed can be sent again. Nothing was changed."))
    message.status = Message.Status.SENT
    message.content_attributes = {
        key: value for key, value in message.content_attributes.items() if key != "external_error"
    }
    message.save(update_fields=["status", "content_attributes", "updated_at"])
    _tell(locked, actor, message, {"status": ["failed", "sent"]})


def _message(locked: Locked, message_id: int) -> Message:
    messages = Message.objects.for_account(locked.account_id).filter(conversation_id=locked.id)
    found = messages.select_for_update(of=("self",)).filter(pk=message_id).first()
    if found is None:
        raise NotFound(_("There is no such message."))
    return found


def _drop_files(account_id: int, message_id: int) -> None:
    attachments = Attachment.objects.for_account(account_id).filter(message_id=message_id)
    for attachment in attachments:
        if attachment.file:
            # After the commit: a roll-back must find the file where it was.
            remove = partial(attachment.file.storage.delete, attachment.file.name)
            transaction.on_commit(remove, robust=True)
    attachments.delete()


def _tell(locked: Locked, actor: Actor, message: Message, changes: dict[str, list[Any]]) -> None:
    publish(
        MessageUpdated(
            account_id=locked.account_id,
            message_id=message.pk,
            message_type=message.message_type,
            private=message.private,
            changes=changes,
            **locked.routing(actor),
        )
    )
