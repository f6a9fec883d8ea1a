"""Bodies of webhooks (contract, events.md 2), read anew when they are planned."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from accounts.models import Account
from config.events import StoredEvent
from conversations import shapes
from conversations.models import Contact, Message
from conversations.queries import rows
from conversations.queries.messages import messages_by_id
from conversations.shapes import Row

# What clients call our events.
NAMES = {
    "message.created": ("message_created",),
    "message.updated": ("message_updated",),
    "conversation.created": ("conversation_created",),
    "conversation.updated": ("conversation_updated",),
    "contact.created": ("contact_created",),
    "contact.updated": ("contact_updated",),
}
_WITH_CHANGES = ("conversation_updated", "contact_updated")


def names(event: StoredEvent) -> tuple[str, ...]:
    """One event may be two to them, or none: that contacts were merged they are told as contact_updated."""
    if event.payload.get("changes", {}).keys() == {"contact_id"}:
        return ()
    if event.name == "conversation.updated" and "status" in event.payload.get("changes", {}):
        return ("conversation_status_changed", *NAMES[event.name])
    return NAMES[event.name]


def told(event: StoredEvent, wanted: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    """(name, body) of each; nothing of what is gone meanwhile, or is an activity."""
    for name in wanted:
        body = _body(event, name)
        if body is None:
            continue
        body["event"] = name
        if name in _WITH_CHANGES:
            body["changed_attributes"] = [
                {field: {"previous_value": old, "current_value": new}}
                for field, (old, new) in event.payload.get("changes", {}).items()
            ]
        yield name, body


def _body(event: StoredEvent, name: str) -> Row | None:
    account_id, payload = event.account_id, event.payload
    if name.startswith("message_"):
        return message_body(
            account_id=account_id,
            account_name=_account_name(account_id),
            conversation_id=payload["conversation_id"],
            message_id=payload["message_id"],
        )
    if name.startswith("contact_"):
        name_of_account = _account_name(account_id)
        return contact_body(
            account_id=account_id, account_name=name_of_account, contact_id=payload["contact_id"]
        )
    return conversation_body(account_id=account_id, conversation_id=payload["conversation_id"])


def _account_name(account_id: int) -> str:
    return Account.objects.values_list("name", flat=True).get(pk=account_id)


def conversation_body(*, account_id: int, conversation_id: int) -> Row | None:
    """CONV, or None if the conversation is gone."""
    loaded = _load(account_id, conversation_id, also=None)
    return loaded[1] if loaded else None


def message_body(*, account_id: int, account_name: str, conversation_id: int, message_id: int) -> Row | None:
    """The body of message_created and message_updated, without `event`; None if it is gone, or is an activity."""
    loaded = _load(account_id, conversation_id, also=message_id)
    if loaded is None or message_id not in loaded[2]:
        return None
    row, conversation, messages = loaded
    message = messages[message_id]
    if message["message_type"] == shapes.MESSAGE_TYPES.index("activity"):
        return None
    account = {"id": account_id, "name": account_name}
    created_at, email = _more(account_id, message_id)
    body: Row = {
        "account": account,
        "additional_attributes": message["additional_attributes"],
        "content_attributes": message["content_attributes"],
        "content_type": message["content_type"],
        "content": _content(message, row),
        "conversation": conversation,
        "created_at": shapes.iso(created_at),
        "id": message["id"],
        "inbox": {"id": row["inbox_id"], "name": row["inbox_name"]},
        "message_type": shapes.MESSAGE_TYPES[message["message_type"]],
        "private": message["private"],
        "sender": _sender(message, account, email=email),
        "source_id": message["source_id"],
    }
    if "attachments" in message:
        body["attachments"] = message["attachments"]
    return body


def _content(message: Row, row: Row) -> str | None:
    """Where no widget shows a survey, its address is part of what is said."""
    content: str | None = message["content"]
    if message["content_type"] != "input_csat" or row["kind"] == "web_widget":
        return content
    return f"{content or ''} {settings.PUBLIC_URL}/survey/responses/{row['uuid']}".strip()


def contact_body(*, account_id: int, account_name: str, contact_id: int) -> Row | None:
    """CONTACT_W, or None if the contact is gone."""
    found = Contact.objects.for_account(account_id).filter(pk=contact_id)
    row = found.values(*shapes.CONTACT_KEYS).first()
    if row is None:
        return None
    push = shapes.contact_push(row)
    shape = {key: value for key, value in push.items() if key != "type"}
    return {"account": {"id": account_id, "name": account_name}, "avatar": "", **shape}


def _load(
    account_id: int, conversation_id: int, *, also: int | None
) -> tuple[Row, Row, dict[int, Row]] | None:
    found = rows.raw_rows(account_id=account_id, source=rows.BY_ID, params=[[conversation_id]])
    if not found:
        return None
    row = found[0]
    wanted = {row["last_public_message_id"], also} - {None}
    messages = messages_by_id(account_id=account_id, ids=[int(one) for one in wanted if one])
    return row, rows.push_shape(row, account_id=account_id, messages=messages), messages


def _more(account_id: int, message_id: int) -> tuple[datetime.datetime, str]:
    """What only webhooks carry: when it was written, to the millisecond, and the e-mail of the colleague."""
    messages = Message.objects.for_account(account_id).filter(pk=message_id)
    created_at, email = messages.values_list("created_at", "sender_user__email").get()
    return created_at, email or ""


def _sender(message: Row, account: Row, *, email: str) -> Row | None:
    sender: dict[str, Any] | None = message.get("sender")
    if sender is None:
        return None
    if sender["type"] == "contact":
        shape = {key: value for key, value in sender.items() if key != "type"}
        return {"account": account, "avatar": "", **shape}
    if sender["type"] == "user":
        return {"id": sender["id"], "name": sender["name"], "email": email, "type": "user"}
    return {"id": sender["id"], "name": sender["name"], "type": "agent_bot"}
