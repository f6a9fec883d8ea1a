"""The installation that is measured: one large account, one small, others, and many that have just begun."""

from __future__ import annotations

import sys
import time
from typing import Any

import psycopg
from django.core.management import call_command
from psycopg import sql

from accounts.models import AccessToken, Account, AgentBot, Membership, Team, TeamMember, User
from channels_ext.models import ApiChannel, WebWidget
from config.models import RelayState
from config.tenancy import tenant_tables
from conversations.models import Attachment, Contact, ContactInbox, Conversation, Message
from inboxes.models import Inbox, InboxMember
from tests.bench import people, talks
from tests.bench.data import Crowd
from tests.bench.ground import Ground

LARGE, SMALL = 1, 2  # accounts
IN_SMALL = 1_000
OTHERS, OF_OTHERS = 18, 500
STRANGERS = 2_000
LONG_THREAD = 1_000


def crowds(conversations: int) -> list[Crowd]:
    return [
        Crowd(account_id=LARGE, conversations=conversations, long_thread=LONG_THREAD),
        Crowd(account_id=SMALL, conversations=IN_SMALL, long_thread=LONG_THREAD),
        *(Crowd(account_id=SMALL + 1 + n, conversations=OF_OTHERS) for n in range(OTHERS)),
    ]


def fill(conn: psycopg.Connection[Any], crowds: list[Crowd], *, empty_accounts: int = 0) -> None:
    """Write all of it as the owner of the tables, then ANALYZE. `conn` commits by itself."""
    conn.execute("SELECT setseed(0.42)")
    for crowd in crowds:
        people.people(conn, crowd)
        people.inboxes(conn, crowd)
        # The trigger would write a tally per conversation; a sweep would have folded them long ago.
        conn.execute("ALTER TABLE conversations_conversation DISABLE TRIGGER USER")
        talks.conversations(conn, crowd)
        conn.execute("ALTER TABLE conversations_conversation ENABLE TRIGGER USER")
        talks.messages(conn, crowd)
    people.strangers(conn, first=max(crowd.account_id for crowd in crowds) + 1, count=empty_accounts)
    talks.outbox(conn, [crowd.account_id for crowd in crowds])
    conn.execute("ANALYZE")


def prepare(ground: Ground) -> None:
    """Bring the schema up to date, and make the accounts if they are not there."""
    call_command("migrate", verbosity=0)
    stamp = ground.folder / "filled"
    if stamp.exists() and stamp.read_text() == str(ground.conversations):
        return
    started = time.monotonic()
    with ground.owner() as conn:
        empty(conn)
        fill(conn, crowds(ground.conversations), empty_accounts=STRANGERS)
        move_sequences_on(conn)
        conn.execute("VACUUM ANALYZE")
    stamp.write_text(str(ground.conversations))
    print(
        f"{ground.conversations:,} conversations made in {time.monotonic() - started:.0f} s", file=sys.stderr
    )


def move_sequences_on(conn: psycopg.Connection[Any]) -> None:
    """New rows go behind the made ones. For a database that is written to afterwards."""
    for model in (
        Account, User, AccessToken, AgentBot, Membership, Team, TeamMember, Inbox, InboxMember, WebWidget, ApiChannel,
        Contact, ContactInbox, Conversation, Message, Attachment,
    ):  # fmt: skip
        table = model._meta.db_table
        conn.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}) + 1000)"
            ).format(sql.Literal(table), sql.Identifier(table))
        )


def empty(conn: psycopg.Connection[Any]) -> None:
    """Take everything away that has an account, and all people."""
    tables = [*tenant_tables(), User._meta.db_table, RelayState._meta.db_table]
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    conn.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
