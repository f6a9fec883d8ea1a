"""Who does something. Travels as an argument of every action, and with every event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["user", "contact", "agent_bot", "rule", "system"]


@dataclass(frozen=True)
class Actor:
    kind: Kind
    id: int | None = None
    name: str = ""
    membership_id: int | None = None
    role: int | None = None

    def as_payload(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "name": self.name}


SYSTEM = Actor(kind="system")
