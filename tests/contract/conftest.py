"""The two worlds, made once for a file of tests: every test takes back what it writes. And the table, when it is
asked for: CONTRACT_TABLE=1 make test ARGS="tests/contract -q"."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from tests import factories
from tests.contract.world import ACTORS, World, foreign_world


@pytest.fixture(scope="module")
def _worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[World, World]]:
    """Committed, so that each test's own transaction begins with them; gone after the last."""
    with django_db_blocker.unblock():
        own = World(factories.make_cast())
        other = foreign_world(own.cast)
        other.fill()
        own.fill()  # afterwards: dora's token is the newest one
    yield own, other
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def world(_worlds: tuple[World, World], db: None) -> World:
    return _worlds[0]


@pytest.fixture
def foreign(_worlds: tuple[World, World], db: None) -> World:
    return _worlds[1]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if "CONTRACT_TABLE" not in os.environ:
        return
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    rows = sorted(value for one in reports for name, value in one.user_properties if name == "contract")
    if rows:
        terminalreporter.section("operation × actor × status")
        terminalreporter.line(" ".join(f"{name:>13}" for name in ACTORS.values()))
    for _number, statuses, operation in rows:
        terminalreporter.line(" ".join(f"{status:>13}" for status in statuses) + f"  {operation}")
