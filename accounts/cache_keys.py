"""When an account's labels, inboxes and teams last changed, for clients that keep copies of them: epoch seconds
as text. Kept for 72 hours; an unknown one says "fetch them once"."""

from __future__ import annotations

from django.core.cache import cache

KINDS = ("label", "inbox", "team")
NEVER = "0000000000"
_SECONDS = 72 * 60 * 60


def cache_keys(account_id: int) -> dict[str, str]:
    found = cache.get_many([_name(account_id, kind) for kind in KINDS])
    return {kind: str(found.get(_name(account_id, kind), NEVER)) for kind in KINDS}


def remember(account_id: int, kind: str, now: str) -> None:
    """Call after the commit (accounts.actions.caching)."""
    cache.set(_name(account_id, kind), now, timeout=_SECONDS)


def _name(account_id: int, kind: str) -> str:
    return f"changed:{account_id}:{kind}"
