"""The servers under test, as processes of their own, and what they cost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from config.embedded.plan import ROOT
from config.embedded.processes import spawn
from tests.bench.ground import Ground

START_SECONDS = 60
THREADS = 4


@dataclass
class Server:
    name: str
    port: int
    process: subprocess.Popen[bytes]

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """User and system time so far, of workers too."""
        return sum(sum(one.cpu_times()[:2]) for one in self.processes())

    def memory_mb(self) -> float:
        """Resident memory, of workers too."""
        return sum(one.memory_info().rss for one in self.processes()) / 2**20


def granian(ground: Ground, *, workers: int = 1, settings: str = "config.settings") -> Server:
    """granian's WSGI server on config.wsgi."""
    port = free_port()
    argv = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    argv += [
        "--workers",
        str(workers),
        "--blocking-threads",
        str(THREADS),
        "--no-access-log",
        "--log-level",
        "error",
    ]
    return _start("granian", [*argv, "config.wsgi:application"], ground, port, settings)


def daphne(ground: Ground, *options: str) -> Server:
    """Pages, API and sockets in one process; `--two` as `make run` starts it."""
    port = free_port()
    argv = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(port), *options]
    return _start("daphne", argv, ground, port, "config.settings")


def relay(ground: Ground) -> Server:
    return _start("relay", [sys.executable, "manage.py", "relay"], ground, 0, "config.settings")


def _start(name: str, argv: list[str], ground: Ground, port: int, settings: str) -> Server:
    here = {"DJANGO_SETTINGS_MODULE": settings, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with (ground.folder / "log" / f"{name}.log").open("ab") as log:
        process = spawn(
            argv=argv, env=ground.environment | here, cwd=ROOT, death_signal=signal.SIGTERM, output=log.fileno()
        )  # fmt: skip
    server = Server(name=name, port=port, process=process)
    if port:
        _wait(server)
    return server


def _wait(server: Server) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{server.name} did not start; its log says why")


@contextmanager
def running(*servers: Server) -> Iterator[None]:
    """Stop them at the end of the block."""
    try:
        yield
    finally:
        for server in servers:
            os.kill(server.process.pid, signal.SIGTERM)
        for server in servers:
            try:
                server.process.wait(15)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
