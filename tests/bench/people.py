"""Accounts and who works in them."""

from __future__ import annotations

from typing import Any

import psycopg

from accounts.models import AccessToken, Account, AgentBot, Membership, Role, Team, TeamMember, User
from channels_ext.models import ApiChannel, WebWidget
from config.encryption import digest, encrypt
from conversations.models import ConversationCounter
from inboxes.models import Inbox, InboxMember
from tests.bench.data import BLOCK, INBOXES, MEMBERS, OWN_INBOXES, TEAMS, Crowd, insert, series


def people(conn: psycopg.Connection[Any], crowd: Crowd) -> None:
    base, account = crowd.base, str(crowd.account_id)
    insert(conn, Account, "(SELECT 1) AS one", id=account, name=f"'Account {account}'")
    insert(
        conn, User, series(MEMBERS), id=f"{base} + n", name="'Agent ' || n", password="'!'",
        email=f"'agent' || ({base} + n) || '@example.test'", pubsub_token=f"'u' || ({base} + n)",
    )  # fmt: skip
    role = f"CASE WHEN n = 1 THEN {Role.ADMINISTRATOR:d} ELSE {Role.AGENT:d} END"
    insert(
        conn, Membership, series(MEMBERS), id=f"{base} + n", account_id=account, user_id=f"{base} + n", role=role
    )  # fmt: skip
    insert(conn, Team, series(TEAMS), id=f"{base} + n", account_id=account, name="'Team ' || n")
    insert(
        conn, TeamMember, series(MEMBERS), id=f"{base} + n", account_id=account,
        team_id=f"{base} + 1 + n % {TEAMS}", membership_id=f"{base} + n",
    )  # fmt: skip
    insert(conn, AgentBot, series(2), id=f"{base} + n", account_id=account, name="'Bot ' || n")
    tokens = [(number, crowd.token_of(number)) for number in range(1, MEMBERS + 1)]
    values = ", ".join(f"({crowd.id_of(n)}, '{digest(token)}', '{encrypt(token)}')" for n, token in tokens)
    source = f"(VALUES {values}) AS t(id, digest, token)"
    insert(conn, AccessToken, source, id="t.id", user_id="t.id", token_digest="t.digest", token="t.token")
    insert(
        conn,
        ConversationCounter,
        "(SELECT 1) AS one",
        account_id=account,
        last_display_id=f"{crowd.conversations}",
    )


def inboxes(conn: psycopg.Connection[Any], crowd: Crowd) -> None:
    base, account = crowd.base, str(crowd.account_id)
    ids = {"id": f"{base} + n", "account_id": account}
    kind = "CASE n % 2 WHEN 1 THEN 'web_widget' ELSE 'api' END"
    insert(conn, Inbox, series(INBOXES), **ids, name="'Inbox ' || n", kind=kind)
    of_inbox = {**ids, "inbox_id": f"{base} + n"}
    insert(
        conn, WebWidget, f"{series(INBOXES)} WHERE n % 2 = 1", **of_inbox,
        website_token=f"'w' || ({base} + n)", website_url="'https://shop.test'",
    )  # fmt: skip
    insert(
        conn, ApiChannel, f"{series(INBOXES)} WHERE n % 2 = 0", **of_inbox, identifier=f"'a' || ({base} + n)"
    )
    insert(
        conn, InboxMember, f"{series(MEMBERS)}, generate_series(0, {OWN_INBOXES - 1}) AS k WHERE n > 1",
        id=f"{base} + n * {OWN_INBOXES} + k", account_id=account, membership_id=f"{base} + n",
        inbox_id=f"{base} + 1 + (n + k * 7) % {INBOXES}",
    )  # fmt: skip


def strangers(conn: psycopg.Connection[Any], *, first: int, count: int) -> None:
    """Accounts that have just begun: two of everything. With a handful of accounts some tables are one page,
    and PostgreSQL rightly reads a page whole; an installation with customers has more."""
    if not count:
        return
    pairs = f"{series(count)}, generate_series(1, 2) AS k"
    account = f"({first} + n)"
    ids = {"id": f"{account} * {BLOCK} + k"}
    of_account = {**ids, "account_id": account}
    insert(conn, Account, series(count), id=account, name=f"'Account ' || {account}")
    insert(
        conn, User, pairs, **ids, name="'Agent'", password="'!'", email=f"'agent' || k || '@' || {account} || '.test'",
        pubsub_token=f"'n' || {account} || '-' || k",
    )  # fmt: skip
    role = f"CASE k WHEN 1 THEN {Role.ADMINISTRATOR:d} ELSE {Role.AGENT:d} END"
    insert(conn, Membership, pairs, **of_account, user_id=ids["id"], role=role)
    insert(conn, AgentBot, pairs, **of_account, name="'Bot'")
    insert(conn, Team, pairs, **of_account, name="'Team ' || k")
    insert(conn, TeamMember, pairs, **of_account, team_id=ids["id"], membership_id=ids["id"])
    kind = "CASE k WHEN 1 THEN 'web_widget' ELSE 'api' END"
    insert(conn, Inbox, pairs, **of_account, name="'Inbox ' || k", kind=kind)
    of_inbox = {**of_account, "inbox_id": ids["id"]}
    widget = {**of_inbox, "website_url": "'https://shop.test'", "website_token": f"'n' || {account}"}
    insert(conn, WebWidget, f"{pairs} WHERE k = 1", **widget)
    insert(
        conn, ApiChannel, pairs, **of_account, inbox_id=ids["id"], identifier=f"'n' || {account} || '-' || k"
    )
    insert(
        conn, AccessToken, pairs, **ids, user_id=ids["id"], token="''",
        token_digest=f"encode(sha256(({account} || 'new' || k)::bytea), 'hex')",
    )  # fmt: skip
    insert(conn, InboxMember, pairs, **of_account, inbox_id=ids["id"], membership_id=ids["id"])
