"""The JSON of conversations and messages, made from plain rows. REST, realtime, webhooks and templates all
use these, so that a thing has one shape per form (contract: api-contract.md 3.1-3.3, events.md 2).

Times: `ts` are epoch seconds as int, missing ones 0; `iso` are ISO 8601 in UTC with milliseconds.
"""

from __future__ import annotations

from typing import Any

from accounts.shapes import AVAILABILITIES as AVAILABILITIES
from accounts.shapes import agent as agent
from accounts.shapes import iso as iso
from accounts.shapes import ts as ts

MESSAGE_TYPES = ("incoming", "outgoing", "activity", "template")
MESSAGE_STATUSES = ("sent", "delivered", "read", "failed")
CONTENT_TYPES = (
    "text",
    "input_text",
    "input_textarea",
    "input_email",
    "input_select",
    "cards",
    "form",
    "article",
    "incoming_email",
    "input_csat",
    "integrations",
    "sticker",
    "voice_call",
)
CONVERSATION_STATUSES = ("open", "resolved", "pending", "snoozed")
PRIORITIES = ("low", "medium", "high", "urgent")
CHANNELS = {"web_widget": "Channel::WebWidget", "api": "Channel::Api"}
FILE_TYPES = (
    "image",
    "audio",
    "video",
    "file",
    "location",
    "fallback",
    "share",
    "story_mention",
    "contact",
    "ig_reel",
    "ig_post",
    "ig_story",
    "embed",
)
MOST_UNREAD = 10

Row = dict[str, Any]


def user_push(*, user_id: int, name: str, available_name: str, availability: int | None = None) -> Row:
    return {
        "id": user_id,
        "name": name,
        "available_name": available_name,
        "avatar_url": "",
        "type": "user",
        "availability_status": AVAILABILITIES[availability] if availability is not None else "offline",
        "thumbnail": "",
    }


def bot_push(*, bot_id: int, name: str) -> Row:
    return {"id": bot_id, "name": name, "avatar_url": "", "type": "agent_bot"}


# What contact_push needs. The statement of messages selects them in this order.
CONTACT_KEYS = (
    "id",
    "name",
    "email",
    "phone_number",
    "identifier",
    "additional_attributes",
    "custom_attributes",
    "blocked",
)


def contact_push(row: Row) -> Row:
    """From a row with the contact's columns under their own names."""
    return {
        "additional_attributes": row["additional_attributes"],
        "custom_attributes": row["custom_attributes"],
        "email": row["email"],
        "id": row["id"],
        "identifier": row["identifier"],
        "name": row["name"],
        "phone_number": row["phone_number"],
        "thumbnail": "",
        "blocked": row["blocked"],
        "type": "contact",
    }


def contact_rest(row: Row) -> Row:
    shape = {
        "additional_attributes": row["additional_attributes"],
        "availability_status": "offline",
        "email": row["email"],
        "id": row["id"],
        "name": row["name"],
        "phone_number": row["phone_number"],
        "blocked": row["blocked"],
        "identifier": row["identifier"],
        "thumbnail": "",
        "custom_attributes": row["custom_attributes"],
    }
    for key in ("last_activity_at", "created_at"):
        if row.get(key):
            shape[key] = ts(row[key])
    return shape


def message_rest(push: Row) -> Row:
    """MESSAGE, from the richer PUSH_MESSAGE."""
    shape = {key: push[key] for key in _MESSAGE_KEYS}
    for key in ("echo_id", "sender", "attachments"):
        if key in push:
            shape[key] = push[key]
    return shape


_MESSAGE_KEYS = (
    "id",
    "content",
    "inbox_id",
    "conversation_id",
    "message_type",
    "content_type",
    "status",
    "content_attributes",
    "created_at",
    "private",
    "source_id",
)


def message_public(push: Row) -> Row:
    """What a visitor gets: of a colleague the name and face, nothing else."""
    keys = (
        "id",
        "content",
        "message_type",
        "content_type",
        "content_attributes",
        "created_at",
        "conversation_id",
    )
    shape = {key: push[key] for key in keys}
    for key in ("echo_id", "attachments"):
        if key in push:
            shape[key] = push[key]
    sender = push.get("sender")
    if sender:
        shape["sender"] = sender if sender["type"] == "contact" else _face(sender)
    return shape


def message_visitor(push: Row) -> Row:
    """The same for a website's visitor. Of the contact that they are taken for it says nothing they could not make
    up: an e-mail address or an identifier is easily claimed, and must not fetch a name or a number."""
    shape = message_public(push)
    sender = shape.get("sender")
    if sender and sender["type"] == "contact":
        shape["sender"] = blank_contact(sender)
    return shape


def blank_contact(contact: Row) -> Row:
    """With all its keys, and without what is known of them. An anonymous visitor keeps their made-up name."""
    is_known = any(contact.get(key) for key in ("email", "phone_number", "identifier"))
    blank: Row = {"email": None, "phone_number": None, "identifier": None, "location": ""}
    blank |= {
        "additional_attributes": {},
        "custom_attributes": {},
        "name": "" if is_known else contact["name"],
    }
    return {key: blank.get(key, value) for key, value in contact.items()}


def _face(sender: Row) -> Row:
    """All the keys that clients look for; the name is the one they want to be called by."""
    name = sender.get("available_name") or sender["name"]
    return {key: name if key in ("name", "available_name") else value for key, value in sender.items()}


def conversation_of_message(row: Row) -> Row:
    """The block `conversation` inside a PUSH_MESSAGE."""
    return {
        "assignee_id": row["assignee_user_id"],
        "unread_count": row["unread_count"],
        "last_activity_at": ts(row["last_activity_at"]),
        "contact_inbox": {"source_id": row["session_source_id"]},
    }
