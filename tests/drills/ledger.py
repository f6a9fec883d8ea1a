"""The drill's own memory: what was sent, and every answer, on disk before anybody goes on."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message somebody is going to send. `echo_id` is its identity through every repetition."""

    echo_id: str
    sender: str  # who sends one after another: their messages keep their order
    conversation: int  # display id
    place: int  # among the messages of this sender
    text: str
    private: bool = False


@dataclass(kw_only=True)
class Sent:
    draft: Draft
    attempts: int = 0
    message_ids: list[int] = field(default_factory=list)  # one for each 2xx
    answers: Counter[str] = field(default_factory=Counter)  # "200", "503", "none" …
    given_up: bool = False

    @property
    def accepted(self) -> bool:
        return bool(self.message_ids)

    @property
    def only_refused(self) -> bool:
        """Every attempt was answered 429: then nothing may have been stored."""
        return bool(self.answers) and set(self.answers) == {"429"}


class Ledger:
    """Append-only JSON lines; each is synced before the call returns. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self.sent: dict[str, Sent] = {}
        self.accepted = 0  # messages with a 2xx
        self._file = path.open("ab")
        self._lock = threading.Lock()

    def close(self) -> None:
        self._file.close()

    def plan(self, draft: Draft) -> None:
        with self._lock:
            assert draft.echo_id not in self.sent, draft.echo_id
            self.sent[draft.echo_id] = Sent(draft=draft)
            self._write({"did": "planned", **asdict(draft)})

    def attempt(self, echo_id: str) -> None:
        with self._lock:
            self.sent[echo_id].attempts += 1
            self._write({"did": "sent", "echo_id": echo_id})

    def answered(self, echo_id: str, *, answer: str, message_id: int | None = None) -> None:
        """`answer` is the status, or "none"; `message_id` is given exactly for a 2xx."""
        with self._lock:
            sent = self.sent[echo_id]
            sent.answers[answer] += 1
            if message_id is not None:
                self.accepted += not sent.accepted
                sent.message_ids.append(message_id)
            self._write({"did": "answered", "echo_id": echo_id, "answer": answer, "message_id": message_id})

    def give_up(self, echo_id: str) -> None:
        with self._lock:
            self.sent[echo_id].given_up = True
            self._write({"did": "gave up", "echo_id": echo_id})

    def note(self, did: str, **more: Any) -> None:
        """Anything else worth having beside the messages: kills, recoveries."""
        with self._lock:
            self._write({"did": did, **more})

    def answers(self) -> Counter[str]:
        with self._lock:
            return sum((sent.answers for sent in self.sent.values()), Counter())

    def _write(self, entry: dict[str, Any]) -> None:
        self._file.write(json.dumps({"at": round(time.time(), 4), **entry}).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read(path: Path) -> dict[str, Sent]:
    """The ledger of a drill that has ended, or was itself killed."""
    found: dict[str, Sent] = {}
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        did, echo_id = entry.pop("did"), entry.get("echo_id")
        if did == "planned":
            entry.pop("at")
            found[echo_id] = Sent(draft=Draft(**entry))
        elif did == "sent":
            found[echo_id].attempts += 1
        elif did == "gave up":
            found[echo_id].given_up = True
        elif did == "answered":
            found[echo_id].answers[entry["answer"]] += 1
            if entry["message_id"] is not None:
                found[echo_id].message_ids.append(entry["message_id"])
    return found
