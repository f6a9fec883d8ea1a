"""Keeps children alive: notices who died, starts them again, and never tries too fast."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path

from config.embedded.console import Console
from config.embedded.data_dir import Problem
from config.embedded.processes import Child

FIRST_DELAY, LONGEST_DELAY = 0.5, 5.0  # before a restart
SETTLED = 30.0  # who lived this long starts again with the first delay
SILENCE = 20.0  # of a worker that should touch its file
SLEPT = 5.0  # a round this late means that the machine was asleep
# What has to be up before a worker can be blamed for its silence: beat asks, the broker carries.
_CHAIN = {"worker", "beat", "relay", "valkey", "postgres"}


@dataclass(kw_only=True)
class Watch:
    """One child and what became of it."""

    child: Child
    deaths: int = 0  # in a row
    restart_at: float | None = None  # time.monotonic()
    up: bool = False  # a service: it answers; any other: it has been started

    @property
    def name(self) -> str:
        return self.child.name

    @property
    def is_service(self) -> bool:
        return self.child.accepts is not None


class Keeper:
    """Call `round` every tenth of a second, from the thread that starts the children."""

    def __init__(self, *, console: Console, alive_file: Path) -> None:
        self._console = console
        self._alive_file = alive_file
        self._watches: list[Watch] = []
        self._last_round = time.time()  # a clock that goes on while the machine sleeps
        self._patient_until = 0.0  # no verdict on the worker before this

    @property
    def services(self) -> list[Watch]:
        return [watch for watch in self._watches if watch.is_service]

    @property
    def apps(self) -> list[Watch]:
        return [watch for watch in self._watches if not watch.is_service]

    def add(self, children: list[Child]) -> None:
        for child in children:
            watch = Watch(child=child)
            self._watches.append(watch)
            self._start(watch)

    def services_up(self) -> bool:
        return all(watch.up for watch in self.services)

    def round(self) -> None:
        now, clock = time.monotonic(), time.time()
        if clock - self._last_round > SLEPT:
            self._patient_until = now + SILENCE
        self._last_round = clock
        for watch in self._watches:
            self._look_after(watch, now=now)
        self._check_worker(now=now)

    def _start(self, watch: Watch) -> None:
        watch.restart_at = None
        if watch.name == "worker":
            self._alive_file.unlink(missing_ok=True)
        try:
            process = watch.child.start()
        except (OSError, Problem) as error:
            self._console.say(f"{watch.name} cannot start: {error}")
            self._schedule(watch, lived=0.0)
            return
        self._console.follow(name=watch.name, process=process)
        watch.up = not watch.is_service

    def _look_after(self, watch: Watch, *, now: float) -> None:
        if watch.restart_at is not None:
            # Services at once; the others would only die again without them.
            if now >= watch.restart_at and (watch.is_service or self.services_up()):
                self._start(watch)
        elif not watch.child.running():
            self._died(watch, now=now)
        elif not watch.up and watch.child.accepts is not None and watch.child.accepts():
            watch.up = True
            if watch.deaths:
                self._console.say(
                    f"{watch.name} answers again, {now - watch.child.started_at:.1f} s after its start"
                )

    def _died(self, watch: Watch, *, now: float) -> None:
        watch.up = False
        watch.child.sweep()
        delay = self._schedule(watch, lived=now - watch.child.started_at)
        self._console.say(f"{watch.name} {_ending(watch.child)}; starting it again in {delay:.1f} s")

    def _schedule(self, watch: Watch, *, lived: float) -> float:
        watch.deaths = 1 if lived > SETTLED else watch.deaths + 1
        delay = min(FIRST_DELAY * 2 ** (watch.deaths - 1), LONGEST_DELAY)
        watch.restart_at = time.monotonic() + delay
        return delay

    def _check_worker(self, *, now: float) -> None:
        """Start a worker again that lives but takes no more tasks (seen after a restart of the broker).

        Beat sends a task every few seconds that touches a file. The file counts only once everything it
        depends on has been up for as long as the silence may last.
        """
        chain = [watch for watch in self._watches if watch.name in _CHAIN]
        worker = next((watch for watch in chain if watch.name == "worker"), None)
        if worker is None or now < self._patient_until:
            return
        if any(not watch.up or now - watch.child.started_at < SILENCE for watch in chain):
            return
        try:
            silent = time.time() - self._alive_file.stat().st_mtime
        except FileNotFoundError:
            return
        if silent > SILENCE:
            self._console.say(f"worker has taken no task for {silent:.0f} s; stopping it to start it again")
            worker.child.end(seconds=2)


def _ending(child: Child) -> str:
    code = 0 if child.process is None else child.process.returncode
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
