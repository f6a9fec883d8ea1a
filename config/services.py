"""PostgreSQL and Valkey for whoever has none: `make run`, the tests, the drills.

What DATABASE_URL or REDIS_URL name already is used as it is, and only the rest is started.

    python -m config.services --temporary -- pytest tests         with new ones, thrown away afterwards
    eval "$(python -m config.services --data-dir .test --print-env)"      start them, or find them running
    python -m config.services --data-dir .test --stop
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from config.embedded import postgres, valkey
from config.embedded.data_dir import DataDir, InUse, Lock, Problem, write_private
from config.embedded.postgres import Postgres
from config.embedded.processes import MARK, Child, PidFiles
from config.embedded.valkey import Valkey

SERVICES = {"postgres": "PostgreSQL", "valkey": "Valkey"}
_START_SECONDS = 120  # recovery after a crash may take a while


@dataclass(frozen=True, kw_only=True)
class ServiceUrls:
    database_url: str
    redis_url: str
    run_dir: str  # holds postgres.pid and valkey.pid of the embedded ones

    @property
    def pids(self) -> dict[str, int]:
        """The embedded services that run now: "postgres" (the server, not its children) and "valkey"."""
        files = PidFiles(folder=Path(self.run_dir))
        found = {name: files.process(name=name) for name in SERVICES}
        return {name: process.pid for name, process in found.items() if process is not None}

    def answer(self) -> bool:
        return postgres.answers(self.database_url) and valkey.answers(self.redis_url)

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


class Services:
    """The services of one data directory. `children` holds the embedded ones, in the order of their start."""

    def __init__(
        self, *, data_dir: DataDir, given: Mapping[str, str] | None = None, throwaway: bool = False
    ) -> None:
        """`given` names services that exist already (DATABASE_URL, REDIS_URL): they are not started."""
        self.data_dir = data_dir
        self._given = dict(given or {})
        own_database, own_broker = "DATABASE_URL" not in self._given, "REDIS_URL" not in self._given
        self.postgres = Postgres(data_dir=data_dir, throwaway=throwaway) if own_database else None
        self.valkey = Valkey(data_dir=data_dir) if own_broker else None
        parts = [part for part in (self.postgres, self.valkey) if part is not None]
        self.children: list[Child] = [part.child(env=self.environment()) for part in parts]

    @property
    def urls(self) -> ServiceUrls:
        return ServiceUrls(
            database_url=self._given["DATABASE_URL"] if self.postgres is None else self.postgres.url,
            redis_url=self._given["REDIS_URL"] if self.valkey is None else self.valkey.url,
            run_dir=str(self.data_dir.run),
        )

    def environment(self) -> dict[str, str]:
        """Ours, without what would lead clients of an embedded PostgreSQL elsewhere (PGHOST, PGOPTIONS, …)."""
        astray = (MARK,) if self.postgres is None else (MARK, "PG")
        return {name: value for name, value in os.environ.items() if not name.startswith(astray)}

    def record(self) -> None:
        """Write down where they answer, for those who find them running."""
        write_private(_record(self.data_dir), json.dumps(asdict(self.urls), indent=2) + "\n")

    def forget(self) -> None:
        _record(self.data_dir).unlink(missing_ok=True)


def given_services() -> dict[str, str]:
    """What the environment names: DATABASE_URL, REDIS_URL, or the files <name>_FILE, as the settings read them."""
    found = {name: _value(name) for name in ("DATABASE_URL", "REDIS_URL")}
    return {name: value for name, value in found.items() if value}


def _value(name: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    try:
        return Path(file).read_text().strip() if file else os.environ.get(name, "")
    except OSError as error:
        raise Problem(f"{name}_FILE cannot be read: {error}") from None


def _record(data_dir: DataDir) -> Path:
    return data_dir.run / "services.json"


def running_services(*, data_dir: DataDir) -> ServiceUrls | None:
    """Those that somebody started here and that answer, else None."""
    try:
        urls = ServiceUrls(**json.loads(_record(data_dir).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return urls if urls.answer() else None


@contextmanager
def embedded_services(
    data_dir: Path | str, *, given: Mapping[str, str] | None = None, throwaway: bool = False
) -> Iterator[ServiceUrls]:
    """PostgreSQL and Valkey for the time of the block, whatever the environment names.

    Services that already run on this data directory are used and left running; those in `given` are passed
    on. `throwaway` trades safety against power loss for speed. Nothing restarts a service that dies in
    between: that is the supervisor's work. Raises Problem when they do not start.
    """
    where = DataDir.open(Path(data_dir))
    with ExitStack() as stack:
        found = _find_or_lock(data_dir=where, stack=stack)
        if found is not None:
            yield found
            return
        valkey.stop_leftover(data_dir=where)
        services = Services(data_dir=where, given=given, throwaway=throwaway)
        try:
            start(services=services)
            yield services.urls
        finally:
            stop(services=services)


def _find_or_lock(*, data_dir: DataDir, stack: ExitStack) -> ServiceUrls | None:
    """The services that run here; None when there are none, and then the directory is ours while `stack` is open.

    Whoever holds the directory may be about to start them, and gets a minute. InUse after that.
    """
    deadline = time.monotonic() + 60
    while True:
        found = running_services(data_dir=data_dir)
        if found is not None:
            return found
        try:
            stack.enter_context(Lock(data_dir=data_dir, holder=f"(as services for process {os.getpid()})"))
            return None
        except InUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def start(*, services: Services) -> None:
    """Start what is embedded and wait until it answers. Their output goes to <data directory>/log."""
    if services.postgres is not None:
        services.postgres.initialise()
    for child in services.children:
        with (services.data_dir.path / "log" / f"{child.name}.log").open("ab") as log:
            child.start(output=log.fileno())
    for child in services.children:
        wait_for(child=child)
    if services.postgres is not None:
        services.postgres.bootstrap()
    services.record()


def wait_for(*, child: Child) -> None:
    """Return when the service answers. Problem when it ends or takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    while child.accepts is not None and not child.accepts():
        if not child.running() or time.monotonic() > deadline:
            raise Problem(f"{child.name} did not start. Its output says why.")
        time.sleep(0.05)


