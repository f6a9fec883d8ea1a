"""The changes feed for programs: what happened in the account, as far back as the outbox reaches, in the order of the
numbers that the relay gave out, and only what the asker's own sockets would hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from accounts.permissions import covers
from accounts.shapes import iso
from channels_ext.realtime import groups
from inboxes.queries import Access

MOST = 500
# So many of the account's events are looked through for one page; the cursor moves on all the same.
MOST_SCANNED = 2000

# What happened, as opposed to what was asked of a handler: who may know of it, by the beginning of its name.
_NEEDS = {
    "message": "conversation.read",
    "conversation": "conversation.read",
    "notification": "conversation.read",
    "contact": "contact.read",
}
# Of an event's payload: what programs know by these names too. The rest is between the relay and its handlers.
_SHOWN = (
    "inbox_id",
    "contact_id",
    "merged_id",
    "assignee_id",
    "team_id",
    "message_id",
    "message_type",
    "private",
    "echo_id",
    "by",
    "notification_id",
    "changes",
)

_STATE = "SELECT last_seq, pruned_seq FROM config_relaystate"
_AFTER = """
SELECT seq, id, name, version, payload, created_at FROM config_outboxevent
WHERE account_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""


@dataclass(frozen=True)
class Page:
    """`next` is where the following page begins; `latest` the newest number there is. `events` is None when not all
    after the cursor is kept any more, or the cursor is none of ours."""

    events: list[dict[str, Any]] | None
    next: int
    latest: int
    oldest: int


def page(*, access: Access, after: int | None, limit: int) -> Page:
    """Events after the number, or from the oldest kept one. Call within the account's scope."""
    latest, pruned = _state()
    start = pruned if after is None else after
    if start < pruned or start > latest:
        return Page(None, latest, latest, pruned)
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [access.account_id, start, latest, MOST_SCANNED])
        rows = cursor.fetchall()
    names = groups_of(access)
    events: list[dict[str, Any]] = []
    for seq, event_id, name, version, payload, created_at in rows:
        values = orjson.loads(payload) if isinstance(payload, str) else payload
        if _may_know(access, names, name, values):
            events.append(_shape(seq, event_id, name, version, values, iso(created_at)))
            if len(events) == limit:
                return Page(events, seq, latest, pruned)
    return Page(events, rows[-1][0] if len(rows) == MOST_SCANNED else latest, latest, pruned)


def _state() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, 0)


def groups_of(access: Access) -> frozenset[str]:
    """Those that a dashboard of theirs joins (channels_ext.realtime.rights)."""
    account_id = access.account_id
    found = {groups.everyone(account_id), groups.person(account_id, access.user_id)}
    if access.is_administrator:
        found.add(groups.admins(account_id))
    found.update(groups.inbox(account_id, inbox_id) for inbox_id in access.inbox_ids)
    found.update(groups.team(account_id, team_id) for team_id in access.team_ids)
    found.add(groups.user(account_id, access.user_id))
    return frozenset(found)


def _may_know(access: Access, names: frozenset[str], name: str, payload: dict[str, Any]) -> bool:
    capability = _NEEDS.get(name.partition(".")[0])
    if capability is None or not covers(access.scopes, capability):
        return False
    routes = groups.routes(account_id=access.account_id, name=name, payload=payload)
    return any(
        group in names for route in routes if route.audience == groups.AGENTS for group in route.groups
    )


def _shape(
    seq: int, event_id: int, name: str, version: int, payload: dict[str, Any], created_at: str | None
) -> dict[str, Any]:
    data = {key: payload[key] for key in _SHOWN if key in payload}
    if "display_id" in payload:
        data["conversation_id"] = payload["display_id"]
    actor = payload.get("actor")
    return {
        "seq": seq,
        "id": event_id,
        "event": name,
        "version": version,
        "created_at": created_at,
        "actor": actor and {"type": actor["kind"], "id": actor["id"], "name": actor["name"]},
        "data": data,
    }
