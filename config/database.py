"""Roles and scopes: how the database itself keeps accounts apart.

Three roles. The *login* of DATABASE_URL owns the tables and does migrations. Ordinary connections run as
`<database>_app`, which owns nothing and sees only the rows of `app.account_id`; unset means no rows.
Crossing accounts is one visible step, `platform_scope`, as `<database>_platform`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, connection, connections, transaction
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus

ACCOUNT_SETTING = "app.account_id"
# The plain comparison. A sub-select here made plans up to 2,600 times slower, an OR would be a hole, and
# without nullif() a pooled connection that has been used before errors on the empty string.
CURRENT_ACCOUNT_SQL = f"nullif(current_setting('{ACCOUNT_SETTING}', true), '')::bigint"


@dataclass(frozen=True)
class Scope:
    account_id: int | None
    platform: bool = False


NOBODY = Scope(account_id=None)
_scope: ContextVar[Scope] = ContextVar("parley_scope", default=NOBODY)


def app_role(database: str | None = None) -> str:
    return f"{database or connection.settings_dict['NAME']}_app"


def platform_role(database: str | None = None) -> str:
    return f"{database or connection.settings_dict['NAME']}_platform"


def current_scope() -> Scope:
    return _scope.get()


def _apply(scope: Scope, *, role_too: bool) -> None:
    if _is_fresh():
        _begin_as(scope, role_too=role_too)
        return
    account = "" if scope.account_id is None else str(scope.account_id)
    with connection.cursor() as cursor:
        if not role_too:
            cursor.execute(f"SELECT set_config('{ACCOUNT_SETTING}', %s, true)", [account])
            return
        role = platform_role() if scope.platform else app_role()
        cursor.execute(
            f"SELECT set_config('{ACCOUNT_SETTING}', %s, true), set_config('role', %s, true)", [account, role]
        )


def _is_fresh() -> bool:
    """Whether the transaction has yet to begin, and nobody writes down or counts its statements."""
    if connection.execute_wrappers or connection.queries_logged:
        return False
    raw: Any = connection.connection
    return raw is not None and not raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE


def _begin_as(scope: Scope, *, role_too: bool) -> None:
    """BEGIN and the settings in one message: every request and every event pays for each round trip. psycopg
    sees that the transaction has begun, and sends no BEGIN of its own."""
    account = "" if scope.account_id is None else str(int(scope.account_id))
    wanted = f"set_config('{ACCOUNT_SETTING}', '{account}', true)"
    if role_too:
        role = (platform_role() if scope.platform else app_role()).replace("'", "''")
        wanted += f", set_config('role', '{role}', true)"
    with connection.wrap_database_errors:
        pgconn = connection.connection.pgconn
        result = pgconn.exec_(f"BEGIN; SELECT {wanted}".encode())
        if pgconn.status != ConnStatus.OK and not result.error_field(DiagnosticField.SQLSTATE):
            raise psycopg.OperationalError(
                pgconn.get_error_message()
            )  # what psycopg says of a lost connection
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)


@contextmanager
def _entered(scope: Scope) -> Iterator[None]:
    before = _scope.get()
    role_too = scope.platform or before.platform
    # In the outermost block the settings end with the transaction. Inside another one they would outlive
    # us, because releasing a savepoint keeps them: so they are put back by hand.
    nested = connection.in_atomic_block
    with transaction.atomic():
        _apply(scope, role_too=role_too)
        token = _scope.set(scope)
        try:
            yield
        finally:
            _scope.reset(token)
        if nested and not connection.needs_rollback:
            _apply(before, role_too=role_too)


@contextmanager
def account_scope(account_id: int) -> Iterator[None]:
    """One transaction that sees and writes the rows of this account only."""
    with _entered(Scope(account_id=account_id)):
        yield


@contextmanager
def platform_scope(reason: str) -> Iterator[None]:
    """One transaction across accounts. The reason is for the reader: say who may need this, and why."""
    assert reason
    with _entered(Scope(account_id=current_scope().account_id, platform=True)):
        yield


@contextmanager
def aside(account_id: int) -> Iterator[psycopg.Connection]:
    """A short transaction of this account's on a connection of its own, beside the one that is open: what is
    written here stays, whatever becomes of that one. Not from the pool, whose last one may be ours already."""
    parameters: Any = connection.get_connection_params()
    try:
        with psycopg.connect(**parameters) as own:
            own.execute(f"SELECT set_config('{ACCOUNT_SETTING}', %s, true)", [str(account_id)])
            yield own
    except psycopg.Error as error:
        raise Error(str(error)) from error


@contextmanager
def owner_connection(alias: str = DEFAULT_DB_ALIAS) -> Iterator[Any]:
    """The connection as its login, without a role, pool or time-outs: for migrations and bootstrap only."""
    conn: Any = connections[alias]
    options = conn.settings_dict["OPTIONS"]
    conn.close()
    conn.close_pool()
    conn.settings_dict["OPTIONS"] = {k: v for k, v in options.items() if k not in {"options", "pool"}}
    try:
        yield conn
    finally:
        conn.close()  # before the options come back: closing looks at them to find the connection's pool
        conn.settings_dict["OPTIONS"] = options


def use_role_of(database: str, alias: str = DEFAULT_DB_ALIAS) -> None:
    """Point the connection's role at another database's, after a test database was created."""
    conn: Any = connections[alias]
    conn.close()
    conn.close_pool()
    options = conn.settings_dict["OPTIONS"]
    rest = [part for part in options["options"].split("-c ") if part.strip() and not part.startswith("role=")]
    options["options"] = " ".join(f"-c {part.strip()}" for part in [f"role={app_role(database)}", *rest])


# --- restarts of the server ---------------------------------------------------------------------------
_LOST = ("08", "57P")  # SQLSTATE: connection exceptions; shutdown, crash, not up yet
_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)

Result = TypeVar("Result")


def connection_was_lost(error: BaseException) -> bool:
    """Whether the server is away, or the connection to it died, as opposed to a statement that failed."""
    cause = error.__cause__ if isinstance(error, Error) else error
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return cause.sqlstate is None or cause.sqlstate.startswith(_LOST)
    return isinstance(error, InterfaceError)


def through_restarts(work: Callable[[], Result]) -> Result:
    """Do it, and again for about four seconds when the connection is lost in the middle. For work in a
    transaction of its own that may also be done twice: of a lost commit nobody knows whether it happened."""
    for pause in _PAUSES:
        try:
            return work()
        except Error as error:
            if connection.in_atomic_block or not connection_was_lost(error):
                raise
            discard_lost_connections()
            time.sleep(pause)
    return work()


def discard_lost_connections() -> None:
    """A server that was restarted leaves a pool full of dead connections, each good for one more error."""
    connection.close_if_unusable_or_obsolete()
    pool: Any = getattr(connection, "pool", None)
    if pool is not None:
        pool.check()
