"""Expected shapes, written after the contract (3.1 to 3.3) and not after the code."""

from __future__ import annotations

from typing import Any

from config.database import account_scope
from conversations.models import Conversation, Message
from conversations.shapes import iso, ts
from tests.factories import Cast


def conversation(cast: Cast, number: int) -> Conversation:
    with account_scope(cast.account.pk):
        return Conversation.objects.select_related("contact").get(display_id=number)


def contact_push(cast: Cast) -> dict[str, Any]:
    return {
        "additional_attributes": {},
        "custom_attributes": {},
        "email": None,
        "id": cast.vera.contact_id,
        "identifier": None,
        "name": "Vera",
        "phone_number": None,
        "thumbnail": "",
        "blocked": False,
        "type": "contact",
    }


def agent(cast: Cast) -> dict[str, Any]:
    return {
        "id": cast.bob.user_id,
        "account_id": cast.account.pk,
        "availability_status": "online",
        "auto_offline": True,
        "confirmed": True,
        "email": cast.bob.user.email,
        "provider": "email",
        "available_name": "Bob",
        "name": "Bob",
        "role": "agent",
        "thumbnail": "",
    }


def agent_face(user_id: int, name: str) -> dict[str, Any]:
    """Of an agent, what visitors get."""
    kept = {"availability_status": "offline", "avatar_url": "", "thumbnail": ""}
    return {"id": user_id, "name": name, "available_name": name, "type": "user", **kept}


def user_push(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "id": cast.bob.user_id,
        "name": "Bob",
        "available_name": "Bob",
        "avatar_url": "",
        "type": "user",
        "availability_status": "offline",
        "thumbnail": "",
        **fields,
    }


def push_message(cast: Cast, message: Message, **fields: Any) -> dict[str, Any]:
    row = conversation(cast, 1)
    return {
        "id": message.pk,
        "content": message.content,
        "account_id": cast.account.pk,
        "inbox_id": cast.inbox.pk,
        "conversation_id": 1,
        "message_type": 0,
        "created_at": ts(message.created_at),
        "updated_at": iso(message.updated_at),
        "private": False,
        "status": "sent",
        "source_id": None,
        "content_type": "text",
        "content_attributes": {},
        "sender_type": "Contact",
        "sender_id": cast.vera.contact_id,
        "external_source_ids": {},
        "additional_attributes": {},
        "processed_message_content": message.content,
        "sentiment": {},
        "sender": contact_push(cast),
        "conversation": {
            "assignee_id": None,
            "unread_count": 1,
            "last_activity_at": ts(row.last_activity_at),
            "contact_inbox": {"source_id": cast.vera.source_id},
        },
        **fields,
    }


def rest(cast: Cast, number: int, message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    row = conversation(cast, number)
    contact = row.contact
    return {
        "meta": {
            "sender": {
                "additional_attributes": {},
                "availability_status": "offline",
                "email": None,
                "id": cast.vera.contact_id,
                "name": "Vera",
                "phone_number": None,
                "blocked": False,
                "identifier": None,
                "thumbnail": "",
                "custom_attributes": {},
                "last_activity_at": ts(contact.last_activity_at),
                "created_at": ts(contact.created_at),
            },
            "channel": "Channel::WebWidget",
            "hmac_verified": False,
        },
        "id": number,
        "messages": [message],
        "account_id": cast.account.pk,
        "uuid": str(row.uuid),
        "additional_attributes": {},
        "agent_last_seen_at": 0,
        "assignee_last_seen_at": 0,
        "can_reply": True,
        "contact_last_seen_at": 0,
        "custom_attributes": {},
        "inbox_id": cast.inbox.pk,
        "labels": [],
        "muted": False,
        "snoozed_until": None,
        "status": "open",
        "created_at": ts(row.created_at),
        "updated_at": row.updated_at.timestamp(),
        "timestamp": ts(row.last_activity_at),
        "first_reply_created_at": 0,
        "unread_count": 1,
        "last_non_activity_message": message,
        "last_activity_at": ts(row.last_activity_at),
        "priority": None,
        "waiting_since": ts(row.waiting_since),
        "sla_policy_id": None,
        **fields,
    }
