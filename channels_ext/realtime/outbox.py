"""Reading the outbox back: what came after a number, for hubs and for sockets that return with a cursor."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from channels_ext.realtime import groups
from config.database import platform_scope

MOST_REPLAYED = 200
# So many of the account's events are looked through for the socket's own; beyond it reloading is cheaper.
MOST_SCANNED = 5000
# A visitor's own events are few among everybody's: further back than this they are not searched for.
MOST_BEHIND = 200_000

_HEAD = "SELECT coalesce(max(last_seq), 0) FROM config_relaystate"
_OLDEST = "SELECT seq FROM config_outboxevent WHERE seq IS NOT NULL ORDER BY seq LIMIT 1"
_AFTER = """
SELECT seq, account_id, name, payload FROM config_outboxevent
WHERE account_id = ANY(%s) AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""
_AFTER_OF_VISITOR = """
SELECT seq, account_id, name, payload FROM config_outboxevent
WHERE account_id = ANY(%s) AND seq > %s AND seq <= %s AND (payload->>'contact_inbox_id')::bigint = ANY(%s)
ORDER BY seq LIMIT %s
"""


class Row(NamedTuple):
    seq: int
    account_id: int
    name: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """`rows` are all events of the asked accounts up to and including `upto`; `head` is the newest number."""

    head: int
    upto: int
    rows: list[Row]


@dataclass(frozen=True)
class Replay:
    """What a socket missed up to `upto`. `rows` is None when it is too much or too long ago: reload."""

    upto: int
    rows: list[Row] | None


def head() -> int:
    """The newest number given out."""
    with platform_scope("realtime: the newest event number"):
        return _head()


def rows_after(*, after: int | None, account_ids: Sequence[int], limit: int) -> Page:
    """Stored events of these accounts after a number; none and only the head for `after=None`."""
    with platform_scope("realtime: a hub compares what it delivered, for all accounts it serves"):
        newest = _head()
        if after is None or not account_ids or newest <= after:
            return Page(newest, newest, [])
        rows = _rows(_AFTER, [list(account_ids), after, newest, limit])
    upto = rows[-1].seq if len(rows) == limit else newest
    return Page(newest, upto, rows)


def replay(
    *, account_id: int, after: int, names: Collection[str], sessions: Sequence[int] | None = None
) -> Replay:
    """Events after the cursor for these groups; `sessions` narrows to a visitor's contact inboxes."""
    with platform_scope("realtime: a socket returns with its cursor"):
        newest = _head()
        if not _reaches_back_to(after, newest):
            return Replay(newest, None)
        if sessions is None:
            found = _rows(_AFTER, [[account_id], after, newest, MOST_SCANNED + 1])
        else:
            found = _rows(_AFTER_OF_VISITOR, [[account_id], after, newest, list(sessions), MOST_SCANNED + 1])
    rows = [row for row in found if _concerns(row, names)]
    if len(found) > MOST_SCANNED or len(rows) > MOST_REPLAYED:
        return Replay(newest, None)
    return Replay(newest, rows)


def _concerns(row: Row, names: Collection[str]) -> bool:
    routes = groups.routes(account_id=row.account_id, name=row.name, payload=row.payload)
    return any(group in names for route in routes for group in route.groups)


def _reaches_back_to(after: int, newest: int) -> bool:
    """Whether all after this number is still stored. A number from the future is another database's."""
    if after >= newest or newest - after > MOST_BEHIND:
        return after == newest
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        row = cursor.fetchone()
    return row is not None and row[0] <= after + 1


def _head() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        return int(cursor.fetchone()[0])


def _rows(sql: str, parameters: list[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [Row(row[0], row[1], row[2], _decoded(row[3])) for row in cursor.fetchall()]


def _decoded(payload: Any) -> dict[str, Any]:
    # Django's psycopg adapters leave jsonb of raw queries as text.
    value: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    return value
