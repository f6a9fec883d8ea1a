"""Conversations by what the ordinary list does not know: a filter of attributes, a text, a source, mentions.

As there, 25 ids first, everything else is read afterwards: each status walks the account's index in the order of the
list and stops at the page. A condition that few fulfil makes the walk long, never the sort. These statements are not
kept prepared: their plan depends on the values, and their number has no end.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from config.prepared import prepared_cursor
from config.problems import Invalid
from conversations.queries import rows
from conversations.queries.contacts import escaped
from conversations.queries.filters import PAGE_SIZE, ListFilter
from conversations.queries.lists import count_conversations, list_conversations, summed
from conversations.queries.pages import filters_of, visible
from conversations.queries.sql import Sql, joined
from conversations.shapes import Row
from inboxes.queries import Access

CONVERSATION_TYPES = ("mention", "participating", "unattended")
MOST_UPDATED = 2000  # of what is answered in one piece
_ORDERS = {
    "last_activity_at_desc": "c.last_activity_at DESC, c.id DESC",
    "last_activity_at_asc": "c.last_activity_at ASC, c.id ASC",
    "created_at_desc": "c.id DESC",
    "created_at_asc": "c.id ASC",
    "priority_desc": "c.priority DESC NULLS LAST, c.last_activity_at DESC, c.id DESC",
    "priority_asc": "c.priority ASC NULLS LAST, c.last_activity_at DESC, c.id DESC",
    "waiting_since_asc": "c.waiting_since ASC NULLS LAST, c.id ASC",
    "waiting_since_desc": "c.waiting_since DESC NULLS LAST, c.id ASC",
}


@dataclass(frozen=True)
class Finder:
    """`base` as for every list; the rest narrows it. `updated_within` (seconds) answers all of them at once,
    whatever the page. `cursor` walks by creation, newest first, instead of by pages."""

    base: ListFilter = field(default_factory=ListFilter)
    q: str = ""
    source_id: str = ""
    conversation_type: str = ""
    updated_within: int | None = None
    where: Sql | None = None
    cursor: int | None = None

    def __post_init__(self) -> None:
        if self.conversation_type and self.conversation_type not in CONVERSATION_TYPES:
            allowed = ", ".join(CONVERSATION_TYPES)
            text = _("conversation_type must be one of %(allowed)s") % {"allowed": allowed}
            raise Invalid(text, attributes=["conversation_type"])

    @property
    def is_plain(self) -> bool:
        """Whether the ordinary list says the same, by its own indexes and sums."""
        return not (
            self.q
            or self.source_id
            or self.conversation_type
            or self.updated_within is not None
            or self.where
        )

    @property
    def statuses(self) -> list[int]:
        return [0, 1, 2, 3] if self.q else self.base.statuses


def page_of(*, access: Access, wanted: Finder) -> list[Row]:
    """A page in the REST shape, by the ordinary list where that says the same."""
    if wanted.is_plain:
        return list_conversations(access=access, filters=wanted.base)
    return find_conversations(access=access, wanted=wanted)


def counts_of(*, access: Access, wanted: Finder) -> dict[str, int]:
    """mine_, assigned_, unassigned_ and all_count, before assignee_type."""
    if wanted.is_plain:
        return count_conversations(access=access, filters=wanted.base)
    return count_found(access=access, wanted=wanted)


def find_conversations(*, access: Access, wanted: Finder) -> list[Row]:
    """A page in the REST shape."""
    ids = ids_of_page(access=access, wanted=wanted)
    return rows.conversations_by_id(account_id=access.account_id, ids=ids) if ids else []


def ids_of_page(*, access: Access, wanted: Finder) -> list[int]:
    """Internal ids, in their order."""
    where = _where(access, wanted, by_assignee=True)
    order = _ORDERS[wanted.base.sort]
    need, page = wanted.base.need, f"LIMIT {PAGE_SIZE} OFFSET {wanted.base.need - PAGE_SIZE}"
    if wanted.updated_within is not None:
        need, page = MOST_UPDATED, f"LIMIT {MOST_UPDATED}"
    sql = (
        "SELECT c.id FROM unnest(%s::smallint[]) AS st(status) "
        "CROSS JOIN LATERAL (SELECT c.id, c.last_activity_at, c.priority, c.waiting_since "
        "FROM conversations_conversation AS c WHERE c.account_id = %s AND c.status = st.status "
        f"AND {where.text} ORDER BY {order} LIMIT {need}) AS c ORDER BY {order} {page}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [wanted.statuses, access.account_id, *where.params])
        return [row[0] for row in cursor.fetchall()]


def walk_conversations(*, access: Access, wanted: Finder) -> tuple[list[Row], int | None]:
    """The next of them below the cursor, in the REST shape, and the cursor of those after it. What comes or moves
    meanwhile neither repeats a row nor hides one, and the last page costs what the first does."""
    where = _where(access, wanted, by_assignee=True)
    sql = (
        "SELECT c.id FROM conversations_conversation AS c WHERE c.account_id = %s AND c.id < %s "
        f"AND c.status = ANY(%s::smallint[]) AND {where.text} ORDER BY c.id DESC LIMIT {PAGE_SIZE}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [access.account_id, wanted.cursor, wanted.statuses, *where.params])
        ids = [row[0] for row in cursor.fetchall()]
    found = rows.conversations_by_id(account_id=access.account_id, ids=ids) if ids else []
    return found, ids[-1] if len(ids) == PAGE_SIZE else None


_COUNT = """
SELECT count(*) FILTER (WHERE c.assignee_id = %s), count(*) FILTER (WHERE c.assignee_id IS NULL),
       count(*) FILTER (WHERE c.assignee_id IS NOT NULL), count(*)
