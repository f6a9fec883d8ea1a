"""`manage.py run`: everything on this machine, PostgreSQL and Valkey included."""

from __future__ import annotations

import os
import sys

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, the web server, the workers and the demo shop; Ctrl-C stops them."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        # The supervisor stays small and knows nothing of Django. It takes the place of this process, whose
        # settings name a database that is still to be started.
        os.execv(sys.executable, [sys.executable, "-m", "config.supervisor"])  # noqa: S606
