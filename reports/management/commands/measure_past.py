"""`manage.py measure_past ACCOUNT`: reports also cover conversations that were not written by actions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import context
from config.database import account_scope
from reports.past import measure_past


class Command(BaseCommand):
    help = "Measures the conversations of an account that were written without events (seeded or imported)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", type=int)

    def handle(self, *args: Any, account: int, **options: Any) -> None:
        with context.entered(executor="command:measure_past"), account_scope(account):
            count = measure_past(account_id=account)
        self.stdout.write(f"{count} intervals written")
