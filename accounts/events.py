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