FROM conversations_conversation AS c WHERE c.account_id = %s AND c.status = ANY(%s::smallint[]) AND {where}
"""


_COLUMN = re.compile(r"\bc\.(\w+)")
_TALLIED = {"status", "inbox_id", "team_id", "assignee_id"}


def count_found(*, access: Access, wanted: Finder) -> dict[str, int]:
    """mine_, assigned_, unassigned_ and all_count, before assignee_type. Summed from the tallies when the filter asks
    for nothing that they do not know."""
    where = _where(access, wanted, by_assignee=False)
    asked = Sql(
        _COUNT.format(where=where.text),
        (access.membership_id, access.account_id, wanted.statuses, *where.params),
    )
    if _TALLIED.issuperset(_COLUMN.findall(where.text)):
        asked = summed(access, "conversations_conversationtally", wanted.statuses, where)
    with connection.cursor() as cursor:
        cursor.execute(asked.text, asked.params)
        mine, unassigned, assigned, total = (int(value) for value in cursor.fetchone())
    return {
        "mine_count": mine,
        "assigned_count": assigned,
        "unassigned_count": unassigned,
        "all_count": total,
    }


def _where(access: Access, wanted: Finder, *, by_assignee: bool) -> Sql:
    found = [*visible(access), *filters_of(access, wanted.base, by_assignee=by_assignee)]
    if wanted.base.labels:
        found.append(Sql("c.labels && %s::text[]", (list(wanted.base.labels),)))
    if wanted.q:
        like = f"%{escaped(wanted.q)}%"
        found.append(Sql(_SAID, (access.account_id, like)))
    if wanted.source_id:
        found.append(Sql(_OF_SOURCE, (access.account_id, wanted.source_id)))
    if wanted.conversation_type:
        found.append(_of_type(access, wanted.conversation_type))
    if wanted.updated_within is not None:
        since = timezone.now() - datetime.timedelta(seconds=wanted.updated_within)
        found.append(Sql("c.updated_at > %s", (since,)))
    if wanted.where:
        found.append(wanted.where)
    return joined(found)


_SAID = (
    "c.id IN (SELECT conversation_id FROM conversations_message "
    "WHERE account_id = %s AND message_type IN (0, 1) AND content ILIKE %s)"
)
_OF_SOURCE = (
    "c.contact_inbox_id IN "
    "(SELECT id FROM conversations_contactinbox WHERE account_id = %s AND source_id = %s)"
)


def _of_type(access: Access, kind: str) -> Sql:
    if kind == "unattended":
        return Sql("(c.first_reply_created_at IS NULL OR c.waiting_since IS NOT NULL)")
    table = "conversations_mention" if kind == "mention" else "conversations_participant"
    return Sql(
        f"c.id IN (SELECT conversation_id FROM {table} WHERE account_id = %s AND membership_id = %s)",
        (access.account_id, access.membership_id),
    )


def conversations_of_contact(*, access: Access, contact_id: int, most: int = 20) -> list[Row]:
    """Their newest, of those the viewer may see."""
    seen = joined(visible(access))
    source = (
        "(SELECT c.id, row_number() OVER (ORDER BY c.id DESC) AS place FROM conversations_conversation AS c "
        f"WHERE c.account_id = %s AND c.contact_id = %s AND {seen.text} ORDER BY c.id DESC LIMIT {most}) AS page"
    )
    params = [access.account_id, contact_id, *seen.params]
    return rows.conversation_rows(account_id=access.account_id, source=source, params=params)


def conversation_ids_of_contact(*, access: Access, contact_id: int, most: int = 1000) -> list[int]:
    """Internal ids of the newest conversations with them that the viewer may see."""
    seen = joined(visible(access))
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT c.id FROM conversations_conversation AS c WHERE c.account_id = %s AND c.contact_id = %s "
            f"AND {seen.text} ORDER BY c.id DESC LIMIT {most}",
            [access.account_id, contact_id, *seen.params],
        )
        return [row[0] for row in cursor.fetchall()]


def without_assigned_count(counts: dict[str, int]) -> dict[str, int]:
    """As the filter's envelope has them."""
    return {name: value for name, value in counts.items() if name != "assigned_count"}


def page_filter(page: int) -> ListFilter:
    """Every status, newest first: what a filter of attributes starts from."""
    return ListFilter(status="all", page=page)
