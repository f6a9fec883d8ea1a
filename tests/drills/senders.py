"""People who write: one message after another, each repeated under the same echo_id until it is accepted."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.drills.calls import NO_ANSWER, Answer, Caller
from tests.drills.ledger import Draft, Ledger

FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0


class Pace:
    """Lets the traffic run beside the faults: never so far ahead that the last faults hit an idle system.

    A step is the number of messages between two faults.
    """

    def __init__(self, *, messages: int, faults: int) -> None:
        self.step = messages / (faults + 1)
        self._started = 0
        self._allowed = 2 * self.step
        self._moved = asyncio.Event()

    async def turn(self) -> None:
        """Wait until one more message may start."""
        while self._started >= self._allowed:
            self._moved.clear()
            await self._moved.wait()
        self._started += 1

    def fault_over(self) -> None:
        self._allowed += self.step
        self._moved.set()

    def all_over(self) -> None:
        self._allowed = float("inf")
        self._moved.set()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A conversation as one writer reaches it."""

    name: str
    conversation: int  # display id
    path: str
    body: Callable[[Draft], dict[str, Any]]


class Sender:
    """Writes into one conversation. `rng` decides over pauses only, never over what is sent."""

    def __init__(self, *, line: Line, caller: Caller, ledger: Ledger, rng: random.Random) -> None:
        self.line = line
        self._caller = caller
        self._ledger = ledger
        self._rng = rng
        self._place = 0

    def draft(self, *, private: bool = False) -> Draft:
        """The next message, written down as planned."""
        self._place += 1
        draft = Draft(
            echo_id=f"drill-{self.line.name}-{self._place}",
            sender=self.line.name,
            conversation=self.line.conversation,
            place=self._place,
            text=f"{'note' if private else 'message'} {self._place} of {self.line.name}",
            private=private,
        )
        self._ledger.plan(draft)
        return draft

    async def write(self, *, privates: list[bool], pause: float, pace: Pace) -> None:
        """One message for each of `privates`, about `pause` seconds apart."""
        for place, private in enumerate(privates):
            await asyncio.sleep(pause * (self._rng.uniform(0.6, 1.4) if place else self._rng.random()))
            await pace.turn()
            await self.send(self.draft(private=private))

    async def send(self, draft: Draft) -> int:
        """Repeat until it is accepted. Returns the message's id."""
        tries = 0
        while True:
            answer = await self.attempt(draft)
            if answer is not None and answer.ok:
                return int(answer.json()["id"])
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2**tries) * self._rng.uniform(0.5, 1)
            tries += 1
            await asyncio.sleep(max(wait, retry_after(answer)))

    async def attempt(self, draft: Draft) -> Answer | None:
        """One request. None when there was no answer."""
        self._ledger.attempt(draft.echo_id)
        try:
            answer = await self._caller.call("POST", self.line.path, self.line.body(draft))
        except NO_ANSWER:
            self._ledger.answered(draft.echo_id, answer="none")
            return None
        message_id = _message_id(answer) if answer.ok else None
        self._ledger.answered(draft.echo_id, answer=str(answer.status), message_id=message_id)
        return answer

    async def try_limit(self, *, most: int) -> bool:
        """Write without any pause until refused. True when that happened: the limits are on."""
        for _ in range(most):
            draft = self.draft()
            answer = await self.attempt(draft)
            if answer is not None and answer.status == 429:
                self._ledger.give_up(draft.echo_id)
                return retry_after(answer) > 0
            if answer is None or not answer.ok:
                await self.send(draft)
        return False


def retry_after(answer: Answer | None) -> float:
    """Seconds the server asks us to wait; 0 when it does not say."""
    text = "" if answer is None else answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0


def _message_id(answer: Answer) -> int:
    try:
        return int(answer.json()["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise AssertionError(f"a 2xx without a message: {answer.body[:200]!r}") from error


# --- bodies of the three doors ----------------------------------------------------------------------
def public_body(draft: Draft) -> dict[str, Any]:
    return {"content": draft.text, "echo_id": draft.echo_id}


def agent_body(draft: Draft) -> dict[str, Any]:
    return {
        "content": draft.text,
        "echo_id": draft.echo_id,
        "message_type": "outgoing",
        "private": draft.private,
    }


def widget_body(draft: Draft) -> dict[str, Any]:
    return {"message": {"content": draft.text, "echo_id": draft.echo_id}}