def stop(*, services: Services) -> None:
    """Valkey first, then PostgreSQL, each in order."""
    services.forget()
    for child in reversed(services.children):
        child.stop(seconds=5)


# --- command line -----------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        if options.command:
            return _run(command=options.command, data_dir=options.data_dir)
        if options.data_dir is None:
            raise Problem("--print-env and --stop need a --data-dir that stays.")
        where = DataDir.open(options.data_dir)
        if options.stop:
            stop_detached(data_dir=where)
            return 0
        urls = start_detached(data_dir=where)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    for name, value in urls.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m config.services", description="PostgreSQL and Valkey, embedded."
    )
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--data-dir", type=Path, help="where they keep their files")
    place.add_argument("--temporary", action="store_true", help="in a new directory, removed afterwards")
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument(
        "--print-env", action="store_true", help="start them, or find them running; leave them running"
    )
    act.add_argument("--stop", action="store_true", help="stop those that --print-env started")
    act.add_argument("command", nargs="*", default=[], help="run this with them, and stop them afterwards")
    return parser


def _run(*, command: list[str], data_dir: Path | None) -> int:
    given = given_services()
    if len(given) == 2:
        return _call(command=command, env=dict(os.environ))
    if data_dir is not None:
        return _run_with(command=command, data_dir=data_dir, given=given, throwaway=False)
    with _temporary() as folder:
        return _run_with(command=command, data_dir=folder, given=given, throwaway=True)


def _run_with(*, command: list[str], data_dir: Path, given: Mapping[str, str], throwaway: bool) -> int:
    with embedded_services(data_dir, given=given, throwaway=throwaway) as urls:
        return _call(command=command, env=dict(os.environ) | urls.environment())


def _call(*, command: list[str], env: dict[str, str]) -> int:
    """Its exit code. A Ctrl-C reaches the command by itself, a SIGTERM is passed on: it ends, then we do."""
    process = subprocess.Popen(command, env=env)
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue
        return code if code >= 0 else 128 - code


@contextmanager
def _temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="parley-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # PostgreSQL's user has to pass through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_detached(*, data_dir: DataDir) -> ServiceUrls:
    """Start them so that they outlive us, or find them running."""
    with ExitStack() as stack:
        found = _find_or_lock(data_dir=data_dir, stack=stack)
        if found is not None:
            return found
        valkey.stop_leftover(data_dir=data_dir)
        services = Services(data_dir=data_dir, given=given_services(), throwaway=True)
        for child in services.children:
            child.death_signal = None
        start(services=services)
        return services.urls


def stop_detached(*, data_dir: DataDir) -> None:
    """Stop what `start_detached` left running. InUse when a supervisor runs them."""
    with Lock(data_dir=data_dir, holder="(services are being stopped)"):
        valkey.stop_leftover(data_dir=data_dir)
        Postgres(data_dir=data_dir).clear_leftovers()
        data_dir.pids.remove(name="postgres")
        _record(data_dir).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
