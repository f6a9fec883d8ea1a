"""SQL of a list's page: which ids, in which order.

No account is ever sorted. A list walks the index of every inbox (or assignee, or team) that the viewer may
see, takes the first few of each, and merges them: 25 ids first, everything else is joined afterwards. Any other
shape lets the planner join before the limit, which flips plans by a factor of 2,600 under row-level policies.

Where these indexes have another order, or labels are asked for, a *glance* comes first: the beginning of the
account's own index in this order, filtered. Only when it finds too few are the walks sorted after all, or the
few conversations with the label looked up one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from conversations.queries.filters import LONGEST_AGO, NEWEST, PAGE_SIZE, SORTS, ListFilter, Phase
from conversations.queries.sql import Sql, joined
from inboxes.queries import Access

GLANCE = 80  # rows looked at for each one needed: enough for what is at least an eightieth of the account
FEW = 5000  # conversations with a label that are rather looked up than met on the way


def page_of_ids(*, access: Access, wanted: ListFilter) -> tuple[str, list[Any]]:
    """SQL of `(id, place)` for the page, and its parameters."""
    tables = [labelled(access, wanted)] if wanted.labels else []
    parts: list[Sql] = []
    for number, phase in enumerate(SORTS[wanted.sort]):
        statuses = Sql("unnest(%s::smallint[]) AS st(status)", (wanted.statuses,))
        walks = list(_walks(access, wanted))
        if wanted.labels or not (phase.is_by_activity or walks == [_WHOLE_ACCOUNT]):
            tables.append(_glance(access, wanted, phase, number))
            parts.append(Sql(f"SELECT id, phase, key1, key2 FROM glance{number}"))
            statuses = _lacking(access, wanted, phase, f"glance{number}")
        if wanted.labels:
            walks.append(_LABELLED)
        parts += [_walked(access, wanted, phase, number, walk, statuses) for walk in walks]
    before = f"WITH {', '.join(table.text for table in tables)} " if tables else ""
    merged = (
        f"{before}SELECT id, row_number() OVER (ORDER BY phase, key1, key2) AS place "
        f"FROM ({' UNION '.join(part.text for part in parts)}) AS hits "
        f"ORDER BY place LIMIT {PAGE_SIZE} OFFSET {wanted.need - PAGE_SIZE}"
    )
    return merged, [value for sql in (*tables, *parts) for value in sql.params]


@dataclass(frozen=True)
class _Walk:
    """One index to walk: `column` takes each of `values` in turn; without values it is NULL, without a column
    the whole account is walked."""

    column: str
    values: Sql | None


_WHOLE_ACCOUNT = _Walk("", None)
_LABELLED = _Walk("id", Sql(f"(SELECT id FROM labelled WHERE (SELECT count(*) FROM labelled) <= {FEW})"))


def _walks(access: Access, wanted: ListFilter) -> Iterator[_Walk]:
    """Those that together find everything the viewer may see of what is wanted, and little else."""
    if wanted.assignee_type == "me":
        yield _each("assignee_id", access.membership_id)
    elif wanted.inbox_id is not None and (access.is_administrator or wanted.inbox_id in access.inbox_ids):
        yield _each("inbox_id", wanted.inbox_id)
    elif wanted.team_id is not None and (access.is_administrator or wanted.team_id in access.team_ids):
        yield _each("team_id", wanted.team_id)
    elif not access.is_administrator:
        yield _each("assignee_id", access.membership_id)
        if access.inbox_ids and wanted.inbox_id is None:
            yield _each("inbox_id", *access.inbox_ids)
        if access.team_ids:
            yield _each("team_id", *access.team_ids)
    else:
        yield _Walk("assignee_id", None) if wanted.assignee_type == "unassigned" else _WHOLE_ACCOUNT


def _each(column: str, *values: int) -> _Walk:
    return _Walk(column, Sql("unnest(%s::bigint[])", (list(values),)))


def labelled(access: Access, wanted: ListFilter) -> Sql:
    """`labelled(id)`: those with one of the labels (twice with two), or so many that it is clear they are not few."""
    return Sql(
        "labelled AS MATERIALIZED (SELECT conversation_id AS id FROM conversations_conversationlabel "
        f"WHERE account_id = %s AND title = ANY(%s) LIMIT {FEW + 1})",
        (access.account_id, list(wanted.labels)),
    )


def _walked(access: Access, wanted: ListFilter, phase: Phase, number: int, walk: _Walk, statuses: Sql) -> Sql:
    """The first of each status and value, in order."""
    where = [
        Sql("c.account_id = %s", (access.account_id,)),
        Sql("c.status = st.status"),
        Sql(phase.condition),
    ]
    head, order = statuses, phase.order
    if walk.values is not None:
        head = Sql(
            f"{statuses.text} CROSS JOIN {walk.values.text} AS w(value)", statuses.params + walk.values.params
        )
        where.append(Sql(f"c.{walk.column} = w.value"))
    elif walk.column:
        where.append(Sql(f"c.{walk.column} IS NULL"))
        order = _after_nulls(walk.column, order)
    where += filters_of(access, wanted)
    if walk == _LABELLED:
        where += visible(access)
    elif wanted.labels:
        where.append(Sql(f"(SELECT count(*) FROM labelled) > {FEW}"))
        where.append(_with_label(access, wanted))
    return Sql(
        f"SELECT hit.* FROM {head.text} CROSS JOIN LATERAL (SELECT {_hit(phase, number)} "
        f"FROM conversations_conversation AS c WHERE {joined(where).text} ORDER BY {order} LIMIT {wanted.need}) AS hit",
        head.params + joined(where).params,
    )


def _glance(access: Access, wanted: ListFilter, phase: Phase, number: int) -> Sql:
    """`glance<number>(status, id, phase, key1, key2)`: what the beginning of the account's index shows."""
    where = [*visible(access), *filters_of(access, wanted)]
    if wanted.labels:
        where.append(_with_label(access, wanted))
    seen = joined(where)
    return Sql(
        f"glance{number} AS MATERIALIZED (SELECT st.status, hit.* FROM unnest(%s::smallint[]) AS st(status) "
        f"CROSS JOIN LATERAL (SELECT {_hit(phase, number)} FROM ("
        "SELECT c.id, c.last_activity_at, c.waiting_since, c.inbox_id, c.assignee_id, c.team_id, c.unread_count "
        f"FROM conversations_conversation AS c WHERE c.account_id = %s AND c.status = st.status AND {phase.condition} "
        f"ORDER BY {phase.order} LIMIT {GLANCE * wanted.need}) AS c WHERE {seen.text} "
        f"ORDER BY {phase.order} LIMIT {wanted.need}) AS hit)",
        (wanted.statuses, access.account_id, *seen.params),
    )


