"""What can happen to people's access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from config.events import Event


@dataclass(frozen=True, kw_only=True)
class AccessChanged(Event):
    """Role, membership, password, token, inboxes or teams of a user changed: open sockets ask again."""

    name: ClassVar[str] = "access.changed"
    user_id: int


@dataclass(frozen=True, kw_only=True)
class AccountCacheInvalidated(Event):
    """Labels, inboxes or teams changed: whoever keeps copies fetches them again. `keys`: kind → epoch seconds."""

    name: ClassVar[str] = "account.cache_invalidated"
    keys: dict[str, str]
