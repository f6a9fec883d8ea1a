"""One drill from an empty directory to the evidence."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.drills import checks
from tests.drills.evidence import UNSETTLED, WRONG, Evidence, Stored, View, counted, stored_messages
from tests.drills.faults import Killer
from tests.drills.installation import SETTINGS, Installation
from tests.drills.ledger import Ledger
from tests.drills.people import Lobby
from tests.drills.senders import Pace
from tests.drills.sizes import Size, schedule
from tests.drills.stage import Part, Stage, build, seated
from tests.drills.stub import Stub
from tests.drills.watchers import Watcher

THREADS = 320
IMPATIENT_MESSAGES = 45  # 20 a minute are allowed, and a minute may end in between
SLACK_SECONDS = 60  # beyond what the traffic and all recoveries may take

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`breaches` by check; `figures` are for people."""

    evidence: Evidence
    breaches: dict[str, list[str]]
    figures: dict[str, str]

    @property
    def passed(self) -> bool:
        return not any(self.breaches.values())


def run(*, size: Size, seed: int, folder: Path, say: Say, settings: str = SETTINGS) -> Outcome:
    """`folder` is empty; everything the drill writes stays in it. Raises Broken or Unexpected when the drill
    cannot take place."""
    rng = random.Random(seed)
    installation = Installation(folder=folder, settings=settings)
    drill = Drill(installation=installation, size=size, rng=rng, folder=folder, say=say)
    return asyncio.run(drill.run())


