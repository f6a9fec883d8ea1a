"""What automation asks its workers to do. Without inbox_id, so that it reaches handlers and no screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from config.events import Event


@dataclass(frozen=True, kw_only=True)
class MacroRunAsked(Event):
    """`actor` wants the macro run on one conversation."""

    name: ClassVar[str] = "macro.run_asked"
    macro_id: int
    conversation_id: int
    display_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationPostAsked(Event):
    """The conversation is to be posted to `url`, as `event_name`."""

    name: ClassVar[str] = "macro.webhook_asked"
    conversation_id: int
    url: str
    event_name: str
