"""One conversation and its messages."""

from __future__ import annotations

from conversations.queries import rows
from conversations.queries.messages import list_messages, messages_by_id
from conversations.shapes import Row
from inboxes.queries import Access

__all__ = ["find_conversation", "list_messages", "messages_by_id", "raw_conversation"]


def raw_conversation(*, access: Access, display_id: int) -> Row | None:
    """The conversation's row (rows.COLUMNS) if it exists and may be seen, else None."""
    params = [access.account_id, display_id]
    found = rows.raw_rows(account_id=access.account_id, source=rows.BY_DISPLAY_ID, params=params)
    if not found:
        return None
    row = found[0]
    may = access.sees(
        inbox_id=row["inbox_id"], assignee_id=row["assignee_membership_id"], team_id=row["team_id"]
    )
    return row if may else None


def find_conversation(*, access: Access, display_id: int) -> Row | None:
    """REST shape plus `_id` (the internal id) and `_contact_id`; None if it is not there or not to be seen."""
    row = raw_conversation(access=access, display_id=display_id)
    if row is None:
        return None
    wanted = [row["last_message_id"], row["last_non_activity_message_id"]]
    messages = messages_by_id(account_id=access.account_id, ids=wanted)
    shape = rows.rest_shape(row, account_id=access.account_id, messages=messages)
    return {**shape, "_id": row["_id"], "_contact_id": row["contact_id"], "_inbox_name": row["inbox_name"]}
