"""The conversation finder: which conversations, in which order, and how many.

The list never sorts an account. It walks the index of every inbox (or assignee, or team) that the viewer
may see, takes the first few of each, and merges them: 25 ids first, everything else is joined afterwards.
Any other shape lets the planner join before the limit, which flips plans by a factor of 2,600 under
row-level policies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from config.prepared import prepared_cursor
from config.problems import Invalid
from conversations import shapes
from conversations.queries import rows
from conversations.shapes import Row
from inboxes.queries import Access

PAGE_SIZE = 25
MOST_PAGES = 400

# Phases of a sort: (condition, order, sort keys). One after the other, so that "those without a value last"
# needs no sort over both.
_Phase = tuple[str, str, str, str]
_NEWEST = "c.last_activity_at DESC, c.id DESC"
SORTS: dict[str, tuple[_Phase, ...]] = {
    "last_activity_at_desc": (("true", _NEWEST, "c.last_activity_at", "DESC"),),
    "last_activity_at_asc": (("true", "c.last_activity_at ASC, c.id ASC", "c.last_activity_at", "ASC"),),
    "created_at_desc": (("true", "c.id DESC", "c.id", "DESC"),),
    "created_at_asc": (("true", "c.id ASC", "c.id", "ASC"),),
    "priority_desc": (
        ("c.priority IS NOT NULL", f"c.priority DESC, {_NEWEST}", "c.priority", "DESC"),
        ("c.priority IS NULL", _NEWEST, "0", "DESC"),
    ),
    "priority_asc": (
        ("c.priority IS NOT NULL", f"c.priority ASC, {_NEWEST}", "c.priority", "ASC"),
        ("c.priority IS NULL", _NEWEST, "0", "ASC"),
    ),
    "waiting_since_asc": (
        ("c.waiting_since IS NOT NULL", "c.waiting_since ASC, c.id ASC", "c.waiting_since", "ASC"),
        ("c.waiting_since IS NULL", "c.id ASC", "NULL::timestamptz", "ASC"),
    ),
    "waiting_since_desc": (
        ("c.waiting_since IS NOT NULL", "c.waiting_since DESC, c.id DESC", "c.waiting_since", "DESC"),
        ("c.waiting_since IS NULL", "c.id ASC", "NULL::timestamptz", "DESC"),
    ),
}
_LEGACY_SORTS = {
    "latest": "last_activity_at_desc",
    "sort_on_created_at": "created_at_asc",
    "sort_on_priority": "priority_desc",
    "sort_on_waiting_since": "waiting_since_asc",
}
ASSIGNEE_TYPES = ("all", "me", "unassigned", "assigned")


@dataclass(frozen=True)
class ListFilter:
    """Which conversations. `status` is a name or "all"; unknown values raise Invalid on construction."""

    status: str = "open"
    assignee_type: str = "all"
    inbox_id: int | None = None
    team_id: int | None = None
    labels: tuple[str, ...] = field(default=())
    sort: str = "last_activity_at_desc"
    page: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "sort", _LEGACY_SORTS.get(self.sort, self.sort))
        _among(self.status, (*shapes.CONVERSATION_STATUSES, "all"), "status")
        _among(self.assignee_type, ASSIGNEE_TYPES, "assignee_type")
        _among(self.sort, tuple(SORTS), "sort_by")
        if not 1 <= self.page <= MOST_PAGES:
            raise Invalid(
                _("page must be between 1 and %(most)d") % {"most": MOST_PAGES}, attributes=["page"]
            )

    @property
    def statuses(self) -> list[int]:
        if self.status == "all":
            return [0, 1, 2, 3]
        return [shapes.CONVERSATION_STATUSES.index(self.status)]


def _among(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        text = _("%(name)s must be one of %(allowed)s") % {"name": name, "allowed": ", ".join(allowed)}
        raise Invalid(text, attributes=[name])


@dataclass
class _Walk:
    """One index to walk: `column` takes each of `values` in turn (none: the account's own index)."""

    column: str
    values: list[int | None]


def _walks(access: Access, wanted: ListFilter) -> tuple[list[_Walk], list[str], list[Any]]:
    """The walks, and the conditions and parameters that every walk adds."""
    conditions, params = _conditions(access, wanted)
    if wanted.assignee_type == "me":
        return [_Walk("assignee_id", [access.membership_id])], *_also(wanted, conditions, params)
    if wanted.inbox_id is not None and (access.is_administrator or wanted.inbox_id in access.inbox_ids):
        extra = _also(wanted, conditions, params, inbox=False)
        return [_Walk("inbox_id", [wanted.inbox_id])], *extra
    if wanted.team_id is not None and (access.is_administrator or wanted.team_id in access.team_ids):
        return [_Walk("team_id", [wanted.team_id])], *_also(wanted, conditions, params, team=False)
    conditions, params = _also(wanted, conditions, params)
    if not access.is_administrator:
        own = [_Walk("assignee_id", [access.membership_id])]
        if access.inbox_ids and wanted.inbox_id is None:
            own.append(_Walk("inbox_id", list(access.inbox_ids)))
        if access.team_ids:
            own.append(_Walk("team_id", list(access.team_ids)))
        return own, conditions, params
    if wanted.assignee_type == "unassigned":
        return [_Walk("assignee_id", [None])], conditions, params
    return [_Walk("", [None])], conditions, params


def _conditions(access: Access, wanted: ListFilter) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    if wanted.assignee_type == "unassigned":
        conditions.append("c.assignee_id IS NULL")
    elif wanted.assignee_type == "assigned":
        conditions.append("c.assignee_id IS NOT NULL")
    if wanted.labels:
        conditions.append(
            "c.id IN (SELECT conversation_id FROM conversations_conversationlabel "
            "WHERE account_id = %s AND title = ANY(%s))"
        )
        params += [access.account_id, list(wanted.labels)]
    return conditions, params


def _also(
    wanted: ListFilter, conditions: list[str], params: list[Any], *, inbox: bool = True, team: bool = True
) -> tuple[list[str], list[Any]]:
    if inbox and wanted.inbox_id is not None:
        conditions, params = [*conditions, "c.inbox_id = %s"], [*params, wanted.inbox_id]
    if team and wanted.team_id is not None:
        conditions, params = [*conditions, "c.team_id = %s"], [*params, wanted.team_id]
    return conditions, params


def page_of_ids(*, access: Access, wanted: ListFilter) -> tuple[str, list[Any]]:
    """SQL of the page's ids with their place in the order, and its parameters."""
    walks, conditions, extra = _walks(access, wanted)
    need = wanted.page * PAGE_SIZE
    parts: list[str] = []
    params: list[Any] = []
    for phase, (condition, order, key, _direction) in enumerate(SORTS[wanted.sort]):
        for walk in walks:
            where = ["c.account_id = %s", "c.status = st.status", condition, *conditions]
            head, values = "", []
            if walk.column and walk.values == [None]:
                where.insert(1, f"c.{walk.column} IS NULL")
            elif walk.column:
                head, values = "CROSS JOIN unnest(%s::bigint[]) AS w(value) ", [walk.values]
                where.insert(1, f"c.{walk.column} = w.value")
            parts.append(
                f"SELECT hit.* FROM unnest(%s::smallint[]) AS st(status) {head}CROSS JOIN LATERAL ("
                f"SELECT c.id, {phase} AS phase, {key} AS sort_key, c.last_activity_at AS moved_at "
                f"FROM conversations_conversation AS c WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {need}"
                ") AS hit"
            )
            params += [wanted.statuses, *values, access.account_id, *extra]
    direction = SORTS[wanted.sort][0][3]
    merged = (
        f"SELECT id, row_number() OVER (ORDER BY phase, sort_key {direction}, moved_at DESC, id {direction}) AS place "
        f"FROM ({' UNION '.join(parts)}) AS hits ORDER BY place LIMIT {PAGE_SIZE} OFFSET {need - PAGE_SIZE}"
    )
    return merged, params


def list_conversations(*, access: Access, filters: ListFilter) -> list[Row]:
    """A page of conversations in the contract's REST shape: one statement, whatever the number of rows."""
    ids, params = page_of_ids(access=access, wanted=filters)
    return rows.conversation_rows(account_id=access.account_id, source=f"({ids}) AS page", params=params)


_TALLY = """
SELECT coalesce(sum(delta) FILTER (WHERE assignee_id = %s), 0),
       coalesce(sum(delta) FILTER (WHERE assignee_id IS NULL), 0),
       coalesce(sum(delta) FILTER (WHERE assignee_id IS NOT NULL), 0), coalesce(sum(delta), 0)
FROM conversations_conversationtally AS c WHERE c.account_id = %s AND c.status = ANY(%s) {conditions}
"""

_EXACT = """
SELECT count(*) FILTER (WHERE assignee_id = %s), count(*) FILTER (WHERE assignee_id IS NULL),
       count(*) FILTER (WHERE assignee_id IS NOT NULL), count(*)
FROM conversations_conversation AS c WHERE c.account_id = %s AND c.status = ANY(%s) {conditions}
"""


def count_conversations(*, access: Access, filters: ListFilter) -> dict[str, int]:
    """mine_, assigned_, unassigned_ and all_count over status, inbox, team and labels, before assignee_type.
    Summed from the tallies; only a filter by label counts rows."""
    conditions, params = _also(filters, [], [])
    if not access.is_administrator:
        conditions.append("(c.inbox_id = ANY(%s) OR c.assignee_id = %s OR c.team_id = ANY(%s))")
        params += [list(access.inbox_ids), access.membership_id, list(access.team_ids)]
    labelled, label_params = _conditions(access, ListFilter(labels=filters.labels))
    sql = _EXACT if filters.labels else _TALLY
    also = "".join(f" AND {condition}" for condition in [*conditions, *labelled])
    head: list[Any] = [access.membership_id, access.account_id, filters.statuses]
    with prepared_cursor() as cursor:
        cursor.execute(sql.format(conditions=also), [*head, *params, *label_params])
        mine, unassigned, assigned, total = (int(value) for value in cursor.fetchone())
    return {
        "mine_count": mine,
        "assigned_count": assigned,
        "unassigned_count": unassigned,
        "all_count": total,
    }
