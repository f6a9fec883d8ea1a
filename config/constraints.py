"""A composite foreign key that Django's migrations know: the third belt of tenancy."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.ddl_references import Statement
from django.db.models.constraints import BaseConstraint


class SameAccountKey(BaseConstraint):
    """FOREIGN KEY (account_id, <field>_id) REFERENCES <to>(account_id, id): the database itself refuses a
    row of one account that points into another. The target needs UNIQUE (account_id, id).

    `on_delete` is "CASCADE", "SET NULL" (sets the field only; PostgreSQL 15) or "NO ACTION". Checked at once,
    not at commit, so that the statement that mixes accounts is the one that fails. The field itself takes
    `db_constraint=False`: one check is enough.
    """

    def __init__(self, *, field: str, to: str, name: str, on_delete: str = "NO ACTION") -> None:
        super().__init__(name=name)
        self.field, self.to, self.on_delete = field, to, on_delete

    def _sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        column = model._meta.get_field(self.field).column
        table = model._meta.apps.get_model(self.to)._meta.db_table
        action = self.on_delete + (f" ({quote(column)})" if self.on_delete == "SET NULL" else "")
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({quote('account_id')}, {quote(column)}) "
            f"REFERENCES {quote(table)} ({quote('account_id')}, {quote('id')}) "
            f"ON DELETE {action}"
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        # Inline would need the target's unique key to exist already; created tables get it afterwards.
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        table = schema_editor.quote_name(model._meta.db_table)
        return Statement(
            "ALTER TABLE %(table)s ADD %(body)s", table=table, body=self._sql(model, schema_editor)
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return Statement("ALTER TABLE %(table)s DROP CONSTRAINT %(name)s", table=table, name=name)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Left to the database: a check before the write could not be trusted anyway."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _args, kwargs = super().deconstruct()
        return path, (), {**kwargs, "field": self.field, "to": self.to, "on_delete": self.on_delete}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameAccountKey) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.to, self.on_delete))


def tenant_models() -> list[Any]:
    """Every model whose rows belong to an account, by their `account` column (or plain `account_id`)."""
    return [m for m in apps.get_models() if any(f.column == "account_id" for f in m._meta.concrete_fields)]
