"""Whether a container says truthfully that it is alive."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from config import alive, probe


@pytest.mark.parametrize(("part", "silence"), [("relay", 20), ("worker", 30), ("beat", 600)])
def test_a_part_lives_while_its_last_sign_is_fresh(
    part: str, silence: int, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    assert not probe.signed_lately(part=part, data_dir=tmp_path)
    if part == "beat":
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "beat-schedule").touch()
    else:
        alive.sign(part)
    assert probe.signed_lately(part=part, data_dir=tmp_path)
    (file,) = (tmp_path / "run").iterdir()
    os.utime(file, (time.time() - silence - 1, time.time() - silence - 1))
    assert not probe.signed_lately(part=part, data_dir=tmp_path)


def test_a_full_disk_stops_nobody_from_working(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").touch()  # no directory can be made here
    alive.sign("relay")
    assert not probe.signed_lately(part="relay", data_dir=tmp_path)


def test_nobody_listens(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("PORT", "1")
    assert probe.main(["web"]) == 1
    assert capsys.readouterr().out == "web: silent\n"
    assert probe.main(["something"]) == 2


def test_a_server_that_answers_is_asked_by_the_name_that_people_use(
    live_server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PORT", live_server.url.rpartition(":")[2])
    monkeypatch.setenv("PUBLIC_URL", "http://localhost")
    assert probe.main(["web"]) == 0
    monkeypatch.setenv("PUBLIC_URL", "http://foreign.example")
    assert probe.main(["web"]) == 1  # 400: not one of ALLOWED_HOSTS