class Drill:
    def __init__(
        self, *, installation: Installation, size: Size, rng: random.Random, folder: Path, say: Say
    ) -> None:
        self._installation = installation
        self._size = size
        self._rng = rng
        self._say = say
        self._ledger = Ledger(folder / "ledger.jsonl")
        self._stub = Stub(path=folder / "webhook.jsonl", rng=random.Random(rng.random()))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="caller")
        self._watching: list[asyncio.Task[None]] = []

    async def run(self) -> Outcome:
        try:
            await self._stub.start()
            began = time.monotonic()
            # Here and not in a thread: the kernel ends the run together with the thread that started it.
            self._installation.launch(DEMO_WEBHOOK_URL=self._stub.url)
            await asyncio.to_thread(self._installation.wait_ready)
            self._say(f"installation is up after {time.monotonic() - began:.0f} s: {self._installation.url}")
            return await self._on_stage()
        finally:
            await self._clear()

    async def _clear(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await asyncio.to_thread(self._installation.stop)
        await self._stub.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._ledger.close()

    async def _on_stage(self) -> Outcome:
        lobby = Lobby(installation=self._installation, ledger=self._ledger, rng=self._rng, pool=self._pool)
        stage = await build(lobby=lobby, size=self._size)
        self._stub.spared = {probe.line.conversation for probe in stage.probes}
        self._watching = [asyncio.create_task(watcher.run()) for watcher in stage.watchers]
        await seated(stage.watchers)
        self._say(f"{len(stage.parts)} writers and {len(stage.watchers)} open sockets are in place")
        began = time.monotonic()
        killer, limited = await self._perform(stage)
        played = time.monotonic() - began
        settled = await self._settle(stage)
        evidence = await asyncio.to_thread(self._evidence, stage, killer, limited)
        figures = self._figures(evidence, stage, played=played, settled=settled)
        return Outcome(evidence=evidence, breaches=checks.examine(evidence), figures=figures)

    async def _perform(self, stage: Stage) -> tuple[Killer, bool]:
        """Traffic and faults, until both are over or it takes too long."""
        faults = schedule(size=self._size, rng=self._rng)
        pace = Pace(messages=self._size.messages, faults=len(faults))
        killer = self._killer(stage, pace)
        impatient = asyncio.create_task(stage.impatient.try_limit(most=IMPATIENT_MESSAGES))
        writing = [asyncio.create_task(_write(part, pace)) for part in stage.parts]
        limit = self._size.seconds * 2 + len(faults) * self._size.patience + SLACK_SECONDS
        try:
            async with asyncio.timeout(limit):
                limited = await impatient
                await killer.run(faults)
                await asyncio.gather(*writing)
                await killer.finish()
        except TimeoutError:
            self._say(f"not over after {limit:.0f} s: stopping here")
            limited = impatient.done() and not impatient.cancelled() and impatient.result()
            for task in writing:
                task.cancel()
        return killer, limited

    def _killer(self, stage: Stage, pace: Pace) -> Killer:
        return Killer(
            installation=self._installation,
            ledger=self._ledger,
            pace=pace,
            stub=self._stub,
            probes=stage.probes,
            dashboards=stage.dashboards,
            patience=self._size.patience,
            rng=self._rng,
            say=self._say,
        )

    # --- afterwards ---------------------------------------------------------------------------------
    async def _settle(self, stage: Stage) -> float:
        """Wait until nothing is left to do and everybody has seen everything. Seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < self._size.settle:
            with suppress(psycopg.Error, OSError):
                if not await asyncio.to_thread(self._undone, stage):
                    break
            await asyncio.sleep(0.5)
        return time.monotonic() - began

    def _undone(self, stage: Stage) -> bool:
        with self._installation.database() as connection:
            if counted(connection, UNSETTLED):
                return True
            stored = stored_messages(connection, account_id=stage.account_id)
        return any(_lacks(watcher, stored) for watcher in stage.watchers)

    def _evidence(self, stage: Stage, killer: Killer, limited: bool) -> Evidence:
        with self._installation.database() as connection:
            stored = stored_messages(connection, account_id=stage.account_id)
            leftovers = counted(connection, UNSETTLED | WRONG)
        return Evidence(
            sent=list(self._ledger.sent.values()),
            stored=stored,
            arrivals=list(self._stub.arrivals),
            views=[_view(watcher) for watcher in stage.watchers],
            recoveries=killer.recoveries,
            allowed=self._size.recovery,
            limited=limited,
            unreadable=list(self._stub.unreadable),
            leftovers=leftovers,
        )

    def _figures(self, evidence: Evidence, stage: Stage, *, played: float, settled: float) -> dict[str, str]:
        tries = sum(sent.attempts for sent in evidence.sent)
        answers = ", ".join(f"{count} × {answer}" for answer, count in sorted(self._ledger.answers().items()))
        created = [one for one in evidence.arrivals if one.event == "message_created"]
        watchers = stage.watchers
        return {
            "messages": f"{len(evidence.stored)} stored, {self._ledger.accepted} accepted in {tries} attempts",
            "answers": answers,
            "webhook": f"{len(created)} arrivals of {len({one.message_id for one in created})} messages, "
            f"{len(evidence.arrivals)} requests in all",
            "sockets": f"{len(watchers)} open, {sum(len(one.seen) for one in watchers)} messages seen, "
            f"{sum(len(one.fetched) for one in watchers)} of them fetched after a reconnect",
            "reconnects": f"{sum(len(one.lost) for one in watchers)}, resets {sum(one.resets for one in watchers)}",
            "repeated": f"{sum(one.again for one in watchers)} messages that a socket had seen before",
            "time": f"{played:.0f} s of traffic and faults, {settled:.0f} s until everything rested",
        }


async def _write(part: Part, pace: Pace) -> None:
    await part.sender.write(privates=part.privates, pause=part.pause, pace=pace)


def _lacks(watcher: Watcher, stored: list[Stored]) -> bool:
    view = _view(watcher)
    return any(view.may_see(row) and row.id not in watcher.seen for row in stored)


def _view(watcher: Watcher) -> View:
    seat = watcher.seat
    return View(
        name=seat.name,
        is_visitor=seat.is_visitor,
        inboxes=seat.inboxes,
        conversation=seat.conversation,
        seen=tuple(watcher.seen.items()),
        fetched=frozenset(watcher.fetched),
        lost=tuple(watcher.lost),
        errors=tuple(watcher.errors),
    )
