"""`make run`: starts everything, shows one log, restarts what dies, stops in order.

It survives whatever happens to its children. Whatever happens to itself, the kernel stops the children on
Linux, and the next start finds and stops what is left.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config.embedded import plan as plans
from config.embedded import postgres, valkey
from config.embedded.console import Console
from config.embedded.data_dir import DataDir, InUse, Lock, Problem
from config.embedded.keeper import Keeper
from config.embedded.plan import Address, Plan, Step
from config.embedded.processes import alive, end, spawn, strays, wait_until
from config.services import SERVICES, Services, given_services

ROUND = 0.1
START_SECONDS = 120.0
APPS_STOP, VALKEY_STOP, POSTGRES_STOP = 4.5, 1.5, 2.5  # together below ten seconds


class StopRequested(Exception):
    """Ctrl-C or SIGTERM, noticed at a point where nothing is half done."""


class Supervisor:
    def __init__(self, *, console: Console, services: Services, plan: Callable[[], Plan]) -> None:
        """`plan` is asked once the services answer."""
        self._console = console
        self._services = services
        self._make_plan = plan
        self._keeper = Keeper(console=console, alive_file=services.data_dir.run / "worker.alive")
        self._signals = 0
        self._began = time.monotonic()

    def run(self) -> int:
        """Until it is told to stop. The exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._start_services()
            plan = self._make_plan()
            for together in plan.steps:
                self._run_steps(together, plan=plan)
            self._keeper.add(plan.children)
            self._announce(plan)
            while True:
                self._round()
        except StopRequested:
            return 0
        except Problem as problem:
            self._console.say(str(problem))
            return 1
        finally:
            self._shut_down()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1  # nothing else: what it interrupted goes on, and finds it in its next round

    def _round(self) -> None:
        if self._signals:
            raise StopRequested
        time.sleep(ROUND)
        self._keeper.round()

    # --- start --------------------------------------------------------------------------------------

    def _start_services(self) -> None:
        services, started = self._services, time.monotonic()
        self._check_external()
        if services.postgres is not None and services.postgres.initialise():
            self._told(
                f"A new PostgreSQL database was made in {_short(services.postgres.data)}", since=started
            )
        started = time.monotonic()
        self._keeper.add(services.children)
        while not self._keeper.services_up():
            self._round()
            if time.monotonic() - started > START_SECONDS or any(w.deaths > 2 for w in self._keeper.services):
                raise Problem("The services do not start; the lines above say why.")
        if services.postgres is not None:
            services.postgres.bootstrap()
        services.record()
        if services.children:
            titles = [SERVICES[child.name] for child in services.children]
            self._told(" and ".join(titles) + (" answer" if titles[1:] else " answers"), since=started)

    def _check_external(self) -> None:
        """Those named by the environment have to be there already; they get half a minute."""
        urls = self._services.urls
        if self._services.postgres is None:
            self._wait_external("DATABASE_URL", lambda: postgres.answers(urls.database_url))
        if self._services.valkey is None:
            self._wait_external("REDIS_URL", lambda: valkey.answers(urls.redis_url))

    def _wait_external(self, name: str, answers: Callable[[], bool]) -> None:
        started = time.monotonic()
        while not answers():
            self._round()
            if time.monotonic() - started > 30:
                raise Problem(
                    f"Nothing answers at {name}. Start that server, or unset {name} to get an embedded one."
                )

    def _run_steps(self, steps: list[Step], *, plan: Plan) -> None:
        """Side by side. Problem when one fails."""
        started = time.monotonic()
        running = {step.name: (step, self._start_step(step, plan=plan)) for step in steps if step.needed()}
        try:
            while running:
                self._round()
                for step, process in [pair for pair in running.values() if pair[1].poll() is not None]:
                    del running[step.name]
                    self._finish_step(step, code=process.returncode, since=started)
        finally:
            for _, process in running.values():
                _kill(process)

    def _start_step(self, step: Step, *, plan: Plan) -> subprocess.Popen[bytes]:
        env = plan.environment | dict(step.env or {})
        process = spawn(argv=step.argv, env=env, cwd=plans.ROOT, death_signal=signal.SIGKILL)
        self._console.follow(name=step.name, process=process)
        return process

    def _finish_step(self, step: Step, *, code: int, since: float) -> None:
        if code != 0:
            raise Problem(f"{' '.join(step.argv[1:])} failed; the lines above say why.")
        step.remember()
        self._told(step.done, since=since)

    def _announce(self, plan: Plan) -> None:
        """The banner, once the first page can be served."""
        started = time.monotonic()
        while not _page_answers(plan):
            self._round()
            if time.monotonic() - started > START_SECONDS:
                self._console.say("The web server does not answer yet; the lines above may say why.")
                return
        self._console.block(banner(plan, seconds=time.monotonic() - self._began))

    # --- stop ---------------------------------------------------------------------------------------

    def _shut_down(self) -> None:
        """Within ten seconds: who serves people first, what they depend on last. A second Ctrl-C hurries."""
        started, apps = time.monotonic(), [watch.child for watch in self._keeper.apps]
        self._console.say("Stopping")
        for child in apps:
            child.signal(child.stop_signal)
        wait_until(lambda: self._signals > 1 or not any(child.running() for child in apps), seconds=APPS_STOP)
        for child in apps:
            child.kill()
        self._services.forget()
        for watch in reversed(self._keeper.services):
            watch.child.stop(seconds=VALKEY_STOP if watch.name == "valkey" else POSTGRES_STOP)
        self._told("Stopped", since=started)

    def _told(self, text: str, *, since: float) -> None:
        self._console.say(f"{text} ({time.monotonic() - since:.1f} s)")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _page_answers(plan: Plan) -> bool:
    connection = http.client.HTTPConnection(plan.address.reachable, plan.address.port, timeout=2)
    try:
        connection.request("GET", plan.health)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def banner(plan: Plan, *, seconds: float) -> str:
    address, names = plan.address, {child.name for child in plan.children}
    rows = [("Dashboard", f"{address.url}/"), ("Admin", f"{address.url}/admin/")]
    if "shop" in names:
        rows.insert(1, ("Demo shop", f"{address.shop_url}/   (a customer's site with the chat widget)"))
        rows.append(
            ("Sign in", f"e-mail addresses and passwords are in {_short(plan.data_dir.path / 'demo.json')}")
        )
    rows.append(("Data", f"{_short(plan.data_dir.path)}"))
    lines = [f"    {title:<11} {text}" for title, text in rows]
    return "\n".join(["", f"  Parley is running ({seconds:.1f} s). Ctrl-C stops it.", "", *lines, "", ""])


