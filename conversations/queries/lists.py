"""The conversation finder: a page of conversations, and how many there are."""

from __future__ import annotations

from config.prepared import prepared_cursor
from conversations.queries import rows
from conversations.queries.filters import ASSIGNEE_TYPES, MOST_PAGES, PAGE_SIZE, SORTS, ListFilter
from conversations.queries.pages import FEW, conditions, labelled, page_of_ids
from conversations.queries.sql import Sql, joined
from conversations.shapes import Row
from inboxes.queries import Access

__all__ = [
    "ASSIGNEE_TYPES",
    "MOST_PAGES",
    "PAGE_SIZE",
    "SORTS",
    "ListFilter",
    "count_conversations",
    "list_conversations",
]


def list_conversations(*, access: Access, filters: ListFilter) -> list[Row]:
    """A page of conversations in the contract's REST shape: one statement, whatever the number of rows."""
    ids, params = page_of_ids(access=access, wanted=filters)
    return rows.conversation_rows(account_id=access.account_id, source=f"({ids}) AS page", params=params)


_SUM = """
SELECT coalesce(sum(delta) FILTER (WHERE assignee_id = %s), 0),
       coalesce(sum(delta) FILTER (WHERE assignee_id IS NULL), 0),
       coalesce(sum(delta) FILTER (WHERE assignee_id IS NOT NULL), 0), coalesce(sum(delta), 0)
FROM {tally} AS c WHERE c.account_id = %s AND c.status = ANY(%s) AND {conditions}
"""

# Few with the label are looked up, many are met while going through all.
_EXACT = f"""
WITH {{labelled}}, hit AS (
    SELECT c.assignee_id FROM (SELECT DISTINCT id FROM labelled WHERE (SELECT count(*) FROM labelled) <= {FEW}) AS w
    CROSS JOIN LATERAL (SELECT * FROM conversations_conversation
                        WHERE account_id = %s AND id = w.id AND status = ANY(%s) OFFSET 0) AS c
    WHERE {{conditions}}
    UNION ALL
    SELECT c.assignee_id FROM conversations_conversation AS c
    WHERE (SELECT count(*) FROM labelled) > {FEW} AND c.account_id = %s AND c.status = ANY(%s) AND {{conditions}}
      AND c.id IN (SELECT conversation_id FROM conversations_conversationlabel
                   WHERE account_id = %s AND title = ANY(%s))
)
SELECT count(*) FILTER (WHERE assignee_id = %s), count(*) FILTER (WHERE assignee_id IS NULL),
       count(*) FILTER (WHERE assignee_id IS NOT NULL), count(*)
FROM hit
"""


def count_conversations(*, access: Access, filters: ListFilter) -> dict[str, int]:
    """mine_, assigned_, unassigned_ and all_count over status, inbox, team and labels, before assignee_type.
    Summed from the tallies; only a filter by several labels counts rows, which may have more than one of them."""
    over = conditions(access=access, wanted=filters)
    if len(filters.labels) > 1:
        asked = _exact(access, filters)
    elif filters.labels:
        of_label = joined([Sql("c.title = %s", filters.labels), over])
        asked = summed(access, "conversations_labeltally", filters.statuses, of_label)
    else:
        asked = summed(access, "conversations_conversationtally", filters.statuses, over)
    with prepared_cursor() as cursor:
        cursor.execute(asked.text, asked.params)
        mine, unassigned, assigned, total = (int(value) for value in cursor.fetchone())
    return {
        "mine_count": mine,
        "assigned_count": assigned,
        "unassigned_count": unassigned,
        "all_count": total,
    }


def summed(access: Access, tally: str, statuses: list[int], where: Sql) -> Sql:
    """mine, unassigned, assigned and all. `where` may speak of what a tally knows: c.inbox_id, c.team_id,
    c.assignee_id, c.status."""
    head = (access.membership_id, access.account_id, statuses)
    return Sql(_SUM.format(tally=tally, conditions=where.text), (*head, *where.params))


def _exact(access: Access, filters: ListFilter) -> Sql:
    over, names = conditions(access=access, wanted=filters), labelled(access, filters)
    those = (access.account_id, filters.statuses, *over.params)
    sql = _EXACT.format(labelled=names.text, conditions=over.text)
    return Sql(sql, (*names.params, *those, *those, *names.params, access.membership_id))
