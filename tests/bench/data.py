"""Accounts of any size, made by the database itself: half a million conversations in about a minute.

Whatever a row needs and is not said here comes from the model's own defaults, so that a new column does not
break the measurements. Ids are computed (`Crowd.id_of`), so that load scripts know them without asking.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db.models import NOT_PROVIDED, Model
from django.db.models.fields.json import JSONField
from psycopg import sql

BLOCK = 10_000_000  # ids of an account
LONG_THREAD = BLOCK // 2  # where the ids of the long thread's messages begin
RARE = 50  # conversations with the rare label
INBOXES, MEMBERS, TEAMS, OWN_INBOXES = 20, 40, 5, 2

# How the conversations `n` are spread over the inboxes: a quarter lies in the first one, and some are empty.
# Plain integer arithmetic, so that pgbench can say the same.
INBOX_OF = "1 + ((n % 20) * (n % 20)) / 20"
# Those assigned have one of their inbox's four members, and his team if any.
MEMBER_OF = f"1 + ({INBOX_OF} + 38 - 7 * (floor(r3 * 100)::int % 2)) % 20 + 20 * (floor(r3 * 1000)::int % 2)"


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """An account with its inboxes, members, teams and conversations. The first member is its administrator,
    all others are agents with two inboxes and one team."""

    account_id: int
    conversations: int
    long_thread: int = 0  # messages more in conversation 1

    @property
    def base(self) -> int:
        return self.account_id * BLOCK

    def id_of(self, number: int) -> int:
        """The id of the number-th inbox, member (also its user), team, contact, session or conversation."""
        return self.base + number

    def token_of(self, member: int) -> str:
        return f"bench-token-{self.id_of(member)}"


def insert(conn: psycopg.Connection[Any], model: type[Model], source: str, **columns: str) -> None:
    """INSERT … SELECT: SQL expressions by column, the model's defaults for all others."""
    given = {name: sql.SQL(expression) for name, expression in columns.items()}
    filled: dict[str, sql.Composable] = {**_defaults(model, without=set(given)), **given}
    conn.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(map(sql.Identifier, filled)),
            sql.SQL(", ").join(filled.values()),
            sql.SQL(source),
        )
    )


def _defaults(model: type[Model], *, without: set[str]) -> dict[str, sql.Composable]:
    found: dict[str, sql.Composable] = {}
    for field in model._meta.concrete_fields:
        if field.column in without or field.null or field.primary_key:
            continue
        if getattr(field, "auto_now", False):
            found[field.column] = sql.SQL("now()")
        elif field.db_default is NOT_PROVIDED:
            value = field.get_default()
            stored = json.dumps(value) if isinstance(field, JSONField) else field.get_prep_value(value)
            found[field.column] = sql.Literal(stored)
    return found


def series(count: int) -> str:
    return f"generate_series(1::bigint, {count}) AS n"
