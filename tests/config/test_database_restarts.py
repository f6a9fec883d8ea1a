"""A restarted server leaves a pool full of dead connections. Who can do work again gets through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, connections, transaction

from config.database import account_scope, connection_was_lost, through_restarts
from tests.factories import Cast


@pytest.fixture
def fill_pool(committed_cast: Cast) -> Callable[[int], None]:
    """`fill_pool(4)`: so many connections wait in the pool, opened by as many threads at once."""

    def fill(count: int) -> None:
        together = threading.Barrier(count)

        def ask() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                together.wait(10)
            connections.close_all()

        threads = [threading.Thread(target=ask) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return fill


def kill_all_connections() -> None:
    """As a restart does. By a connection of its own, that of the login."""
    settings = connection.settings_dict
    keys = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {ours: settings[theirs] for ours, theirs in keys.items() if settings[theirs]}
    connection.close()
    with psycopg.connect(**known, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def count_contacts(cast: Cast) -> int:
    with account_scope(cast.account.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conversations_contact")
        return int(cursor.fetchone()[0])


def test_work_gets_through_a_pool_of_dead_connections(committed_cast: Cast, fill_pool: Any) -> None:
    fill_pool(6)
    before = count_contacts(committed_cast)
    kill_all_connections()
    attempts = []

    def work() -> int:
        attempts.append(1)
        return count_contacts(committed_cast)

    assert through_restarts(work) == before
    assert len(attempts) == 2  # the first dead connection gave the others away


def test_work_that_is_wrong_is_not_repeated(committed_cast: Cast) -> None:
    attempts = []

    def work() -> None:
        attempts.append(1)
        with account_scope(committed_cast.account.pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(DataError):
        through_restarts(work)
    assert len(attempts) == 1


def test_a_part_of_a_larger_transaction_is_not_repeated(committed_cast: Cast) -> None:
    attempts = []

    def work() -> None:
        attempts.append(1)
        raise OperationalError from psycopg.OperationalError("the connection is lost")

    with pytest.raises(OperationalError), transaction.atomic():
        through_restarts(work)
    assert len(attempts) == 1


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg.errors.AdminShutdown("terminating connection due to administrator command"), True),
        (psycopg.errors.CrashShutdown("terminating connection because of crash"), True),
        (psycopg.errors.CannotConnectNow("the database system is starting up"), True),
        (psycopg.InterfaceError("connection already closed"), True),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), False),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), False),
        (psycopg.errors.DeadlockDetected("deadlock detected"), False),
        (psycopg.errors.UniqueViolation("duplicate key"), False),
        (ValueError("no error of the database at all"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_lost_connection_is_told_from_a_failed_statement(error: Exception, lost: bool) -> None:
    assert connection_was_lost(error) is lost
    wrapped = OperationalError(str(error))
    wrapped.__cause__ = error
    assert connection_was_lost(wrapped) is lost
