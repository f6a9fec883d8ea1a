"""Statements that every request asks: parsed and planned once per connection, answered in binary.

Django writes the values into the SQL, so PostgreSQL plans each statement anew; for a join under row-level
policies that takes several times as long as running it (docs/benchmarks.md). Only for SQL written by hand
whose best plan does not depend on the values: a kept plan knows the tables, but no longer the account.
"""

from __future__ import annotations

from typing import Any

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format


class _PreparedCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        # As text, every timestamp would be parsed by Python code of Django's.
        return super().execute(query, params, prepare=True, binary=True)

    def _convert_query(self, query: Any, params: Any = None) -> Any:
        self._query = super()._convert_query(query, params)  # Django's log of statements asks for it
        return self._query


class _Json(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> Any:
        return orjson.loads(data)


class _Jsonb(_Json):
    def load(self, data: Buffer) -> Any:
        return orjson.loads(data[1:])  # behind the number of the format's version, which is 1


def prepared_cursor() -> Any:
    """A cursor of the current connection, with all that Django does for its own: wrappers, error classes,
    logging. JSON comes decoded."""
    wrapper: Any = connections[DEFAULT_DB_ALIAS]  # `connection` would look this up at every attribute
    wrapper.validate_thread_sharing()
    wrapper.ensure_connection()
    raw = wrapper.connection
    if raw.prepare_threshold is None:  # Django's default, and it would switch preparing off altogether
        raw.prepare_threshold = 0
        raw.adapters.register_loader("json", _Json)
        raw.adapters.register_loader("jsonb", _Jsonb)
    cursor = _PreparedCursor(raw)
    return wrapper.make_debug_cursor(cursor) if wrapper.queries_logged else wrapper.make_cursor(cursor)
