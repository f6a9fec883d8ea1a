"""What a visitor sends, as it came, becomes a message."""

from __future__ import annotations

from typing import Any

from channels_ext.widget import serializers
from conversations import shapes
from conversations.actions.inbound import receive_message
from conversations.models import ContactInbox


def write_message(
    *, session: ContactInbox, data: Any, files: Any = None, custom_attributes: Any = None
) -> shapes.Row:
    """Store what the visitor sent: `data` is the body, `files` are the uploads of a form. Returns it in the
    widget's shape. The attributes are those of the conversation, if this opens one. Raises what its checks raise."""
    serializer = serializers.WidgetMessage(data=serializers.message_part(data))
    serializer.is_valid(raise_exception=True)
    uploads = [
        upload
        for name in ("message[attachments][]", "message[attachments]")
        for upload in (files.getlist(name) if files else ())
    ]
    message = receive_message(
        session=session,
        draft=serializer.draft(uploads),
        additional_attributes=serializer.origin(),
        custom_attributes=custom_attributes,
    )
    public = shapes.message_visitor(message)
    return {**public, **{key: message[key] for key in ("inbox_id", "private", "source_id")}}
