"""When an account's labels, inboxes and teams last changed, for clients that keep copies of them: epoch seconds
as text. Kept for 72 hours; an unknown one says "fetch them once"."""

from __future__ import annotations

import time
from functools import partial

from django.core.cache import cache
from django.db import transaction

KINDS = ("label", "inbox", "team")
NEVER = "0000000000"
_SECONDS = 72 * 60 * 60


def cache_keys(account_id: int) -> dict[str, str]:
    found = cache.get_many([_name(account_id, kind) for kind in KINDS])
    return {kind: str(found.get(_name(account_id, kind), NEVER)) for kind in KINDS}


def touch_cache_key(account_id: int, kind: str) -> None:
    """Call with the change, inside its transaction."""
    transaction.on_commit(partial(_touch, account_id, kind), robust=True)


def _touch(account_id: int, kind: str) -> None:
    cache.set(_name(account_id, kind), str(int(time.time())), timeout=_SECONDS)


def _name(account_id: int, kind: str) -> str:
    return f"changed:{account_id}:{kind}"
