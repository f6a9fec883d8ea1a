from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.data_dir import DataDir


@pytest.fixture(autouse=True)
def no_services_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The services these tests speak of are their own, whatever the others use."""
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT", "HOST", "DEMO"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that another user can pass through (pytest's own directories are closed to them)."""
    made = Path(tempfile.mkdtemp(prefix="parley-t-"))
    if os.geteuid() == 0:
        made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def data_dir(folder: Path) -> DataDir:
    return DataDir.open(folder / "var")
