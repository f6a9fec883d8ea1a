"""A real `manage.py run` in a fresh data directory, and the means to hurt it."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import redis

from config.embedded.plan import ROOT
from config.embedded.processes import MARK, PidFiles, spawn, wait_until
from tests.drills.sizes import FLUSH

START_SECONDS = 240
STOP_SECONDS = 20
SETTINGS = "config.settings"

# What would lead the run to other services, other data, or other settings than its own.
_ASTRAY = ("PG", "PYTEST", "DJANGO_", "RATE_", MARK)
_ASTRAY_NAMES = {"DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT", "HOST", "DEMO", "PUBLIC_URL", "ENVIRONMENT"}


class Broken(Exception):
    """The installation did not do what every drill needs. The text ends with its log."""


class Installation:
    """`folder` is empty and becomes its data directory's parent; `settings` is the module it runs with."""

    def __init__(self, *, folder: Path, settings: str = SETTINGS) -> None:
        self.data_dir = folder / "var"
        self.log = folder / "run.log"
        self.port = _free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._pids = PidFiles(folder=self.data_dir / "run")
        self._process: subprocess.Popen[bytes] | None = None

    # --- start, stop --------------------------------------------------------------------------------
    def launch(self, **environment: str) -> None:
        """Start it, with `environment` on top. Call from a thread that stays: it is stopped with that one."""
        with self.log.open("ab") as log:
            self._process = spawn(
                argv=[sys.executable, "manage.py", "run"],
                env=self._environment() | environment,
                cwd=ROOT,
                death_signal=signal.SIGTERM,
                output=log.fileno(),
            )

    def wait_ready(self) -> None:
        """Return once /health says that everything works. Raises Broken."""
        ready = wait_until(lambda: not self.running() or self.healthy(), seconds=START_SECONDS, every=0.2)
        if not ready or not self.running():
            raise Broken(f"`manage.py run` did not come up:\n{self.tail()}")

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_ASTRAY) and name not in _ASTRAY_NAMES
        }
        return kept | {
            "DJANGO_SETTINGS_MODULE": self._settings,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "TRUSTED_PROXY_COUNT": "1",  # every visitor has an address of their own; all limits stay on
            "PRIVATE_NETWORKS_ALLOWED": "true",  # the webhook's stub is on loopback
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    # --- look ---------------------------------------------------------------------------------------
    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def demo(self) -> dict[str, Any]:
        """Accounts, tokens and passwords of the demo account."""
        found: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_text())
        return found

    def _urls(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.data_dir / "run" / "services.json").read_text())
        return found

    def database(self) -> psycopg.Connection[Any]:
        """As the login, who owns the tables and so sees the rows of every account."""
        return psycopg.connect(self._urls()["database_url"], autocommit=True, connect_timeout=5)

    # --- hurt ---------------------------------------------------------------------------------------
    def hurt(self, fault: str) -> float:
        """Kill the process of that name, or flush Valkey. Returns when (time.monotonic)."""
        if fault == FLUSH:
            with redis.Redis.from_url(self._urls()["redis_url"], socket_timeout=5) as client:
                client.flushall()
            return time.monotonic()
        if not wait_until(lambda: self._pids.process(name=fault) is not None, seconds=20):
            raise Broken(f"there is no {fault} to kill:\n{self.tail()}")
        process = self._pids.process(name=fault)
        assert process is not None
        process.kill()
        return time.monotonic()


def _free_ports() -> int:
    """A port that is free together with the next one, which the demo shop takes."""
    for _ in range(200):
        port = random.randrange(10_000, 19_000, 2)
        if _is_free(port) and _is_free(port + 1):
            return port
    raise Broken("no two free ports between 10000 and 19000")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
