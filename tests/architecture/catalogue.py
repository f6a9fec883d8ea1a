"""What the tests of tenancy go by: which models are an account's, which are nobody's and why, and what the
database says about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from config.database import owner_connection

# Not an account's, and why. A model that is neither here nor has an account fails the tests.
GLOBAL = {
    "accounts.AccessToken": "found by its digest before any account is known; holds no plain token",
    "accounts.DeviceSession": "a person's sign-in by a program, found before any account is known; holds a digest",
    "accounts.NotificationSubscription": "a browser or telephone of a person, in all of their accounts",
    "accounts.PersonAnswer": "what a person or a platform app was answered outside of accounts, for a day; encrypted",
    "accounts.PlatformApp": "manages accounts from outside of them",
    "accounts.PlatformAppPermissible": "what a platform app may reach, across accounts",
    "accounts.SystemBot": "offered by the platform to every account; holds nothing of any",
    "accounts.User": "a person; belongs to accounts by memberships, and no account may change them",
    "accounts.User_groups": "Django's permissions, of operators",
    "accounts.User_user_permissions": "Django's permissions, of operators",
    "account.EmailAddress": "of a person",
    "account.EmailConfirmation": "of a person",
    "admin.LogEntry": "what operators did in the admin; accounts have the audit log",
    "auth.Group": "Django's permissions, of operators",
    "auth.Group_permissions": "Django's permissions, of operators",
    "auth.Permission": "names of permissions",
    "config.RelayState": "one row for the installation",
    "contenttypes.ContentType": "names of models",
    "guardian.GroupObjectPermission": "unused: grants have tables of their own, with real keys",
    "guardian.UserObjectPermission": "unused: grants have tables of their own, with real keys",
    "mfa.Authenticator": "of a person",
    "sessions.Session": "of a browser, before anybody signs in",
}

# The account itself: its policy compares the primary key.
ACCOUNT = "accounts.Account"

# Tenant tables without UNIQUE (account_id, id), because nothing may point to them by a composite key.
WITHOUT_KEY = {
    "config.OutboxEvent": "names accounts by number, below `accounts`; only the kernel's own table points here",
    "config.HandlerRun": "nothing points to it",
    "config.StoredFile": "names accounts by number, and outlives them until its file is gone; nothing points to it",
    "conversations.ConversationCounter": "the account is its primary key",
}

# Foreign keys between tenant tables that are not composite, and why.
PLAIN_KEYS = {("config.HandlerRun", "event"): "both written by the relay, in one statement, from one row"}

# Foreign keys from what is global into what is an account's, and why that is safe.
INTO_TENANTS = {
    (
        "accounts.AccessToken",
        "agent_bot",
    ): "a bot's token; the bot is only ever loaded within its account's scope",
}


def tenant_models() -> list[Any]:
    """By their account column, whatever they inherit from."""
    every = apps.get_models(include_auto_created=True)
    return [
        model for model in every if any(field.column == "account_id" for field in model._meta.concrete_fields)
    ]


def name_of(model: Any) -> str:
    return str(model._meta.label)


def ask(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def ask_owner(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """As the login, whom no policy stops."""
    with owner_connection() as conn, conn.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@dataclass(frozen=True)
class Key:
    """A foreign key as the database has it. Columns in order."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]

    @property
    def is_composite(self) -> bool:
        return self.columns[0] == "account_id" and len(self.columns) == 2


_KEYS = """
SELECT key.conname, child.relname, parent.relname,
       ARRAY(SELECT attname FROM unnest(key.conkey) WITH ORDINALITY AS at(num, place)
             JOIN pg_attribute ON attrelid = key.conrelid AND attnum = at.num ORDER BY at.place)::text[],
       ARRAY(SELECT attname FROM unnest(key.confkey) WITH ORDINALITY AS at(num, place)
             JOIN pg_attribute ON attrelid = key.confrelid AND attnum = at.num ORDER BY at.place)::text[]
FROM pg_constraint AS key
JOIN pg_class AS child ON child.oid = key.conrelid
JOIN pg_class AS parent ON parent.oid = key.confrelid
WHERE key.contype = 'f' AND child.relnamespace = 'public'::regnamespace
"""


def foreign_keys() -> list[Key]:
    return [
        Key(name, table, tuple(columns), target, tuple(target_columns))
        for name, table, target, columns, target_columns in ask(_KEYS)
    ]


def unique_columns(table: str) -> set[tuple[str, ...]]:
    """The column lists of complete unique indexes."""
    return {
        tuple(columns) for columns, is_unique, is_partial in _indexes(table) if is_unique and not is_partial
    }


def indexed_columns(table: str) -> set[tuple[str, ...]]:
    """The column lists of all complete indexes. An expression counts as a column without a name."""
    return {tuple(columns) for columns, _is_unique, is_partial in _indexes(table) if not is_partial}


def _indexes(table: str) -> list[tuple[Any, ...]]:
    return ask(
        """
        SELECT ARRAY(SELECT coalesce(attname, '') FROM unnest(i.indkey) WITH ORDINALITY AS at(num, place)
                     LEFT JOIN pg_attribute ON attrelid = i.indrelid AND attnum = at.num ORDER BY place)::text[],
               i.indisunique, i.indpred IS NOT NULL
        FROM pg_index AS i WHERE i.indrelid = %s::regclass
        """,
        table,
    )
