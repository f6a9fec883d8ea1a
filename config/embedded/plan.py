"""What an installation on one machine consists of: its environment, what prepares it, its processes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded.data_dir import DataDir, Problem
from config.embedded.processes import MARK, Child
from config.embedded.valkey import port_is_free

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the browser finds us. The shop is another site: another host name and another port."""

    host: str
    port: int

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Address:
        raw = environment.get("PORT") or "8000"
        if not raw.isdigit() or not 1 <= int(raw) <= 65534:
            raise Problem(f"PORT must be a number between 1 and 65534, not {raw!r}.")
        return cls(host=environment.get("HOST") or "127.0.0.1", port=int(raw))

    @property
    def reachable(self) -> str:
        """A name a browser on this machine can open."""
        return "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  compared, not bound

    @property
    def url(self) -> str:
        return f"http://{self.reachable}:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.port + 1}"

    def check_free(self) -> None:
        for port, whose in ((self.port, "the application"), (self.port + 1, "the demo shop")):
            if not port_is_free(host=self.host, port=port):
                raise Problem(f"Port {port}, for {whose}, is in use. Choose another one: PORT=9000 make run")


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that runs once, to its end, before the processes start."""

    name: str
    done: str  # what to say afterwards
    argv: list[str]
    stamp: Path | None = None  # remembers `mark`: while it stands there, the step is not needed
    mark: str = ""
    makes: Path | None = None  # without this file the step is needed whatever the stamp says
    env: Mapping[str, str] | None = None  # on top of the environment

    def needed(self) -> bool:
        if self.stamp is None:
            return True
        if self.makes is not None and not self.makes.exists():
            return True
        return not self.stamp.exists() or self.stamp.read_text() != self.mark

    def remember(self) -> None:
        if self.stamp is not None:
            self.stamp.write_text(self.mark)


@dataclass(frozen=True, kw_only=True)
class Plan:
    data_dir: DataDir
    address: Address
    environment: dict[str, str]  # of every process of ours; without the services' addresses
    steps: list[list[Step]]  # those in one list run side by side
    children: list[Child]  # in the order in which they are stopped
    health: str = "/health/live"


def environment(*, data_dir: DataDir, address: Address, base: Mapping[str, str]) -> dict[str, str]:
    """`base` completed: what the caller has set stands."""
    env = dict(base)
    for name, value in data_dir.secrets().items():
        if not env.get(f"{name}_FILE"):
            env.setdefault(name, value)
    env.setdefault("PUBLIC_URL", address.url)
    env.setdefault("ENVIRONMENT", "development")
    env.setdefault("LOG_READABLE", "true")
    env.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
    return env | {
        "DATA_DIR": str(data_dir.path),
        "DEMO_SHOP_URL": address.shop_url,
        "PYTHONUNBUFFERED": "1",
        MARK: str(data_dir.path),
    }


def parley(*, data_dir: DataDir, address: Address, env: dict[str, str]) -> Plan:
    """`env` already names the services."""
    demo = env.get("DEMO", "1") not in {"0", "false", "no"}
    return Plan(
        data_dir=data_dir,
        address=address,
        environment=env,
        steps=_steps(data_dir=data_dir, env=env, demo=demo),
        children=_children(data_dir=data_dir, address=address, env=env, demo=demo),
    )


def _manage(*arguments: str) -> list[str]:
    return [PYTHON, "manage.py", *arguments]


def _steps(*, data_dir: DataDir, env: dict[str, str], demo: bool) -> list[list[Step]]:
    migrate = Step(
        name="migrate", done="The database is up to date", argv=_manage("migrate", "--noinput", "-v0")
    )
    collect = Step(
        name="static",
        done="Static files are in place",
        argv=_manage("collectstatic", "--noinput", "-v0"),
        stamp=data_dir.run / "static.stamp",
        mark=_fingerprint(ROOT / "static", ROOT / "requirements.txt"),
        makes=data_dir.path / "static" / "staticfiles.json",
        # Outside production the settings use hashed names only once there are some.
        env={"ENVIRONMENT": "production"},
    )
    seed = Step(
        name="demo",
        done="The demo account is there",
        argv=_manage("seed_demo"),
        stamp=data_dir.run / "demo.stamp",
        mark=hashlib.sha256(env.get("DATABASE_URL", "").encode()).hexdigest(),
        makes=data_dir.path / "demo.json",
    )
    return [[migrate, collect], [seed]] if demo else [[migrate, collect]]


def _fingerprint(*tops: Path) -> str:
    """Changes with every file that is added, removed or saved below `tops`."""
    digest = hashlib.sha256()
    for top in tops:
        for path in sorted(path for path in (top, *top.rglob("*")) if path.is_file()):
            state = path.stat()
            digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _children(*, data_dir: DataDir, address: Address, env: dict[str, str], demo: bool) -> list[Child]:
    celery = [PYTHON, "-m", "celery", "-A", "config", "--quiet"]
    commands = {
        "web": _manage("serve", "--host", address.host, "--port", str(address.port), "--two"),
        # There is no second worker to look for, so it is ready a second earlier.
        "worker": [*celery, "worker", "--loglevel", "INFO", "--without-mingle", "--without-gossip"]
        # Threads: most of the work is waiting for the database and for other people's servers.
        + ["--pool", "threads", "--concurrency", env.get("WORKERS") or "8"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(data_dir.run / "beat-schedule")],
        "relay": _manage("relay"),
    }
    if demo:
        commands["shop"] = _manage("demo_shop", "--port", str(address.port + 1))
    return [
        Child(name=name, argv=argv, env=env, cwd=ROOT, pids=data_dir.pids) for name, argv in commands.items()
    ]
