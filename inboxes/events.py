"""What can happen to inboxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from config.events import Event


@dataclass(frozen=True, kw_only=True)
class InboxDeletionAsked(Event):
    """Somebody wants it gone, with all that is in it. A worker does it. Not called inbox_id, so that it reaches
    handlers and no screen."""

    name: ClassVar[str] = "inbox.deletion_asked"
    doomed_id: int
