"""The scope in real transactions: what the database shows to whom, whatever the code asks for."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction

from accounts.models import Account, AuditEntry
from config.database import account_scope, current_scope, platform_scope
from conversations.models import Conversation, Label, Message
from tests.architecture.canaries import fill
from tests.architecture.catalogue import Key, ask, foreign_keys, name_of, tenant_models
from tests.factories import Cast

TENANTS = [*tenant_models(), Account]


def column_of(model: Any) -> str:
    return "id" if model is Account else "account_id"


def accounts_seen(model: Any) -> set[int]:
    """By the ORM without any filter, and by plain SQL."""
    by_orm = set(model._base_manager.values_list(column_of(model), flat=True))
    by_sql = {row[0] for row in ask(f"SELECT {column_of(model)} FROM {model._meta.db_table}")}
    assert by_orm == by_sql
    return by_orm


@pytest.fixture
def full(committed_cast: Cast) -> Cast:
    fill(committed_cast)
    return committed_cast


def test_every_tenant_model_has_a_canary_in_both_accounts(full: Cast) -> None:
    with platform_scope("tests look at everything"):
        seen = {name_of(model): accounts_seen(model) for model in TENANTS}
    both = {full.account.pk, full.other.pk}
    assert {name: found for name, found in seen.items() if found != both} == {}, "add it to canaries.py"


def test_without_the_explicit_filter_no_foreign_row_is_seen(full: Cast) -> None:
    for account in (full.account, full.other):
        with account_scope(account.pk):
            assert {name_of(model): accounts_seen(model) for model in TENANTS} == {
                name_of(model): {account.pk} for model in TENANTS
            }


def test_an_unset_scope_sees_nothing(full: Cast) -> None:
    for model in TENANTS:
        assert accounts_seen(model) == set(), name_of(model)
    with transaction.atomic():
        assert Conversation.objects.count() == 0


def test_nor_does_a_pooled_connection_that_was_used_before(full: Cast) -> None:
    for _again in range(10):
        with account_scope(full.account.pk):
            ((used,),) = ask("SELECT pg_backend_pid()")
            assert Conversation.objects.exists()
        connection.close()  # back into the pool
        ((now,),) = ask("SELECT pg_backend_pid()")
        assert {name_of(model) for model in TENANTS if accounts_seen(model)} == set()
        connection.close()
        if now == used:
            return
    pytest.fail("the pool never gave the same connection back")


def test_foreign_rows_are_neither_changed_nor_deleted_nor_planted(full: Cast) -> None:
    with account_scope(full.account.pk), connection.cursor() as cursor:
        for model in TENANTS:
            table, column = model._meta.db_table, column_of(model)
            if model is not AuditEntry:
                cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE {column} = %s", [full.other.pk])
                assert cursor.rowcount == 0, table
                cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [full.other.pk])
                assert cursor.rowcount == 0, table
    for plant in (
        lambda: Label.objects.create(account_id=full.other.pk, title="planted"),
        lambda: Label.objects.filter(account_id=full.account.pk).update(account_id=full.other.pk),
        lambda: Account.objects.create(name="planted"),
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), account_scope(full.account.pk):
            plant()


def test_the_audit_log_is_neither_changed_nor_deleted_by_the_application(full: Cast) -> None:
    for change in (
        lambda: AuditEntry.objects.update(action="nothing"),
        lambda: AuditEntry.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), account_scope(full.account.pk):
            change()


def seen() -> set[int]:
    return accounts_seen(Label)


def test_scopes_nest_and_give_back_what_was_before(full: Cast) -> None:
    mine, theirs = full.account.pk, full.other.pk
    with account_scope(mine):
        with account_scope(theirs):
            assert seen() == {theirs}
            with platform_scope("a test of nesting"):
                assert seen() == {mine, theirs}
                with account_scope(mine):
                    assert seen() == {mine}
                assert seen() == {mine, theirs}
            assert seen() == {theirs}
        assert seen() == {mine}
    assert seen() == set()
    assert (current_scope().account_id, current_scope().platform) == (None, False)


def _in_python() -> None:
    raise ValueError


def _in_the_database() -> None:
    ask("SELECT 1 / 0")


@pytest.mark.parametrize(("fail", "error"), [(_in_python, ValueError), (_in_the_database, DataError)])
def test_a_scope_is_given_back_after_an_exception(full: Cast, fail: Any, error: type[Exception]) -> None:
    mine, theirs = full.account.pk, full.other.pk
    with account_scope(mine):
        for inner in (account_scope(theirs), platform_scope("a test of exceptions")):
            with pytest.raises(error), inner:
                fail()
            assert seen() == {mine}
            assert current_scope().account_id == mine and not current_scope().platform
    with pytest.raises(error), account_scope(mine):
        fail()
    assert seen() == set()


def test_a_savepoint_that_is_rolled_back_by_hand_does_not_take_the_scope_along(full: Cast) -> None:
    with account_scope(full.account.pk):
        with account_scope(full.account.pk):
            Label.objects.create(account=full.account, title="not kept")
            transaction.set_rollback(True)
        assert seen() == {full.account.pk}
        assert not Label.objects.filter(title="not kept").exists()


def test_another_thread_has_no_scope(full: Cast) -> None:
    found: list[Any] = []

    def look() -> None:
        try:
            found.append((current_scope().account_id, seen()))
        finally:
            connection.close()

    with account_scope(full.account.pk):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [(None, set())]


@pytest.mark.parametrize("value", ["x", "1 or 1", "1; SET ROLE postgres"])
def test_a_scope_that_is_no_number_shows_nothing(full: Cast, value: str) -> None:
    with pytest.raises(DataError, match="invalid input syntax"), transaction.atomic():
        ask("SELECT set_config('app.account_id', %s, true)", value)
        seen()


# --- the third belt -------------------------------------------------------------------------------------------
def _composite() -> list[Key]:
    tables = {model._meta.db_table for model in tenant_models()}
    return [key for key in foreign_keys() if key.is_composite and key.target in tables]


def test_there_are_composite_keys_to_speak_of(db: None) -> None:
    assert len(_composite()) >= 25
    assert {key.target_columns[0] for key in _composite()} == {"account_id"}


def test_a_row_that_points_into_another_account_is_refused_for_every_composite_key(full: Cast) -> None:
    """As the platform's role, whom no policy stops: the keys alone refuse."""
    mine, theirs = full.account.pk, full.other.pk
    with platform_scope("the keys have to hold without policies"):
        unproven = [key.name for key in _composite() if not _refuses(key, mine, theirs)]
    assert unproven == []


