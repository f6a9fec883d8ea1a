"""The numbers beside the folders of the nav, and what of mine is unread."""

from __future__ import annotations

from typing import Any

from config.database import platform_scope
from config.prepared import prepared_cursor
from inboxes.queries import Access

MOST = 99
_OPEN = 0

# Sums of the tallies, as every count (ADR 5): grouped once for inboxes and teams.
_TALLIES = """
SELECT inbox_id, team_id, sum(delta) FROM conversations_conversationtally
WHERE account_id = %s AND status = 0 AND (%s OR inbox_id = ANY(%s) OR team_id = ANY(%s) OR assignee_id = %s)
GROUP BY 1, 2
"""
_LABELLED = """
SELECT label.title, coalesce(tally.number, 0) FROM conversations_label AS label
LEFT JOIN LATERAL (
    SELECT sum(delta) AS number FROM conversations_labeltally AS c
    WHERE c.account_id = label.account_id AND c.title = label.title AND c.status = 0
      AND (%s OR c.inbox_id = ANY(%s) OR c.team_id = ANY(%s) OR c.assignee_id = %s)
) AS tally ON true
WHERE label.account_id = %s AND label.show_on_sidebar IS DISTINCT FROM false
ORDER BY label.title LIMIT 200
"""
# The member's own folders: at most a hundred are met for each.
_OF_MEMBER = """
    SELECT count(*) FROM (
        SELECT 1 FROM {table} AS own
        JOIN conversations_conversation AS c ON c.account_id = own.account_id AND c.id = own.conversation_id
        WHERE own.account_id = %s AND own.membership_id = %s AND c.status = 0
          AND (%s OR c.inbox_id = ANY(%s) OR c.team_id = ANY(%s) OR c.assignee_id = %s)
        LIMIT 100) AS met
"""
_OWN = f"""
SELECT ({_OF_MEMBER.format(table="conversations_mention")}),
       ({_OF_MEMBER.format(table="conversations_participant")}),
       (SELECT count(*) FROM (
            SELECT 1 FROM conversations_conversation AS c
            WHERE c.account_id = %s AND c.status = 0
              AND (c.first_reply_created_at IS NULL OR c.waiting_since IS NOT NULL)
              AND (%s OR c.inbox_id = ANY(%s) OR c.team_id = ANY(%s) OR c.assignee_id = %s)
            LIMIT 100) AS met)
"""
_MINE_UNREAD = """
SELECT count(*) FROM (
    SELECT 1 FROM conversations_conversation
    WHERE account_id = %s AND assignee_id = %s AND status = 0 AND unread_count > 0 LIMIT 100
) AS met
"""
_UNREAD_ACCOUNTS = """
SELECT member.account_id FROM accounts_membership AS member
JOIN accounts_account AS account ON account.id = member.account_id AND account.status = 0
WHERE member.user_id = %s AND EXISTS (
    SELECT 1 FROM conversations_conversation AS c
    WHERE c.account_id = member.account_id AND c.assignee_id = member.id AND c.status = 0 AND c.unread_count > 0)
"""


def open_counts(access: Access) -> dict[str, int]:
    """{"inbox:3": n, "team:1": n, "label:vip": n, "mentions:": n} of the open conversations that the member may see;
    those of the member's own folders stop at 100. Three statements, whatever their number."""
    counts: dict[str, int] = {}
    for inbox_id, team_id, number in _rows(_TALLIES, [access.account_id, *_seen_by(access)]):
        counts[f"inbox:{inbox_id}"] = counts.get(f"inbox:{inbox_id}", 0) + int(number)
        if team_id is not None:
            counts[f"team:{team_id}"] = counts.get(f"team:{team_id}", 0) + int(number)
    for title, number in _rows(_LABELLED, [*_seen_by(access), access.account_id]):
        counts[f"label:{title}"] = int(number)
    return counts | _own_counts(access)


def _own_counts(access: Access) -> dict[str, int]:
    seen, own = _seen_by(access), [access.account_id, access.membership_id]
    numbers = _rows(_OWN, [*own, *seen, *own, *seen, access.account_id, *seen])[0]
    return dict(zip(("mentions:", "participating:", "unattended:"), map(int, numbers), strict=True))


def my_unread(access: Access) -> int:
    """Open conversations of mine with something unread; stops at 100."""
    return int(_rows(_MINE_UNREAD, [access.account_id, access.membership_id])[0][0])


def accounts_with_unread(user_id: int) -> list[int]:
    """Accounts in which something of this user's is unread."""
    with platform_scope("a user's own unread conversations span accounts"):
        return [row[0] for row in _rows(_UNREAD_ACCOUNTS, [user_id])]


def _seen_by(access: Access) -> list[Any]:
    return [access.is_administrator, list(access.inbox_ids), list(access.team_ids), access.membership_id]


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
