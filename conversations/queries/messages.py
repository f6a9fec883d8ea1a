"""Messages as PUSH_MESSAGE dictionaries, read by one statement each. By hand, because the thread is one of
the three paths where model instances would cost several times the query."""

from __future__ import annotations

from typing import Any

from config.prepared import prepared_cursor
from config.rendering import without_nul
from conversations import links, shapes
from conversations.queries.json_columns import decoded
from conversations.shapes import Row

_COLUMNS = """
       message.id, message.content, message.account_id, message.inbox_id, conversation.display_id,
       message.message_type, message.created_at, message.updated_at, message.private, message.status,
       message.source_id, message.content_type, message.content_attributes, message.additional_attributes,
       message.echo_id, message.sender_user_id, person.name, person.display_name, message.sender_bot_id, bot.name,
       message.sender_contact_id, contact.name, contact.email, contact.phone_number, contact.identifier,
       contact.additional_attributes, contact.custom_attributes, contact.blocked, files.listing"""
_JOINS = """
LEFT JOIN accounts_user AS person ON person.id = message.sender_user_id
LEFT JOIN accounts_agentbot AS bot ON bot.account_id = message.account_id AND bot.id = message.sender_bot_id
LEFT JOIN conversations_contact AS contact
  ON contact.account_id = message.account_id AND contact.id = message.sender_contact_id
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(id, file_type, file_name, extension, file_size, width, height, external_url,
                    preview, preview_problem, fallback_title, coordinates_lat, coordinates_long, meta)
                    ORDER BY id) AS listing
    FROM conversations_attachment
    WHERE account_id = message.account_id AND message_id = message.id
) AS files ON true"""

_SELECT = f"""
SELECT {_COLUMNS}
FROM {{source}}
JOIN conversations_conversation AS conversation
  ON conversation.account_id = message.account_id AND conversation.id = message.conversation_id
{_JOINS}
ORDER BY message.id
"""

# For a statement about conversations `c`: `line` is each of the (one or two) messages that a list shows of it.
LAST_LINES = f"""
LEFT JOIN LATERAL (
    SELECT {_COLUMNS}
    FROM (SELECT c.display_id) AS conversation
    JOIN conversations_message AS message ON message.account_id = c.account_id
      AND message.id = ANY(ARRAY[c.last_message_id, c.last_non_activity_message_id])
    {_JOINS}
    OFFSET 0
) AS line ON true"""

_ONE_THREAD = """(
    SELECT * FROM conversations_message
    WHERE account_id = %s AND conversation_id = %s {conditions} ORDER BY id {direction} LIMIT %s
) AS message"""

_SOME = """(
    SELECT * FROM conversations_message WHERE account_id = %s AND id = ANY(%s)
) AS message"""

PUBLIC = "AND NOT private AND message_type <> 2"


def list_messages(
    *,
    account_id: int,
    conversation_id: int,
    before: int | None = None,
    after: int | None = None,
    limit: int = 20,
    public_only: bool = False,
) -> list[Row]:
    """A page of one conversation, ascending: the newest, those before an id, after one, or between both."""
    conditions, params = "", [account_id, conversation_id]
    if before is not None:
        conditions += " AND id < %s"
        params.append(before)
    if after is not None:
        conditions += " AND id >= %s" if before is not None else " AND id > %s"
        params.append(after)
    if public_only:
        conditions += " " + PUBLIC
    direction = "ASC" if after is not None else "DESC"
    source = _ONE_THREAD.format(conditions=conditions, direction=direction)
    return _fetch(source, [*params, limit])


def messages_by_id(*, account_id: int, ids: list[int]) -> dict[int, Row]:
    """id → PUSH_MESSAGE, for the last lines of a list and for realtime."""
    wanted = [one for one in ids if one]
    if not wanted:
        return {}
    return {row["id"]: row for row in _fetch(_SOME, [account_id, wanted])}


_REPLIED_TO = """
SELECT id, source_id FROM conversations_message WHERE account_id = %s AND conversation_id = %s
  AND (id = %s OR (%s::bigint IS NULL AND source_id = %s)) ORDER BY id DESC LIMIT 1
"""


def replied_to(
    *, account_id: int, conversation_id: int, message_id: Any, source_id: Any
) -> tuple[int | None, str | None]:
    """(id, source id) of the message of this conversation that another one answers; nothing for an unknown one."""
    text = str(message_id)
    number = int(text) if text.isdecimal() and len(text) < 19 else None
    with prepared_cursor() as cursor:
        source = without_nul(source_id) if isinstance(source_id, str) else None
        cursor.execute(_REPLIED_TO, [account_id, conversation_id, number, number, source])
        return cursor.fetchone() or (None, source)


def _fetch(source: str, params: list[Any]) -> list[Row]:
    with prepared_cursor() as cursor:
        cursor.execute(_SELECT.format(source=source), params)
        return [push_message(row) for row in cursor.fetchall()]


def push_message(row: tuple[Any, ...]) -> Row:
    """A row of _SELECT as PUSH_MESSAGE, without its block `conversation`."""
    shape: Row = {
        "id": row[0],
        "content": row[1],
        "account_id": row[2],
        "inbox_id": row[3],
        "conversation_id": row[4],
        "message_type": row[5],
        "created_at": shapes.ts(row[6]),
        "updated_at": shapes.iso(row[7]),
        "private": row[8],
        "status": shapes.MESSAGE_STATUSES[row[9]],
        "source_id": row[10],
        "content_type": shapes.CONTENT_TYPES[row[11]],
        "content_attributes": decoded(row[12]),
        "sender_type": None,
        "sender_id": None,
        "external_source_ids": {},
        "additional_attributes": decoded(row[13]),
        "processed_message_content": row[1],
        "sentiment": {},
    }
    if row[14] is not None:
        shape["echo_id"] = row[14]
    _add_sender(shape, row)
    if row[28]:
        listing = decoded(row[28])
        shape["attachments"] = [links.attachment_shape(row[0], row[2], one) for one in listing]
    return shape


def _add_sender(shape: Row, row: tuple[Any, ...]) -> None:
    if row[15] is not None:
        shape["sender_type"], shape["sender_id"] = "User", row[15]
        shape["sender"] = shapes.user_push(user_id=row[15], name=row[16], available_name=row[17] or row[16])
    elif row[18] is not None:
        shape["sender_type"], shape["sender_id"] = "AgentBot", row[18]
        shape["sender"] = shapes.bot_push(bot_id=row[18], name=row[19])
    elif row[20] is not None:
        shape["sender_type"], shape["sender_id"] = "Contact", row[20]
        contact = dict(zip(shapes.CONTACT_KEYS, row[20:28], strict=True))
        contact["additional_attributes"] = decoded(contact["additional_attributes"])
        contact["custom_attributes"] = decoded(contact["custom_attributes"])
        shape["sender"] = shapes.contact_push(contact)
