"""Starting the site under test as a process of its own, and talking to it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 15


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """A running server. `port` is 0 for one on a Unix socket."""

    process: subprocess.Popen[str]
    port: int
    log: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, *options: str, module: str = "tests.server.site") -> "Site":
        """The site behind `manage.py serve` on a free port."""
        command = [sys.executable, "-m", module, "--port", "0", *options]
        site = cls(process=_popen(command), port=0)
        assert site.process.stdout
        line = site.process.stdout.readline()
        assert line.startswith("Listening on "), line + site.process.stdout.read()
        site.port = int(line.rpartition(":")[2]) if "http" in line else 0
        return site

    def get(self, path: str, *, method: str = "GET", **request: object) -> tuple[int, bytes]:
        """(status, body) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, **request)  # type: ignore[arg-type]
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def connect(self, *, receive_buffer: int | None = None) -> socket.socket:
        """A raw connection; a small receive buffer makes its owner a slow reader the server notices early."""
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(10)
        client.connect(("127.0.0.1", self.port))
        return client

    def memory_mb(self) -> float:
        """Resident memory of the server process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=10)
        finally:
            self.process.kill()
            if self.process.stdout:
                self.log += self.process.stdout.read().splitlines()
                self.process.stdout.close()


def start_command(command: list[str], *, port: int) -> Site:
    """A site behind any other server, given that it will listen on `port`."""
    site = Site(process=_popen(command), port=port)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            site.connect().close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return site
    raise AssertionError(f"{command} did not start: {site.stop()} {site.log}")


def _popen(command: list[str]) -> "subprocess.Popen[str]":
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.server.site_settings",
        "PYTHONUNBUFFERED": "1",
    }
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
