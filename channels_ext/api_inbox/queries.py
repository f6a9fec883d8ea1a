"""What the programs behind an API inbox may read of one of their contacts."""

from __future__ import annotations

from django.db import connection

from conversations import shapes
from conversations.models import ContactInbox
from conversations.queries.messages import list_messages
from conversations.shapes import Row

_CONVERSATIONS = """
SELECT c.id, c.display_id, c.uuid, c.inbox_id, c.contact_last_seen_at, c.agent_last_seen_at, c.status
FROM conversations_conversation AS c WHERE c.account_id = %s AND {mine} {one} ORDER BY c.id DESC LIMIT 20
"""
# The sessions of a verified contact open into each other, others never do.
_MINE = "c.contact_inbox_id = %s"
_VERIFIED = (
    "c.contact_inbox_id IN (SELECT id FROM conversations_contactinbox "
    "WHERE account_id = c.account_id AND contact_id = %s AND inbox_id = c.inbox_id AND hmac_verified)"
)


def conversations_of(session: ContactInbox, *, display_id: int | None = None) -> list[Row]:
    """The session's conversations, newest first, in the public shape without messages; `_id` is internal."""
    mine = _VERIFIED if session.hmac_verified else _MINE
    params: list[int] = [session.account_id, session.contact_id if session.hmac_verified else session.pk]
    if display_id is not None:
        params.append(display_id)
    sql = _CONVERSATIONS.format(mine=mine, one="AND c.display_id = %s" if display_id is not None else "")
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_shape(session, row) for row in cursor.fetchall()]


def _shape(session: ContactInbox, row: tuple) -> Row:
    return {
        "_id": row[0],
        "id": row[1],
        "uuid": str(row[2]),
        "inbox_id": row[3],
        "contact_last_seen_at": shapes.ts(row[4]),
        "agent_last_seen_at": shapes.ts(row[5]),
        "status": shapes.CONVERSATION_STATUSES[row[6]],
        "contact": contact_raw(session),
    }


def contact_raw(session: ContactInbox) -> Row:
    contact = session.contact
    return {
        "id": contact.pk,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
        "account_id": contact.account_id,
        "created_at": shapes.iso(contact.created_at),
        "updated_at": shapes.iso(contact.updated_at),
        "identifier": contact.identifier,
        "additional_attributes": contact.additional_attributes,
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": shapes.iso(contact.last_activity_at),
        "contact_type": contact.get_contact_type_display(),
        "blocked": contact.blocked,
    }


def messages_of(session: ContactInbox, *, conversation_id: int, before: int | None) -> list[Row]:
    found = list_messages(
        account_id=session.account_id, conversation_id=conversation_id, before=before, public_only=True
    )
    return [shapes.message_public(one) for one in found]
