"""Conversations by what was said in them, with the messages that say it (contract 3.1, search result)."""

from __future__ import annotations

from django.db import connection

from conversations import shapes
from conversations.queries import rows
from conversations.queries.contacts import escaped
from conversations.queries.finder import Finder, count_found, ids_of_page, page_filter, without_assigned_count
from conversations.shapes import Row
from inboxes.queries import Access

MOST_LINES = 10  # of one conversation, the newest

_SAID = """
SELECT conversation_id, id, content, message_type, created_at, sender FROM (
    SELECT m.conversation_id, m.id, m.content, m.message_type, m.created_at,
           coalesce(nullif(person.display_name, ''), person.name, contact.name, bot.name) AS sender,
           row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.id DESC) AS place
    FROM conversations_message AS m
    LEFT JOIN accounts_user AS person ON person.id = m.sender_user_id
    LEFT JOIN accounts_agentbot AS bot ON bot.account_id = m.account_id AND bot.id = m.sender_bot_id
    LEFT JOIN conversations_contact AS contact
      ON contact.account_id = m.account_id AND contact.id = m.sender_contact_id
    WHERE m.account_id = %s AND m.conversation_id = ANY(%s) AND m.message_type IN (0, 1) AND m.content ILIKE %s
) AS found WHERE place <= %s ORDER BY id
"""


def search_said(*, access: Access, q: str, page: int) -> tuple[dict[str, int], list[Row]]:
    """Counts, and a page of conversations that the viewer may see, whatever their status."""
    wanted = Finder(base=page_filter(page), q=q)
    ids = ids_of_page(access=access, wanted=wanted)
    lines = _lines(access.account_id, ids, q)
    found = rows.raw_rows(account_id=access.account_id, source=rows.BY_ID, params=[ids]) if ids else []
    shown = [_shape(row, lines.get(row["_id"], []), account_id=access.account_id) for row in found]
    return without_assigned_count(count_found(access=access, wanted=wanted)), shown


def _lines(account_id: int, ids: list[int], q: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [account_id, ids, f"%{escaped(q)}%", MOST_LINES])
        for conversation_id, pk, content, kind, created_at, sender in cursor.fetchall():
            line: Row = {
                "content": content,
                "id": pk,
                "message_type": kind,
                "created_at": shapes.ts(created_at),
            }
            found.setdefault(conversation_id, []).append({**line, "sender_name": sender} if sender else line)
    return found


def _shape(row: Row, lines: list[Row], *, account_id: int) -> Row:
    return {
        "id": row["display_id"],
        "uuid": str(row["uuid"]),
        "created_at": shapes.ts(row["created_at"]),
        "contact": {"id": row["contact_id"], "name": row["contact_name"]},
        "inbox": {
            "id": row["inbox_id"],
            "name": row["inbox_name"],
            "channel_type": shapes.CHANNELS[row["kind"]],
        },
        "messages": lines,
        "account_id": account_id,
    }
