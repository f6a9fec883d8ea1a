"""The same SQL without Python: what one API call sends, recorded, and replayed by pgbench in one round trip."""

from __future__ import annotations

import glob
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import sql

from tests.bench.data import INBOX_OF, Crowd
from tests.bench.ground import Ground

CLIENTS = 8
_NAMED = re.compile(r"%\((\w+)\)s|%s")


@dataclass
class Script:
    """A transaction over random conversations. Texts are variables, so that pgbench need not quote them."""

    crowd: Crowd
    sample: int  # the conversation whose call was recorded
    lines: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, statement: str, params: Any) -> None:
        values = iter(params) if isinstance(params, list | tuple) else None

        def put(match: re.Match[str]) -> str:
            return self._value(params[match[1]] if match[1] else next(values or iter(())))

        self.lines.append(" ".join(_NAMED.sub(put, statement).split()) + ";")

    def _value(self, value: Any) -> str:
        if isinstance(value, str):
            name = f"t{len(self.texts)}"
            self.texts[name] = value
            return f":{name}"
        if value == self.sample:
            return ":n"
        if value == self.crowd.id_of(self.sample):
            return ":id"
        if value == self.crowd.id_of(inbox_of(self.sample)):
            return ":inbox"
        return sql.Literal(value).as_string(None)

    def forget(self, value: str) -> None:
        """Let a text be NULL: what would make every replay but the first one find what is there."""
        for name in [name for name, text in self.texts.items() if text == value]:
            del self.texts[name]
            self.lines = [re.sub(rf":{name}\b", "NULL", line) for line in self.lines]

    def text(self) -> str:
        head = [
            f"\\set n random(1, {self.crowd.conversations})",
            f"\\set id {self.crowd.base} + :n",
            f"\\set inbox {self.crowd.base} + {INBOX_OF.replace('n', ':n')}",
        ]
        return "\n".join([*head, "\\startpipeline", "BEGIN;", *self.lines, "COMMIT;", "\\endpipeline"]) + "\n"


def inbox_of(n: int) -> int:
    """The number of the inbox of the n-th conversation: data.INBOX_OF."""
    return 1 + ((n % 20) * (n % 20)) // 20


def find(folder: Path) -> str | None:
    """pgbench, from the system or unpacked from Debian's package; None where there is neither."""
    found = shutil.which("pgbench") or next(
        iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))), None
    )
    return found or _unpacked(folder)


def _unpacked(folder: Path) -> str | None:
    place = folder / "pgbench"
    place.mkdir(exist_ok=True)
    if shutil.which("apt-get") and not glob.glob(f"{place}/usr/lib/postgresql/*/bin/pgbench"):
        for package in ("postgresql-18", "postgresql-17", "postgresql-16", "postgresql-15"):
            got = subprocess.run(
                ["apt-get", "download", package], cwd=place, capture_output=True, check=False
            )
            if got.returncode == 0:
                subprocess.run(["apt-get", "download", "libpq5"], cwd=place, capture_output=True, check=False)
                break
        for package_file in place.glob("*.deb"):
            subprocess.run(
                ["dpkg", "-x", package_file.name, "."], cwd=place, capture_output=True, check=False
            )
    return next(iter(glob.glob(f"{place}/usr/lib/postgresql/*/bin/pgbench")), None)


def run(*, program: str, script: Path, texts: dict[str, str], ground: Ground, seconds: float) -> float:
    """Transactions per second of CLIENTS clients. Raises RuntimeError with pgbench's words."""
    argv = [program, "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2"]
    argv += [f"--time={max(1, round(seconds))}", f"--file={script}"]
    for name, value in texts.items():
        argv += ["-D", f"{name}={value}"]
    libraries = ":".join(glob.glob(f"{ground.folder}/pgbench/usr/lib/*-linux-gnu"))
    environment = ground.postgres_environment() | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    rate = re.search(r"tps = ([\d.]+) \(without", done.stdout)
    failed = re.search(r"number of failed transactions: ([1-9]\d*)", done.stdout)
    if done.returncode or rate is None or failed:
        raise RuntimeError(f"pgbench failed: {done.stdout[-500:]}{done.stderr[-1500:]}")
    return float(rate[1])
