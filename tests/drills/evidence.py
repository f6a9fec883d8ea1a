"""What there is at the end: plain values, so that the checks can be tested with planted faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.drills.ledger import Sent
from tests.drills.stub import Arrival


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A row of the database."""

    id: int
    conversation: int  # display id
    inbox_id: int
    to_webhook: bool  # in the API inbox
    echo_id: str
    content: str
    private: bool


@dataclass(frozen=True, kw_only=True)
class View:
    """What one open socket showed."""

    name: str
    is_visitor: bool
    inboxes: frozenset[int] | None
    conversation: int | None
    seen: tuple[tuple[int, int], ...]  # (message id, conversation), in the order of first sight
    fetched: frozenset[int] = frozenset()  # those that came (also) over HTTP: in no order of their own
    lost: tuple[tuple[float, str], ...] = ()  # when the connection ended, and how
    errors: tuple[str, ...] = ()

    def may_see(self, row: Stored) -> bool:
        if self.is_visitor:
            return row.conversation == self.conversation and not row.private
        return self.inboxes is None or row.inbox_id in self.inboxes


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """One fault and when everything worked again; None is never (within the patience)."""

    fault: str
    at: float  # time.monotonic()
    accepted: float | None  # seconds until a new message was accepted
    heard: float | None  # … it was at the webhook
    seen: float | None  # … it was on a dashboard
    healthy: float | None  # … /health said 200

    @property
    def seconds(self) -> float | None:
        parts = (self.accepted, self.heard, self.seen, self.healthy)
        known = [part for part in parts if part is not None]
        return max(known) if len(known) == len(parts) else None


@dataclass(kw_only=True)
class Evidence:
    sent: list[Sent]
    stored: list[Stored]
    arrivals: list[Arrival]
    views: list[View]
    recoveries: list[Recovery]
    allowed: float = 15.0  # seconds for one recovery
    limited: bool = True  # the impatient visitor was told to wait
    unreadable: list[str] = field(default_factory=list)  # at the stub
    leftovers: dict[str, int] = field(default_factory=dict)  # rows that should not be there any more


_MESSAGES = """
SELECT message.id, conversation.display_id, message.inbox_id, inbox.kind = 'api', message.echo_id,
       coalesce(message.content, ''), message.private
FROM conversations_message AS message
JOIN conversations_conversation AS conversation ON conversation.id = message.conversation_id
JOIN inboxes_inbox AS inbox ON inbox.id = message.inbox_id
WHERE message.account_id = %s AND message.echo_id LIKE 'drill-%%' ORDER BY message.id
"""

# What a relay that takes over leaves out on purpose: config.relay.BEYOND, but a drill runs without Django.
LEFT_OUT = 10_000

# Each counts what should be none once everything has come to rest.
UNSETTLED = {
    "events that the relay has not taken": "SELECT count(*) FROM config_outboxevent WHERE seq IS NULL",
    "handlers that have not run": "SELECT count(*) FROM config_handlerrun WHERE state <> 'dead'",
    "deliveries on their way": (
        "SELECT count(*) FROM channels_ext_delivery WHERE state IN ('queued', 'sending', 'unknown')"
    ),
}
WRONG = {
    "handlers given up": "SELECT count(*) FROM config_handlerrun WHERE state = 'dead'",
    "deliveries that failed": "SELECT count(*) FROM channels_ext_delivery WHERE state = 'failed'",
    "numbers missing in the feed": f"""
        SELECT coalesce(sum(gap), 0) FROM (
            SELECT seq - lag(seq) OVER (ORDER BY seq) - 1 AS gap FROM config_outboxevent WHERE seq IS NOT NULL
        ) AS steps WHERE gap % {LEFT_OUT} <> 0""",
    "conversations whose last message is another": """
        SELECT count(*) FROM conversations_conversation AS c WHERE c.last_message_id IS DISTINCT FROM
        (SELECT max(id) FROM conversations_message WHERE conversation_id = c.id)""",
    "conversations whose last public message is another": """
        SELECT count(*) FROM conversations_conversation AS c WHERE c.last_public_message_id IS DISTINCT FROM
        (SELECT max(id) FROM conversations_message
         WHERE conversation_id = c.id AND NOT private AND message_type <> 2)""",
    "messages without their event": """
        SELECT count(*) FROM conversations_message AS m WHERE m.echo_id LIKE 'drill-%' AND NOT EXISTS
        (SELECT 1 FROM config_outboxevent AS e WHERE e.account_id = m.account_id AND e.name = 'message.created'
         AND (e.payload->>'message_id')::bigint = m.id)""",
}


def stored_messages(connection: psycopg.Connection[Any], *, account_id: int) -> list[Stored]:
    rows = connection.execute(_MESSAGES, [account_id]).fetchall()
    names = ("id", "conversation", "inbox_id", "to_webhook", "echo_id", "content", "private")
    return [Stored(**dict(zip(names, row, strict=True))) for row in rows]


def counted(connection: psycopg.Connection[Any], queries: dict[str, str]) -> dict[str, int]:
    """The counts that are not zero."""
    found = {name: connection.execute(query).fetchone() for name, query in queries.items()}  # type: ignore[call-overload]
    return {name: row[0] for name, row in found.items() if row and row[0]}
