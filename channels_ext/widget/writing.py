"""What a visitor sends, as it came, becomes a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels_ext.widget import serializers
from conversations import shapes
from conversations.actions.inbound import receive_message
from conversations.actions.locking import Locked
from conversations.actions.messages import MessageDraft
from conversations.blobs import signed_ids_in
from conversations.models import ContactInbox

_ATTACHMENTS = ("message[attachments][]", "message[attachments]")  # of a form


@dataclass(frozen=True)
class Letter:
    """A body that was checked: the message, and what it says of a conversation that it opens."""

    draft: MessageDraft
    origin: dict[str, Any]


def read_letter(data: Any, files: Any = None) -> Letter:
    """`data` is the body, `files` are the uploads of a form. Raises what its checks raise."""
    part = serializers.message_part(data)
    serializer = serializers.WidgetMessage(data=part)
    serializer.is_valid(raise_exception=True)
    uploads = [upload for name in _ATTACHMENTS for upload in (files.getlist(name) if files else ())]
    is_form = hasattr(data, "getlist")
    blobs = signed_ids_in(data, *_ATTACHMENTS) if is_form else signed_ids_in(part)
    return Letter(serializer.draft(uploads, blobs), serializer.origin())


def write_message(
    *, session: ContactInbox, letter: Letter, custom_attributes: Any = None, locked: Locked | None = None
) -> shapes.Row:
    """Store what the visitor sent. Returns it in the widget's shape. The attributes are those of the conversation,
    if this opens one; `locked` is as in `receive_message`."""
    message = receive_message(
        session=session,
        draft=letter.draft,
        additional_attributes=letter.origin,
        custom_attributes=custom_attributes,
        locked=locked,
    )
    public = shapes.message_visitor(message)
    return {**public, **{key: message[key] for key in ("inbox_id", "private", "source_id")}}
