"""`make bench`: measures what the issue promises, side by side in one run; `make bench ARGS="plans create"` a part.

Ratios come from interleaved rounds, so that whatever else the machine does hits both sides. Absolute times mean
something on a quiet machine only: the load average stands beside them. Ends with 1 when a floor was missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.module_loading import import_string

from tests.bench.figures import Figure, machine, table
from tests.bench.ground import ground

# By name, because they import models, and those need the services that `ground` starts.
PARTS = {
    "plans": "tests.bench.plans.measure",
    "growth": "tests.bench.growth.measure",
    "create": "tests.bench.create.measure",
    "list": "tests.bench.lists.measure",
    "filter": "tests.bench.filtering.measure",
    "search": "tests.bench.search.measure",
    "live": "tests.bench.live.measure",
    "idle": "tests.bench.idle.measure",
    "slow": "tests.bench.slow.measure",
}


@dataclass(frozen=True)
class Effort:
    rounds: int
    seconds: float


def main() -> int:
    options = _parser().parse_args()
    effort = Effort(rounds=options.rounds, seconds=options.seconds)
    with _folder(options.keep) as folder, ground(folder=folder, conversations=options.conversations) as here:
        print(machine(), flush=True)
        figures: list[Figure] = []
        for name in options.parts or PARTS:
            found = import_string(PARTS[name])(here, effort)
            figures += found
            print(f"\n{name}: {machine()}\n{table(found)}", flush=True)
    print(f"\n{table(figures)}")
    return 1 if any(figure.state == "MISSED" for figure in figures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all of them without any")
    parser.add_argument("--conversations", type=int, default=500_000, help="in the large account")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load per round and side")
    parser.add_argument("--keep", type=Path, help="keep the database here, and find it again")
    return parser


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        keep.chmod(0o711)  # PostgreSQL's user has to pass through
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="parley-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
