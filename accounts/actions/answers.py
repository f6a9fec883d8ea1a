"""`Idempotency-Key`: the answer to a write is kept in the write's own transaction, so that a repeat of the request
gets the answer and not the write again. A crash loses both or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import AccountAnswer, PersonAnswer
from config.database import platform_scope
from config.encryption import digest
from config.problems import Conflict, Invalid

KEEP = timedelta(hours=24)
MOST_CHARACTERS = 255
RETRY_AFTER_SECONDS = 1
_PRUNED_AT_ONCE = 2000


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


@dataclass(frozen=True)
class Claim:
    """A key that is under way here, and nowhere else until the transaction ends."""

    account_id: int | None
    key_digest: str
    request_digest: str

    def keep(self, *, status: int, body: bytes) -> None:
        """Call in the transaction of the write."""
        values: dict[str, Any] = {
            "key_digest": self.key_digest,
            "request_digest": self.request_digest,
            "status": status,
            "body": body.decode(),
        }
        kind: Any = PersonAnswer
        unique = ["key_digest"]
        if self.account_id is not None:
            kind, unique = AccountAnswer, ["account", "key_digest"]
            values["account_id"] = self.account_id
        # One that is over, but not pruned yet, gives way.
        changed = ["request_digest", "status", "body", "created_at", "updated_at"]
        kind.objects.bulk_create(
            [kind(**values)], update_conflicts=True, update_fields=changed, unique_fields=unique
        )

    def find(self) -> Any:
        if self.account_id is None:
            rows: Any = PersonAnswer.objects.all()
        else:
            rows = AccountAnswer.objects.for_account(self.account_id)
        return rows.filter(key_digest=self.key_digest, created_at__gt=Now() - KEEP).first()


def claim_key(*, account_id: int | None, caller: str, key: str, asked: bytes) -> Claim | Answer:
    """The answer that is kept for this key of this caller; a Claim for a new one. Raises Conflict while the same
    key is under way, Invalid for a key that stood for something else."""
    if not 1 <= len(key) <= MOST_CHARACTERS:
        text = _("Idempotency-Key must have between 1 and 255 characters. Nothing was changed.")
        raise Invalid(text, attributes=["Idempotency-Key"], code="idempotency_key_invalid")
    claim = Claim(account_id, digest(f"{account_id}\n{caller}\n{key}"), digest(asked.decode("latin-1")))
    if not _locked(claim.key_digest):
        text = _("A request with this Idempotency-Key is under way. Ask again in a second for its answer.")
        raise Conflict(text, retry_after=RETRY_AFTER_SECONDS, code="idempotency_key_in_use")
    # A statement of its own: it has to see what whoever had the lock before us has committed.
    kept = claim.find()
    if kept is None:
        return claim
    if kept.request_digest != claim.request_digest:
        text = _(
            "This Idempotency-Key was used for another request. Nothing was changed; the first one's answer is "
            "kept. Take a new key for a new request."
        )
        raise Invalid(text, attributes=["Idempotency-Key"], code="idempotency_key_reused")
    return Answer(kept.status, kept.body.encode())


def _locked(key_digest: str) -> bool:
    """Until the transaction ends, however it does."""
    number = int.from_bytes(bytes.fromhex(key_digest)[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def prune_answers() -> int:
    """Drop what is older than a day. Returns how many."""
    pruned = 0
    for kind in (AccountAnswer, PersonAnswer):
        manager: Any = kind.objects
        count = _PRUNED_AT_ONCE
        while count == _PRUNED_AT_ONCE:
            with platform_scope("upkeep: kept answers are pruned by age, whatever the account"):
                old = manager.filter(created_at__lt=Now() - KEEP).order_by("created_at")
                count = manager.filter(
                    pk__in=list(old.values_list("pk", flat=True)[:_PRUNED_AT_ONCE])
                ).delete()[0]
            pruned += count
    return pruned
