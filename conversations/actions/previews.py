"""Previews of pictures: the reaction to a message with files, in a worker."""

from __future__ import annotations

import io
import logging

from django.core.files.storage import default_storage

from accounts.actors import SYSTEM
from config import filestore
from config.events import StoredEvent, publish
from config.problems import NotFound
from conversations.actions.locking import lock_by_id
from conversations.events import MessageUpdated
from conversations.models import Attachment, Message
from conversations.pictures import Copies, copies_of

logger = logging.getLogger(__name__)

FOLDER = "previews"


def on_message(event: StoredEvent) -> None:
    """Handler of message.created."""
    make_previews(account_id=event.account_id, message_id=event.payload["message_id"])


def make_previews(*, account_id: int, message_id: int) -> int:
    """Give every picture of the message that has none yet its copies, or the reason why not; open pages are told
    once. Returns how many were settled. A storage that is down raises OSError, and the handler runs again."""
    waiting = Attachment.objects.for_account(account_id).filter(
        message_id=message_id, preview=Attachment.Preview.PENDING
    )
    settled = [_settle(attachment) for attachment in waiting.order_by("id")]
    if settled:
        _tell(account_id=account_id, message_id=message_id, settled=settled)
    return len(settled)


def _settle(attachment: Attachment) -> int:
    copies = _copies(attachment)
    if copies.problem:
        attachment.preview, attachment.preview_problem = Attachment.Preview.REFUSED, copies.problem
        logger.info("no preview", extra={"attachment": attachment.pk, "reason": copies.problem})
    else:
        attachment.preview = Attachment.Preview.READY
        attachment.width, attachment.height = copies.width, copies.height
        attachment.view = _put(attachment, copies.view)
        attachment.thumb = attachment.view if copies.thumb is copies.view else _put(attachment, copies.thumb)
        filestore.keep([attachment.view, attachment.thumb], account_id=attachment.account_id)
    fields = ["preview", "preview_problem", "width", "height", "view", "thumb", "updated_at"]
    attachment.save(update_fields=fields)
    return int(attachment.pk)


def _copies(attachment: Attachment) -> Copies:
    try:
        with default_storage.open(attachment.file.name, "rb") as file:
            return copies_of(file.read())
    except FileNotFoundError:
        return Copies(problem="missing")


def _put(attachment: Attachment, content: bytes) -> str:
    stored = filestore.put(
        io.BytesIO(content), size=len(content), account_id=attachment.account_id, folder=FOLDER
    )
    return stored.name


def _tell(*, account_id: int, message_id: int, settled: list[int]) -> None:
    message = Message.objects.for_account(account_id).get(pk=message_id)
    try:
        locked = lock_by_id(account_id=account_id, conversation_id=message.conversation_id)
    except NotFound:  # deleted in between, with everything in it
        return
    publish(
        MessageUpdated(
            account_id=account_id,
            **locked.routing(SYSTEM),
            message_id=message_id,
            message_type=message.message_type,
            private=message.private,
            changes={"previews": [[], settled]},
        )
    )
