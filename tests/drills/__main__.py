"""`make drill`: the crash drill, and its broken twins, which must fail it.

python -m tests.drills                      the drill and both twins
python -m tests.drills --short              a small drill, no twins
python -m tests.drills --twin outbox-off    only this twin
python -m tests.drills --seed 7             the same messages, kills and moods again
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.drills import drill, report
from tests.drills.calls import Unexpected
from tests.drills.installation import SETTINGS, Broken
from tests.drills.sizes import FULL, SHORT
from tests.drills.twins import TWINS, Twin


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    failed = []
    if options.twin is None:
        size = SHORT if options.short else FULL
        if not _drill(title="the drill", size=size, seed=seed, keep=options.keep):
            failed.append("the drill")
    names = (
        [] if options.short or options.no_twins else list(TWINS) if options.twin is None else [options.twin]
    )
    for name in names:
        if not _drill(title=f"twin {name}", twin=TWINS[name], seed=seed, keep=options.keep):
            failed.append(f"twin {name}")
    print(f"\nFAIL: {', '.join(failed)} (seed {seed})" if failed else f"\nPASS (seed {seed})")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.drills", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, help="replays a drill")
    parser.add_argument("--short", action="store_true", help="a minute instead of seven")
    parser.add_argument("--no-twins", action="store_true", help="only the drill")
    parser.add_argument("--twin", choices=sorted(TWINS), help="only this broken twin")
    parser.add_argument(
        "--keep", action="store_true", help="keep ledger, logs and data even when all is well"
    )
    return parser


def _drill(*, title: str, seed: int, keep: bool, size: drill.Size = FULL, twin: Twin | None = None) -> bool:
    """Whether it went as it has to: the drill passes, a twin fails where it must."""
    folder, began = Path(tempfile.mkdtemp(prefix="parley-drill-")), time.monotonic()
    if os.geteuid() == 0:
        folder.chmod(0o711)  # PostgreSQL's user has to pass through
    print(f"\n== {title}, seed {seed}, everything in {folder}", flush=True)

    def say(text: str) -> None:
        print(f"  {time.monotonic() - began:6.1f} s  {text}", flush=True)

    settings = SETTINGS if twin is None else twin.settings
    try:
        outcome = drill.run(
            size=size if twin is None else twin.size, seed=seed, folder=folder, say=say, settings=settings
        )
    except (Broken, Unexpected) as problem:
        print(f"  the drill could not take place: {problem}")
        return False
    print(report.table(outcome), flush=True)
    objections = [] if twin is None else twin.objections(outcome.breaches)
    for objection in objections:
        print(f"  {objection}")
    if twin is not None and not objections:
        print("  The twin failed where its fault lies and nowhere else, as it must.")
    well = outcome.passed if twin is None else not objections
    if well and not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
