"""Files of conversations, newest first."""

from __future__ import annotations

from conversations import links, shapes
from conversations.models import Attachment, Message
from conversations.shapes import Row

ATTACHMENT_PAGE = 100
_SHOWN = ("message_id", "thumb_url", "data_url", "file_size", "file_type", "extension", "width", "height")


def attachments_of(*, account_id: int, conversation_ids: list[int], offset: int = 0) -> tuple[int, list[Row]]:
    """(how many there are, a page of them): two statements."""
    found = Attachment.objects.for_account(account_id).filter(message__conversation_id__in=conversation_ids)
    page = found.select_related("message__sender_user", "message__sender_contact", "message__sender_bot")
    rows = page.order_by("-pk")[offset : offset + ATTACHMENT_PAGE]
    return found.count(), [_shape(row) for row in rows]


def _shape(row: Attachment) -> Row:
    known = links.attachment_shape(row.message_id, row.account_id, links.columns_of(row))
    shape = {key: known.get(key) for key in _SHOWN}
    shape["created_at"] = shapes.ts(row.message.created_at)
    sender = _sender(row.message)
    return {**shape, "sender": sender} if sender else shape


def _sender(message: Message) -> Row | None:
    if message.sender_user:
        user = message.sender_user
        return shapes.user_push(user_id=user.pk, name=user.name, available_name=user.available_name)
    if message.sender_contact:
        contact = message.sender_contact
        return shapes.contact_push({key: getattr(contact, key) for key in shapes.CONTACT_KEYS})
    if message.sender_bot:
        return shapes.bot_push(bot_id=message.sender_bot.pk, name=message.sender_bot.name)
    return None
