"""A real supervisor over real services, with small stand-ins for the application's own processes.

    DATA_DIR=... PORT=... python -m tests.services.stand_in

Everything else is what `manage.py run` does. The worker has a child of its own, as a pool has, and says that
it is alive only while DATA_DIR/consume exists.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from config import supervisor
from config.embedded import keeper
from config.embedded.data_dir import DataDir
from config.embedded.plan import PYTHON, ROOT, Address, Plan, Step
from config.embedded.processes import Child

_SLEEP = ["sleep", "600"]


def plan(*, data_dir: DataDir, address: Address, env: dict[str, str]) -> Plan:
    def me(*arguments: str) -> list[str]:
        return [PYTHON, "-m", "tests.services.stand_in", *arguments]

    commands = {
        "web": [PYTHON, "-m", "http.server", str(address.port), "--bind", address.host],
        "worker": me("worker"),
        "beat": _SLEEP,
        "relay": _SLEEP,
        "shop": _SLEEP,
    }
    return Plan(
        data_dir=data_dir,
        address=address,
        environment=env,
        steps=[[Step(name="migrate", done="The database is up to date", argv=me("migrate"))]],
        children=[
            Child(name=name, argv=argv, env=env, cwd=ROOT, pids=data_dir.pids)
            for name, argv in commands.items()
        ],
        health="/LICENSE",
    )


def worker() -> None:
    """Two processes, like a worker and its pool."""
    home = Path(os.environ["DATA_DIR"])
    subprocess.Popen(_SLEEP)
    while True:
        if (home / "consume").exists():
            (home / "run" / "worker.alive").touch()
        time.sleep(0.1)


def main(arguments: list[str]) -> int:
    if arguments == []:
        keeper.SILENCE = float(os.environ.get("SILENCE", keeper.SILENCE))
        return supervisor.main(make=plan)
    if arguments == ["worker"]:
        worker()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
