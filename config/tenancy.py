"""Grants and row-level policies, applied after every migration by walking the models.

Not written into migrations, because they depend on the database's name and have to hold for every table
there is: a new tenant model gets its policy by having an `account`, and cannot forget it.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps

from config.constraints import tenant_models
from config.database import CURRENT_ACCOUNT_SQL, app_role, platform_role

# The account's own table is compared by its primary key.
_KEY_COLUMNS = {"accounts_account": "id"}
# The application may only add to these; a sweep of the platform role prunes them.
APPEND_ONLY = {"accounts_auditentry"}


def ensure_roles(conn: Any) -> None:
    """Create the two roles without login and grant them to the login. Needs CREATEROLE once."""
    database = conn.settings_dict["NAME"]
    with conn.cursor() as cursor:
        for role in (app_role(database), platform_role(database)):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {_quoted(role)} NOLOGIN")
            cursor.execute("SELECT pg_has_role(session_user, %s, 'MEMBER')", [role])
            # A superuser is a member of everything, so ask the catalogue whether the grant is written down.
            cursor.execute(f"GRANT {_quoted(role)} TO CURRENT_USER")


def apply_tenancy(conn: Any) -> None:
    """Grants on every table and a pair of policies on every tenant table. Idempotent."""
    database = conn.settings_dict["NAME"]
    app, platform = _quoted(app_role(database)), _quoted(platform_role(database))
    with conn.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {app}, {platform}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app}, {platform}")
        cursor.execute(f"GRANT SELECT ON django_migrations TO {app}, {platform}")
        for table in sorted(_tables()):
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_quoted(table)} TO {app}, {platform}")
        for table in APPEND_ONLY & _tables():
            cursor.execute(f"REVOKE UPDATE, DELETE ON {_quoted(table)} FROM {app}")
        for table, column in sorted(tenant_tables().items()):
            _protect(cursor, table=table, column=column, app=app, platform=platform)
        _reserve_functions(cursor, app=app)


def tenant_tables() -> dict[str, str]:
    """Table name → the column that holds the account."""
    tables = {model._meta.db_table: "account_id" for model in tenant_models()}
    return {**tables, **{t: c for t, c in _KEY_COLUMNS.items() if t in _tables()}}


def _protect(cursor: Any, *, table: str, column: str, app: str, platform: str) -> None:
    name = _quoted(table)
    mine = f"{_quoted(column)} = {CURRENT_ACCOUNT_SQL}"
    cursor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    for policy in ("tenant", "platform"):
        cursor.execute(f"DROP POLICY IF EXISTS {policy} ON {name}")
    cursor.execute(f"CREATE POLICY tenant ON {name} TO {app} USING ({mine}) WITH CHECK ({mine})")
    cursor.execute(f"CREATE POLICY platform ON {name} TO {platform} USING (true) WITH CHECK (true)")


_OWNERS_FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND pg_has_role(p.proowner, 'MEMBER')
"""


def _reserve_functions(cursor: Any, *, app: str) -> None:
    """What runs with the owner's rights is the application's alone: it compares the account itself."""
    cursor.execute(_OWNERS_FUNCTIONS)
    for (function,) in cursor.fetchall():
        cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {app}")


def _tables() -> set[str]:
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
