"""Statements that every request asks: parsed and planned once per connection, answered in binary.

Django writes the values into the SQL, so PostgreSQL plans each statement anew; for a join under row-level
policies that takes several times as long as running it (docs/benchmarks.md). Only for SQL written by hand
whose best plan does not depend on the values: a kept plan knows the tables, but no longer the account.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

M = TypeVar("M", bound=Model)


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


def prepared_first(
    model: type[M],
    *,
    where: str,
    params: list[Any],
    related: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
) -> M | None:
    """The first object for which `where` is true, with the `related` ones it points to; None without one. In
    `where` the object's table is `it`, a related one has its field's name. `without` names columns of `it` that are
    only read when somebody asks; encrypted ones belong there. A queryset of the same is built anew for every
    request, which costs ten times what the statement does."""
    sql, tables = _select(model, related, without)
    with prepared_cursor() as cursor:
        cursor.execute(f"{sql} WHERE {where} ORDER BY it.id LIMIT 1", params)
        row = cursor.fetchone()
    if row is None:
        return None
    objects, start = [], 0
    for kind, names in tables:
        objects.append(kind.from_db(DEFAULT_DB_ALIAS, names, row[start : start + len(names)]))
        start += len(names)
    for name, found in zip(related, objects[1:], strict=True):
        setattr(objects[0], name, found)
    return objects[0]


@cache
def _select(
    model: Any, related: tuple[str, ...], without: tuple[str, ...]
) -> tuple[str, list[tuple[Any, list[str]]]]:
    """SELECT … FROM … JOIN …, and whose columns follow each other in it."""
    columns, joins = [], [f"{model._meta.db_table} AS it"]
    tables: list[tuple[Any, list[str]]] = []
    for alias in ("it", *related):
        field = None if alias == "it" else model._meta.get_field(alias)
        kind = field.related_model if field else model
        fields = [one for one in kind._meta.concrete_fields if field or one.name not in without]
        columns += [f"{alias}.{one.column}" for one in fields]
        tables.append((kind, [one.attname for one in fields]))
        if field:
            joins.append(f"{kind._meta.db_table} AS {alias} ON {alias}.id = it.{field.column}")
    return f"SELECT {', '.join(columns)} FROM {' JOIN '.join(joins)}", tables
