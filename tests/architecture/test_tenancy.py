"""Every model is an account's, with all that protects it, or stands on a list with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import Account
from config.database import CURRENT_ACCOUNT_SQL, app_role, platform_role
from tests.architecture.catalogue import (
    ACCOUNT,
    GLOBAL,
    INTO_TENANTS,
    PLAIN_KEYS,
    WITHOUT_KEY,
    ask,
    foreign_keys,
    indexed_columns,
    name_of,
    tenant_models,
    unique_columns,
)

pytestmark = pytest.mark.django_db


def test_every_model_belongs_to_an_account_or_stands_on_the_list() -> None:
    every = {name_of(model) for model in apps.get_models(include_auto_created=True)}
    tenant = {name_of(model) for model in tenant_models()}
    assert every - tenant - GLOBAL.keys() - {ACCOUNT} == set(), "neither an account's nor on the GLOBAL list"
    assert GLOBAL.keys() - every == set(), "on the list, and gone"
    assert tenant & GLOBAL.keys() == set(), "on the GLOBAL list, and has an account"


def test_every_table_in_the_database_is_a_models() -> None:
    tables = {name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert tables - known == {"django_migrations"}
    views = ask("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    assert views == [], "a view answers as its owner, whom no policy stops"


def _policies(table: str) -> dict[str, tuple[Any, ...]]:
    rows = ask(
        "SELECT policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies WHERE tablename = %s",
        table,
    )
    return {row[0]: row[1:] for row in rows}


def _as_postgres_writes_it(expression: str) -> str:
    """How PostgreSQL prints the plain comparison: with its casts written out."""
    setting = "NULLIF(current_setting('app.account_id'::text, true), ''::text)"
    assert CURRENT_ACCOUNT_SQL == "nullif(current_setting('app.account_id', true), '')::bigint"
    return f"({expression} = ({setting})::bigint)"


@pytest.mark.parametrize("model", [*tenant_models(), Account], ids=name_of)
def test_a_tenant_table_has_both_policies_and_no_third(model: Any) -> None:
    table = model._meta.db_table
    column = "id" if model is Account else "account_id"
    mine = _as_postgres_writes_it(column)
    assert _policies(table) == {
        "tenant": ("PERMISSIVE", [app_role()], "ALL", mine, mine),
        "platform": ("PERMISSIVE", [platform_role()], "ALL", "true", "true"),
    }
    ((enabled,),) = ask("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", table)
    assert enabled


def test_what_is_global_has_no_policy_that_would_promise_more() -> None:
    for name in GLOBAL:
        assert _policies(apps.get_model(name)._meta.db_table) == {}


@pytest.mark.parametrize("model", tenant_models(), ids=name_of)
def test_a_tenant_table_has_its_composite_key_and_an_index_that_starts_with_the_account(model: Any) -> None:
    table = model._meta.db_table
    if name_of(model) not in WITHOUT_KEY:
        assert ("account_id", "id") in unique_columns(table)
    assert any(columns[0] == "account_id" for columns in indexed_columns(table))


def test_every_foreign_key_between_tenant_models_is_composite_in_the_database() -> None:
    keys = {(key.table, key.columns, key.target, key.target_columns) for key in foreign_keys()}
    tenant = set(tenant_models())
    missing = []
    for model in tenant:
        for field in model._meta.concrete_fields:
            if not field.is_relation or field.related_model not in tenant:
                continue
            if (name_of(model), field.name) in PLAIN_KEYS:
                continue
            wanted = ("account_id", field.column), field.related_model._meta.db_table, ("account_id", "id")
            if (model._meta.db_table, *wanted) not in keys:
                missing.append(f"{name_of(model)}.{field.name}")
    assert missing == []


def test_nothing_global_points_into_an_account_but_for_what_is_listed() -> None:
    tenant = set(tenant_models())
    found = {
        (name_of(model), field.name)
        for model in apps.get_models(include_auto_created=True)
        if model not in tenant
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in tenant
    }
    assert found == INTO_TENANTS.keys()


def test_the_application_owns_nothing_and_cannot_get_around_a_policy() -> None:
    ((user,),) = ask("SELECT current_user")
    assert user == app_role() != platform_role()
    for role in (app_role(), platform_role()):
        ((*flags,),) = ask(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin "
            "FROM pg_roles WHERE rolname = %s",
            role,
        )
        assert flags == [False] * 6
        assert ask("SELECT 1 FROM pg_auth_members WHERE member = %s::regrole", role) == []
        owned = ask(
            "SELECT classid::regclass::text, objid FROM pg_shdepend WHERE deptype = 'o' AND refobjid = "
            "%s::regrole",
            role,
        )
        assert owned == []
    may_create = (
        "SELECT has_schema_privilege(%s, 'public', 'CREATE'), has_database_privilege(%s, %s, 'CREATE')"
    )
    name = connection.settings_dict["NAME"]
    assert ask(may_create, app_role(), app_role(), name) == [(False, False)]


def test_the_application_reads_and_writes_rows_and_nothing_more() -> None:
    held = ask(
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = %s ORDER BY 1",
        app_role(),
    )
    assert held == [("DELETE",), ("INSERT",), ("SELECT",), ("UPDATE",)]
    audit = ask(
        "SELECT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = %s AND table_name = 'accounts_auditentry' ORDER BY 1",
        app_role(),
    )
    assert audit == [("INSERT",), ("SELECT",)]
    assert ask(
        "SELECT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = %s AND table_name = 'django_migrations'",
        app_role(),
    ) == [("SELECT",)]


def test_a_function_that_runs_as_its_owner_fixes_its_search_path() -> None:
    """Whoever may create a table could otherwise slip one in front of the real one."""
    loose = ask(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND NOT coalesce(array_to_string(proconfig, ','), '') LIKE '%%search_path=%%'"
    )
    assert loose == []
