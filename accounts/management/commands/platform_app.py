from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.actions.platform import open_program


class Command(BaseCommand):
    help = "Opens the Platform API to a program, and says its token, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(open_program(name=options["name"]))
