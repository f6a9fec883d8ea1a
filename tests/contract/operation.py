"""One operation of the API: how it is called rightly, what it then answers, and what those get who may not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.contract.notation import Check, array, empty

Door = Literal["account", "platform", "public", "widget", "page"]
WHO: dict[Door, str] = {"account": "alice", "platform": "platform"}  # the others have no secret


@dataclass(frozen=True)
class Operation:
    """Paths are below the account unless they start with a slash. `{key}` in them and `$key` in bodies are filled by
    the world. What others get: `agent` is bob (a role that may not is answered 401, not 403), `bot` the account's own
    bot, `foreign` an administrator of another account where it is not the usual. `asks` names what may stand in the
    query."""

    method: str
    path: str
    answer: Check
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    agent: int | None = None
    bot: int = 401
    door: Door = "account"
    foreign: int | None = None
    asks: str = ""
    is_file: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.full_path}"

    @property
    def full_path(self) -> str:
        return self.path if self.path.startswith("/") else f"/api/v1/accounts/{{account}}/{self.path}"

    @property
    def holes(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.full_path)

    @property
    def rows(self) -> list[str]:
        """The holes for rows within the account. The identifier of an API inbox is a secret of its own: that of
        another account opens that one's."""
        return [hole for hole in self.holes if hole not in ("account", "identifier", "survey")]

    def but(self, **others: Any) -> Operation:
        return replace(self, **others)

    @property
    def entitled(self) -> str:
        return WHO.get(self.door, "nobody")


def resource(path: str, key: str, one: Check, body: dict[str, Any], **more: Any) -> list[Operation]:
    """index, create, show, update and destroy of a plain resource; `without` those that the file does not have."""
    without, gone = more.pop("without", ()), more.pop("gone", 200)
    listed, change = more.pop("listed", array(one)), more.pop("change", body)
    reads, writes = more.pop("agent_reads", None), more.pop("agent_writes", None)
    owned, asks = more.pop("agent_owned", None), more.pop("asks", "")
    shows, changes = more.pop("agent_shows", None), more.pop("agent_changes", None)
    deletes = more.pop("agent_deletes", None)
    item = f"{path}/{{{key}}}"
    every = {
        "index": Operation("GET", path, listed, agent=reads, asks=asks),
        "create": Operation("POST", path, one, body=body, agent=writes),
        "show": Operation("GET", item, one, agent=owned or shows or reads),
        "update": Operation("PATCH", item, one, body=change, agent=owned or changes or writes),
        "destroy": Operation("DELETE", item, empty, status=gone, agent=owned or deletes or writes),
    }
    assert not more, f"unknown: {more}"
    return [operation for name, operation in every.items() if name not in without]
