"""What clients use and the OpenAPI file does not have: called here, tested elsewhere, or not there yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contract.checks import called_by_everybody, expected, is_there
from tests.contract.further_operations import FURTHER
from tests.contract.operation import Operation
from tests.contract.operations import OPERATIONS
from tests.contract.world import ACTORS, World

FILE = Path(__file__).with_name("further_routes.txt")
REPOSITORY = Path(__file__).parents[2]
FIRST_ROW = 1000  # of the table, after those of the file


def listed() -> list[tuple[str, str, str]]:
    """Method, path, and the test that calls it: "-" for what is not there."""
    lines = (line.split() for line in FILE.read_text().splitlines() if line and not line.startswith("#"))
    return [(method, path, where) for method, path, where in lines]


@pytest.mark.parametrize("operation", FURTHER, ids=lambda one: f"{FURTHER.index(one):03} {one}")
def test_a_route_that_the_file_does_not_have_answers_as_well(
    operation: Operation, world: World, record_property: Any
) -> None:
    found = called_by_everybody(operation, world)
    row = (FIRST_ROW + FURTHER.index(operation), list(found.values()), str(operation))
    record_property("contract", row)
    assert found == expected(operation)


def test_every_route_is_called_once_or_tested_elsewhere_or_not_there(record_property: Any) -> None:
    called = {(one.method, one.full_path) for one in (*OPERATIONS, *FURTHER)}
    for number, (method, path, where) in enumerate(listed(), FIRST_ROW + len(FURTHER)):
        assert (method, path) not in called, f"{method} {path} is called here"
        if where != "-":
            assert (REPOSITORY / where).is_file() and is_there(method, path), (method, path, where)
        state = where if where != "-" else "there" if is_there(method, path) else "missing"
        record_property("contract", (number, [state, *[""] * (len(ACTORS) - 1)], f"{method} {path}"))
