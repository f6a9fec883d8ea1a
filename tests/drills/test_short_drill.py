"""The crash drill in a minute: one kill of each process and one flush, in the middle of traffic."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.drills import drill, report
from tests.drills.sizes import SHORT

# Other tests run beside this one on the same cores: here it counts that it recovers, in `make drill` how fast.
BESIDE_OTHERS = replace(SHORT, recovery=50.0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that PostgreSQL's user can pass through (pytest's own directories are closed to it)."""
    made = Path(tempfile.mkdtemp(prefix="parley-drill-"))
    if os.geteuid() == 0:
        made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.drill
@pytest.mark.slow
@pytest.mark.timeout(420)
def test_nothing_accepted_is_lost_doubled_or_out_of_order_while_everything_is_killed_once(
    folder: Path,
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"replay with: python -m tests.drills --short --seed {seed}")
    outcome = drill.run(size=BESIDE_OTHERS, seed=seed, folder=folder, say=print)
    print(report.table(outcome))
    assert {name: found for name, found in outcome.breaches.items() if found} == {}
    assert len(outcome.evidence.recoveries) == 6
