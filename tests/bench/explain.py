"""Statements as they are really asked, and their plans as the role that asks them gets them."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from config.database import account_scope, current_scope, platform_scope
from config.tenancy import tenant_tables

_EXPLAINED = ("SELECT", "WITH", "UPDATE", "INSERT", "DELETE")
_PARAMETER = re.compile(r"%\((\w+)\)s|%s")


@dataclass(frozen=True)
class Asked:
    """`prepared`: through config.prepared, so its plan is one for all values. `platform`: in that scope."""

    name: str
    sql: str
    params: Any
    prepared: bool = False
    platform: bool = False


@dataclass(frozen=True)
class Plan:
    asked: Asked
    root: dict[str, Any]
    milliseconds: float

    @property
    def flaws(self) -> list[str]:
        """Whole tables of tenants that it reads, and what it gathers from parallel workers."""
        found = [flaw for flaw in map(_flaw, nodes(self.root)) if flaw]
        return [f"{self.asked.name}: {flaw}" for flaw in found]


def _flaw(node: dict[str, Any]) -> str | None:
    kind, table = node["Node Type"], node.get("Relation Name", "")
    if kind.startswith("Gather") or (kind == "Seq Scan" and table in tenant_tables()):
        return f"{kind} {table}".strip()
    return None


def nodes(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield root
    for child in root.get("Plans", ()):
        yield from nodes(child)


def asked_by(name: str, account_id: int, call: Callable[[], Any]) -> list[Asked]:
    """What `call` asks in the account's scope. Whatever it writes is taken back."""
    found: list[Asked] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(_EXPLAINED) and "set_config" not in sql:
            prepared = type(context["cursor"].cursor).__name__ == "_PreparedCursor"
            found.append(Asked(f"{name} ({len(found) + 1})", sql, params, prepared, current_scope().platform))
        return execute(sql, params, many, context)

    with account_scope(account_id):
        with connection.execute_wrapper(note):
            call()
        transaction.set_rollback(True)
    return found


def plan_of(asked: Asked, account_id: int) -> Plan:
    """EXPLAIN ANALYZE under the statement's own role; what it writes is taken back."""
    with _scope(asked, account_id), connection.cursor() as cursor:
        options = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
        if asked.prepared:
            sql, values = _numbered(asked)
            types = ", ".join(_type_of(value) for value in values)
            cursor.execute(f"PREPARE hot({types}) AS {sql}" if values else f"PREPARE hot AS {sql}")
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            places = ", ".join(["%s"] * len(values))
            cursor.execute(
                f"{options} EXECUTE hot({places})" if values else f"{options} EXECUTE hot", values or None
            )
        else:
            cursor.execute(options + asked.sql, asked.params)
        row = cursor.fetchone()
        if asked.prepared:
            cursor.execute("DEALLOCATE hot")
        transaction.set_rollback(True)
    result = json.loads(row[0])[0] if isinstance(row[0], str) else row[0][0]
    return Plan(asked, result["Plan"], result["Execution Time"])


@contextmanager
def _scope(asked: Asked, account_id: int) -> Iterator[None]:
    if asked.platform:
        with platform_scope("explaining what crosses accounts"):
            yield
    else:
        with account_scope(account_id):
            yield


def _numbered(asked: Asked) -> tuple[str, list[Any]]:
    """The statement with $1, $2 …, and the values, a named one once."""
    values: list[Any] = []
    names: dict[str, int] = {}
    rest = iter(asked.params) if isinstance(asked.params, list | tuple) else iter(())

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name in names:
            return f"${names[name]}"
        values.append(asked.params[name] if name else next(rest))
        if name:
            names[name] = len(values)
        return f"${len(values)}"

    return _PARAMETER.sub(put, asked.sql), values


def _type_of(value: Any) -> str:
    """As psycopg tells the server."""
    if isinstance(value, list):
        return (
            _type_of(max(value, default=0, key=abs) if not value or isinstance(value[0], int) else "") + "[]"
        )
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return next(
            name for name, bits in (("smallint", 15), ("integer", 31), ("bigint", 63)) if abs(value) < 2**bits
        )
    if isinstance(value, datetime.datetime):
        return "timestamptz"
    return "text" if isinstance(value, str) else "unknown"
