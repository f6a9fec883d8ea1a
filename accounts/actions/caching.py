from __future__ import annotations

import time
from functools import partial

from django.db import transaction

from accounts.cache_keys import remember
from accounts.events import AccountCacheInvalidated
from config.events import publish


def touch_cache_key(*, account_id: int, kind: str) -> None:
    """Whoever keeps copies of the account's labels, inboxes or teams has to fetch them again. Call with the change,
    inside its transaction."""
    now = str(int(time.time()))
    transaction.on_commit(partial(remember, account_id, kind, now), robust=True)
    publish(AccountCacheInvalidated(account_id=account_id, keys={kind: now}))
