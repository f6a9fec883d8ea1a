"""`manage.py run` under fire: a real supervisor, real services, stand-ins for the application."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded.data_dir import DataDir
from config.embedded.plan import ROOT
from config.embedded.processes import MARK, PidFiles, alive, strays, wait_until
from config.services import ServiceUrls, running_services

NAMES = {"postgres", "valkey", "web", "relay", "worker", "beat", "shop"}


class Run:
    """One supervisor on `folder`, and what it prints."""

    def __init__(self, *, folder: Path, port: int, **env: str) -> None:
        self.home = folder / "var"
        self.pids = PidFiles(folder=self.home / "run")
        self.port = port
        self.log = folder / f"log-{time.monotonic_ns()}"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.services.stand_in"],
                cwd=ROOT,
                env=os.environ | {"DATA_DIR": str(self.home), "PORT": str(port)} | env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def says(self, text: str, *, seconds: float = 20) -> bool:
        return wait_until(
            lambda: text in self.log.read_text() or self.process.poll() is not None, seconds=seconds
        ) and (text in self.log.read_text())

    def pid(self, name: str) -> int:
        pid = self.pids.read(name=name)
        assert pid is not None, f"{name}.pid is missing"
        return pid

    def replaced(self, name: str, old: int) -> bool:
        """A new process of that name lives."""
        return wait_until(
            lambda: self.pids.process(name=name) is not None and self.pid(name) != old, seconds=15
        )

    def urls(self) -> ServiceUrls | None:
        return running_services(data_dir=DataDir.open(self.home))

    def everything(self) -> list[psutil.Process]:
        """All processes of it that live, the supervisor left out."""
        named = [self.pids.process(name=name) for name in NAMES]
        found = [process for process in named if process is not None] + strays(mark=str(self.home))
        return list({process.pid: process for process in found}.values())

    def pool(self) -> psutil.Process:
        """The child of the worker."""
        worker = psutil.Process(self.pid("worker"))
        assert wait_until(lambda: len(worker.children()) == 1, seconds=10)
        return worker.children()[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        return code, time.monotonic() - started


@pytest.fixture
def port() -> int:
    """A free one whose successor is free as well."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            number = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", number + 1))
            except OSError:
                continue
            return int(number)


@pytest.fixture
def run(folder: Path, port: int) -> Iterator[Run]:
    started = Run(folder=folder, port=port, SILENCE="2")
    assert started.says("Parley is running"), started.log.read_text()
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(timeout=20)
    for process in started.everything():
        process.kill()


def test_ctrl_c_stops_everything_in_order_within_ten_seconds_and_without_an_error(run: Run) -> None:
    before = run.everything()
    code, seconds = run.stop(signal.SIGINT)
    assert {run.pids.read(name=name) for name in NAMES} == {None}
    assert len(before) >= len(NAMES)
    assert not any(alive(process) for process in before)
    assert code == 0
    assert seconds < 10
    log = run.log.read_text()
    assert log.index("ready to exit") < log.index("database system is shut down\n", log.index("Stopping"))


def test_whoever_is_killed_comes_back_and_with_him_what_was_committed(run: Run) -> None:
    urls = run.urls()
    assert urls is not None
    with psycopg.connect(urls.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    old = {name: run.pid(name) for name in NAMES}
    pool = run.pool()

    for pid in old.values():
        os.kill(pid, signal.SIGKILL)

    for name in NAMES:
        assert run.replaced(name, old[name]), f"{name} did not come back\n{run.log.read_text()}"
    assert wait_until(urls.answer, seconds=10)
    with psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
    assert not alive(pool)
    assert "postgres was ended by SIGKILL; starting it again in 0.5 s" in run.log.read_text()
    assert run.says("postgres answers again")


def test_a_worker_that_falls_silent_is_started_again_and_one_that_never_spoke_is_left_alone(run: Run) -> None:
    first = run.pid("worker")
    time.sleep(3)
    assert run.pid("worker") == first
    (run.home / "consume").touch()
    assert wait_until((run.home / "run" / "worker.alive").exists, seconds=5)
    (run.home / "consume").unlink()
    assert run.replaced("worker", first)
    assert "worker has taken no task for" in run.log.read_text()


def test_a_second_start_says_where_the_first_one_is_and_touches_nothing(run: Run, folder: Path) -> None:
    old = {name: run.pid(name) for name in NAMES}
    second = Run(folder=folder, port=run.port)
    assert second.process.wait(timeout=20) == 1
    assert second.log.read_text() == f"parley   | Parley is already running at http://127.0.0.1:{run.port}\n"
    assert {name: run.pid(name) for name in NAMES} == old
    assert {process.pid for process in run.everything()} >= set(old.values())


def test_after_the_supervisor_is_killed_nothing_stays_and_the_next_start_works(
    run: Run, folder: Path
) -> None:
    before = [run.pool(), *run.everything()]
    # What the kernel does not end: a process that was not started as a child of the supervisor itself.
    leftover = subprocess.Popen(["sleep", "600"], env=os.environ | {MARK: str(run.home)})
    run.process.kill()
    run.process.wait()
    again = Run(folder=folder, port=run.port)
    try:
        assert again.says("Parley is running"), again.log.read_text()
        assert not any(alive(process) for process in before)
        assert leftover.wait(timeout=5) == -signal.SIGKILL
        assert again.pool() in again.everything()
        assert len(again.everything()) == len(NAMES) + 1
    finally:
        assert again.stop()[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_kernel_stops_the_children_of_a_killed_supervisor(run: Run) -> None:
    direct = [process for process in run.everything() if process.ppid() == run.process.pid]
    assert len(direct) == len(NAMES)
    run.process.kill()
    run.process.wait()
    assert wait_until(lambda: not any(alive(process) for process in direct), seconds=5)


def test_a_taken_port_is_said_before_anything_starts(folder: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port + 1)):
        run = Run(folder=folder, port=port)
        assert run.process.wait(timeout=20) == 1
    assert run.log.read_text() == (
        f"parley   | Port {port + 1}, for the demo shop, is in use. Choose another one: PORT=9000 make run\n"
    )
    assert not (run.home / "postgres").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_data_directory_of_somebody_else_is_refused(folder: Path, port: int) -> None:
    (folder / "var").mkdir()
    os.chown(folder / "var", 65534, 65534)
    run = Run(folder=folder, port=port)
    assert run.process.wait(timeout=20) == 1
    said = run.log.read_text()
    assert said.startswith(f"parley   | The data directory {folder}/var belongs to nobody, and you are root.")
    assert list((folder / "var").iterdir()) == []
