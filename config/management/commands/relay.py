"""`manage.py relay`: hand the outbox on until stopped. Start two: one works, one stands by."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from config import context
from config.celery import app
from config.relay import Relay
from config.serving.tuning import keep_what_is_loaded


class Command(BaseCommand):
    help = "Hands events from the outbox to the bus and the workers. One is active, the others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        relay = Relay(celery=app)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: relay.stop())
        keep_what_is_loaded()
        with context.entered(executor="command:relay"):
            relay.run()