def _lacking(access: Access, wanted: ListFilter, phase: Phase, glance: str) -> Sql:
    """The statuses of which the glance did not find enough, and which go on where it ended."""
    return Sql(
        "(SELECT status FROM unnest(%s::smallint[]) AS every(status) WHERE "
        f"(SELECT count(*) FROM {glance} WHERE {glance}.status = every.status) < {wanted.need} AND EXISTS ("
        f"SELECT 1 FROM conversations_conversation AS c WHERE c.account_id = %s AND c.status = every.status "
        f"AND {phase.condition} ORDER BY {phase.order} OFFSET {GLANCE * wanted.need})) AS st",
        (wanted.statuses, access.account_id),
    )


def _hit(phase: Phase, number: int) -> str:
    return f"c.id, {number} AS phase, {phase.keys[0]} AS key1, {phase.keys[1]} AS key2"


def visible(access: Access) -> list[Sql]:
    if access.is_administrator:
        return []
    own = (list(access.inbox_ids), access.membership_id, list(access.team_ids))
    return [Sql("(c.inbox_id = ANY(%s) OR c.assignee_id = %s OR c.team_id = ANY(%s))", own)]


def filters_of(access: Access, wanted: ListFilter, *, by_assignee: bool = True) -> list[Sql]:
    """All but status and labels."""
    found = []
    if not by_assignee:
        pass
    elif wanted.assignee_type == "me":
        found.append(Sql("c.assignee_id = %s", (access.membership_id,)))
    elif wanted.assignee_type == "unassigned":
        found.append(Sql("c.assignee_id IS NULL"))
    elif wanted.assignee_type == "assigned":
        found.append(Sql("c.assignee_id IS NOT NULL"))
    if wanted.inbox_id is not None:
        found.append(Sql("c.inbox_id = %s", (wanted.inbox_id,)))
    if wanted.team_id is not None:
        found.append(Sql("c.team_id = %s", (wanted.team_id,)))
    if wanted.unread:
        found.append(Sql("c.unread_count > 0"))
    return found


def _with_label(access: Access, wanted: ListFilter) -> Sql:
    """Looked up row by row: as EXISTS it would become a join with all labels of the account."""
    return Sql(
        "(SELECT true FROM conversations_conversationlabel "
        "WHERE account_id = %s AND conversation_id = c.id AND title = ANY(%s) LIMIT 1)",
        (access.account_id, list(wanted.labels)),
    )


def conditions(*, access: Access, wanted: ListFilter) -> Sql:
    """What the counts beside a list are over: everything about `c` but account, status, assignee and labels;
    tallies know nothing of what is unread."""
    return joined([*visible(access), *filters_of(access, replace(wanted, unread=False), by_assignee=False)])


def _after_nulls(column: str, order: str) -> str:
    """`order` in words that the planner recognises as the index's: to it, IS NULL is not one value as = is."""
    if order == NEWEST:
        return f"c.{column}, {order}"
    return f"c.{column} DESC, {order}" if order == LONGEST_AGO else order
