"""The killer: one fault after another in the middle of the traffic, and how long until everything works again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from tests.drills.evidence import Recovery
from tests.drills.installation import Installation
from tests.drills.ledger import Ledger
from tests.drills.senders import Pace, Sender
from tests.drills.stub import Stub
from tests.drills.watchers import Watcher

LOOK_SECONDS = 0.05


class Killer:
    """After each fault a new visitor's message is the probe: it has to be accepted, to reach the webhook and
    every dashboard, and /health has to say 200. `probes` take turns, so that no rate limit is in the way."""

    def __init__(
        self,
        *,
        installation: Installation,
        ledger: Ledger,
        pace: Pace,
        stub: Stub,
        probes: Sequence[Sender],
        dashboards: Sequence[Watcher],
        patience: float,
        rng: random.Random,
        say: Callable[[str], None],
    ) -> None:
        self.recoveries: list[Recovery] = []
        self._installation = installation
        self._ledger = ledger
        self._pace = pace
        self._stub = stub
        self._probes = probes
        self._dashboards = dashboards
        self._patience = patience
        self._rng = rng
        self._say = say
        self._sending: list[asyncio.Task[int]] = []

    async def run(self, faults: list[str]) -> None:
        base = self._ledger.accepted
        for place, fault in enumerate(faults):
            while self._ledger.accepted - base - place < self._pace.step * (place + 1):
                await asyncio.sleep(LOOK_SECONDS)
            await asyncio.sleep(self._rng.uniform(0, 0.5))
            recovery = await self._one(fault, self._probes[place % len(self._probes)])
            self.recoveries.append(recovery)
            self._pace.fault_over()
            self._tell(place + 1, len(faults), recovery)
        self._pace.all_over()

    async def finish(self) -> None:
        """Wait for the probes that were slower than the patience."""
        await asyncio.gather(*self._sending)

    async def _one(self, fault: str, probe: Sender) -> Recovery:
        draft = probe.draft()
        self._ledger.note("hurting", fault=fault, probe=draft.echo_id)
        at = await asyncio.to_thread(self._installation.hurt, fault)
        sending = asyncio.create_task(probe.send(draft))
        self._sending.append(sending)
        healthy = asyncio.create_task(self._healthy(at))
        message_id, accepted = await self._accepted(sending, at)
        heard = seen = None
        if message_id is not None:
            heard = await self._until(lambda: self._stub.heard.get(message_id), at)
            seen = await self._until(lambda: self._seen(message_id), at)
        recovery = Recovery(
            fault=fault, at=at, accepted=accepted, heard=heard, seen=seen, healthy=await healthy
        )
        self._ledger.note("recovered", fault=fault, seconds=recovery.seconds)
        return recovery

    async def _accepted(self, sending: asyncio.Task[int], at: float) -> tuple[int | None, float | None]:
        done, _ = await asyncio.wait([sending], timeout=self._left(at))
        if not done:
            return None, None
        return sending.result(), time.monotonic() - at

    def _left(self, at: float) -> float:
        return max(0.0, at + self._patience - time.monotonic())

    async def _until(self, when: Callable[[], float | None], at: float) -> float | None:
        """Seconds from `at` to the moment that `when` names, once it does."""
        while self._left(at):
            moment = when()
            if moment is not None:
                return moment - at
            await asyncio.sleep(LOOK_SECONDS)
        return None

    def _seen(self, message_id: int) -> float | None:
        moments = [watcher.seen_at.get(message_id) for watcher in self._dashboards]
        known = [moment for moment in moments if moment is not None]
        return max(known) if len(known) == len(moments) else None

    async def _healthy(self, at: float) -> float | None:
        while self._left(at):
            if await asyncio.to_thread(self._installation.healthy):
                return time.monotonic() - at
            await asyncio.sleep(0.2)
        return None

    def _tell(self, place: int, of: int, recovery: Recovery) -> None:
        seconds = "not recovered" if recovery.seconds is None else f"recovered after {recovery.seconds:.1f} s"
        self._say(
            f"fault {place:>2} of {of}: {recovery.fault:<8} {seconds}; {self._ledger.accepted} accepted"
        )