def _short(path: Path) -> str:
    return str(path.relative_to(plans.ROOT)) if path.is_relative_to(plans.ROOT) else str(path)


def stop_strays(*, console: Console, data_dir: DataDir) -> None:
    """End the processes that a killed supervisor left: by their files' names and by their mark."""
    left = {process.pid: process for process in strays(mark=str(data_dir.path))}
    for name in data_dir.pids.names():
        process = data_dir.pids.process(name=name)
        if name in SERVICES:
            continue  # services are stopped in order, by those who know how
        if process is not None:
            left[process.pid] = process
        data_dir.pids.remove(name=name)
    for process in left.values():
        end(pid=process.pid, gone=lambda p=process: not alive(p), stages=[(signal.SIGKILL, 3)])  # type: ignore[misc]
    if left:
        console.say(f"Stopped {len(left)} processes that an earlier start had left")


MakePlan = Callable[..., Plan]  # data_dir, address, env (which names the services) -> Plan


def main(*, make: MakePlan = plans.parley) -> int:
    console = Console()
    try:
        raw = os.environ.get("DATA_DIR") or "var"
        data_dir = DataDir.open(plans.ROOT / Path(raw).expanduser())
        address = Address.of(os.environ)
        with Lock(data_dir=data_dir, holder=f"at {address.url}"):
            stop_strays(console=console, data_dir=data_dir)
            valkey.stop_leftover(data_dir=data_dir)
            address.check_free()
            return _supervise(console=console, data_dir=data_dir, address=address, make=make)
    except InUse as problem:
        console.say(f"Parley is {problem}")
    except Problem as problem:
        console.say(str(problem))
    return 1


def _supervise(*, console: Console, data_dir: DataDir, address: Address, make: MakePlan) -> int:
    services = Services(data_dir=data_dir, given=given_services())

    def plan() -> Plan:
        base = services.environment() | services.urls.environment()
        env = plans.environment(data_dir=data_dir, address=address, base=base)
        return make(data_dir=data_dir, address=address, env=env)

    return Supervisor(console=console, services=services, plan=plan).run()


if __name__ == "__main__":
    sys.exit(main())
