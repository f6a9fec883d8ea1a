"""One conversation and its messages."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.models import Conversation
from conversations.queries import rows
from conversations.queries.messages import list_messages, messages_by_id
from conversations.shapes import Row
from inboxes.queries import Access

__all__ = ["find_conversation", "list_messages", "messages_by_id", "raw_conversation", "seen_among"]


def raw_conversation(*, access: Access, display_id: int) -> Row | None:
    """The conversation's row (rows.COLUMNS) if it exists and may be seen, else None."""
    params = [access.account_id, display_id]
    found = rows.raw_rows(account_id=access.account_id, source=rows.BY_DISPLAY_ID, params=params)
    return found[0] if found and _may_see(access, found[0]) else None


def find_conversation(*, access: Access, display_id: int) -> Row | None:
    """REST shape plus `_id` (the internal id) and `_contact_id`; None if it is not there or not to be seen."""
    found, lines = rows.rows_and_lines(
        account_id=access.account_id, source=rows.BY_DISPLAY_ID, params=[access.account_id, display_id]
    )
    if not found or not _may_see(access, found[0]):
        return None
    row = found[0]
    shape = rows.rest_shape(row, account_id=access.account_id, messages=lines)
    return {**shape, "_id": row["_id"], "_contact_id": row["contact_id"], "_inbox_name": row["inbox_name"]}


def seen_among(*, access: Access, display_ids: Iterable[int]) -> list[Conversation]:
    """Those of them that there are and that may be seen, by their numbers."""
    there = Conversation.objects.for_account(access.account_id).filter(display_id__in=display_ids)
    return [
        row
        for row in there.order_by("display_id")
        if access.sees(inbox_id=row.inbox_id, assignee_id=row.assignee_id, team_id=row.team_id)
    ]


def _may_see(access: Access, row: Row) -> bool:
    return access.sees(
        inbox_id=row["inbox_id"], assignee_id=row["assignee_membership_id"], team_id=row["team_id"]
    )