def _refuses(key: Key, mine: int, theirs: int) -> bool:
    """Whether some row of mine was stopped by exactly this key, and none got through."""
    column, target_column = key.columns[1], key.target_columns[1]
    children = [pk for (pk,) in ask(f"SELECT id FROM {key.table} WHERE account_id = %s", mine)]
    # Not what also exists on this side: one person may be a member of both.
    parents = ask(
        f"SELECT {target_column} FROM {key.target} WHERE account_id = %s EXCEPT "
        f"SELECT {target_column} FROM {key.target} WHERE account_id = %s",
        theirs,
        mine,
    )
    assert children and parents, key.name
    refused = False
    for child in children:
        for (parent,) in parents:
            try:
                with transaction.atomic():
                    ask(f"UPDATE {key.table} SET {column} = %s WHERE id = %s RETURNING id", parent, child)
            except IntegrityError as error:
                cause = error.__cause__
                assert isinstance(cause, psycopg.errors.IntegrityError)
                refused = refused or cause.diag.constraint_name == key.name
            else:
                return False
    return refused


def test_a_message_is_refused_in_a_conversation_of_another_account_by_the_orm_too(full: Cast) -> None:
    with account_scope(full.other.pk):
        foreign = Conversation.objects.first()
    assert foreign is not None
    with pytest.raises(IntegrityError, match="message_conversation_fk"), account_scope(full.account.pk):
        Message.objects.create(
            account=full.account, inbox=full.inbox, conversation_id=foreign.pk, message_type=1
        )
