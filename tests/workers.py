"""What relay and workers do with the outbox, in a test's own process."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.module_loading import import_string

from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from config.subscriptions import QUEUED


class Workers:
    """`Workers("conversations.handlers.bulk.").work(account_id)` hands every event, once, to the handlers whose path
    begins so; what they publish is handled, too."""

    def __init__(self, *handlers: str) -> None:
        self.handlers = handlers
        self.done: set[int] = set()

    def work(self, account_id: int) -> int:
        """Returns how many handlers ran."""
        ran = 0
        while rows := self._new(account_id):
            for row in rows:
                self.done.add(row.pk)
                for path in self._paths(row):
                    event = StoredEvent(row.pk, row.pk, account_id, row.name, 1, row.payload, row.created_at)
                    with account_scope(account_id):
                        import_string(path)(event)
                    ran += 1
        return ran

    def _new(self, account_id: int) -> list[OutboxEvent]:
        with platform_scope("tests look at everything"):
            rows = OutboxEvent.objects.filter(account_id=account_id)
            return list(rows.exclude(pk__in=self.done).order_by("id"))

    def _paths(self, row: OutboxEvent) -> Iterable[str]:
        return [
            queued.handler
            for queued in QUEUED.get(row.name, ())
            if queued.handler.startswith(self.handlers) and queued.when(row.payload)
        ]
