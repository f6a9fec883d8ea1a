"""`migrate`, as the owner of the tables, with roles before and grants and policies after it."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand

from config.database import owner_connection
from config.tenancy import apply_tenancy, ensure_roles


class Command(MigrateCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        with owner_connection(options["database"]) as conn:
            ensure_roles(conn)
            super().handle(*args, **options)
            apply_tenancy(conn)
