"""The outbox and what hangs on it. Its rows name accounts by number, because this is below `accounts`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction that made it happen. Kept, and pruned by age:
    the same rows are the changes feed and the source from which sockets fill their gaps."""

    id = models.BigAutoField(primary_key=True)
    # The cursor of every reader. Stamped by the one active relay: ids are not in commit order, seq is.
    seq = models.BigIntegerField(null=True, unique=True)
    account_id = models.BigIntegerField()
    name = models.TextField()
    version = models.SmallIntegerField(default=1)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="outbox_unstamped", condition=models.Q(seq__isnull=True)),
            models.Index(fields=["account_id", "seq"], name="outbox_feed"),
            models.Index(fields=["created_at"], name="outbox_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.seq or '–'}"


class HandlerRun(models.Model):
    """One queued handler that still has to see one event. Deleted in the handler's own transaction, so
    what the handler wrote and the fact that it ran are one. A failing one waits alone; others go on."""

    class State(models.TextChoices):
        QUEUED = "queued"
        BACKOFF = "backoff"
        DEAD = "dead"

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="runs")
    account_id = models.BigIntegerField()
    handler = models.TextField()
    # Runs of one handler with the same key happen one after another, in the order of their events.
    order_key = models.TextField(null=True)
    state = models.TextField(choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)  # that ended in an error
    enqueues = models.IntegerField(default=0)  # that may have ended in a dead worker
    due_at = models.DateTimeField(db_default=Now())  # when the sweep hands it out (again)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="run_due", condition=~models.Q(state="dead")),
            models.Index(
                fields=["handler", "order_key", "id"],
                name="run_order",
                condition=models.Q(order_key__isnull=False),
            ),
            models.Index(fields=["account_id", "id"], name="run_account"),
        ]

    def __str__(self) -> str:
        return f"{self.handler} for event {self.event_id}"


class RelayState(models.Model):
    """One row: the last number given out. A table and not a sequence, so that a roll-back takes it back."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    last_seq = models.BigIntegerField(default=0)
    pruned_seq = models.BigIntegerField(db_default=0)  # up to here, events may be gone
    beat_at = models.DateTimeField(db_default=Now())  # by the active relay: health reads both
    worker_beat_at = models.DateTimeField(db_default=Now())  # by a worker that beat reached

    def __str__(self) -> str:
        return f"relay at {self.last_seq}"


class StoredFile(models.Model):
    """A file in the storage, noted before it is stored: so whatever dies when, a row knows of the file. One that
    nothing needs says since when, and a sweep takes both away. What needs a file says so in its own transaction."""

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.TextField(unique=True)  # the storage's
    size = models.BigIntegerField()
    unneeded_since = models.DateTimeField(null=True, db_default=Now())
    # Of an upload that waits for its message: whose it is ("user:5"), and what was found in it.
    owner = models.TextField(blank=True, default="")
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account_id", "id"], name="stored_account", include=["size"]),
            models.Index(fields=["account_id", "owner"], name="stored_owner", condition=~models.Q(owner="")),
            models.Index(
                fields=["unneeded_since"],
                name="stored_unneeded",
                condition=models.Q(unneeded_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
