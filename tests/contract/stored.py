"""What is stored, to compare before and after."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection

from config.database import platform_scope
from config.tenancy import tenant_tables

_APPS = ("accounts", "inboxes", "conversations", "channels_ext", "automation", "reports")


def everything() -> list[Any]:
    """A fingerprint of every table of ours: its name, the number of its rows, and a sum over all of them."""
    models = apps.get_models(include_auto_created=True)
    tables = sorted(model._meta.db_table for model in models if model._meta.app_label in _APPS)
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(row::text)::bigint), 0) FROM {table} AS row"
        for table in (*tables, "config_outboxevent")
    ]
    with platform_scope("tests compare before and after"), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return list(cursor.fetchall())


def rows_of(account_id: int) -> list[Any]:
    """The same of what belongs to one account."""
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(row::text)::bigint), 0) FROM {table} AS row "
        f"WHERE account_id = {int(account_id)}"
        for table in sorted({*tenant_tables()} - {"accounts_account"})
    ]
    with platform_scope("tests compare before and after"), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return list(cursor.fetchall())
