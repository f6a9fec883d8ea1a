"""Every operation of the public OpenAPI file, called as its clients call it, as those who may not, and wrongly."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.contract import wrong
from tests.contract.checks import called_by_everybody, expected, is_there, missing_status, wrong_with
from tests.contract.operation import Operation
from tests.contract.operations import OPERATIONS
from tests.contract.stored import everything
from tests.contract.world import World

FILE = Path(__file__).with_name("openapi_operations.txt")
NOWHERE = 987_654_321
MAY_SAY = {200, 204, 400, 404, 413, 422}
NO_IDS = ("0", "-1", "9223372036854775808", "1e3", "%00", "x' OR 1=1--", "%EF%BC%91")


def of(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "operation", operations, ids=lambda one: f"{OPERATIONS.index(one):03} {one}"
    )


def test_the_table_has_every_operation_of_the_file() -> None:
    def plain(line: str) -> str:
        # One path stands there without its base: it is the same as with it (contract, section 6).
        return re.sub(r"\{\w+\}", "{}", line).replace("GET /accounts/", "GET /api/v1/accounts/")

    in_the_file = sorted(map(plain, FILE.read_text().splitlines()))
    assert sorted(plain(str(operation)) for operation in OPERATIONS) == in_the_file
    assert len(in_the_file) == 131


def test_every_operation_is_there() -> None:
    assert [str(one) for one in OPERATIONS if not is_there(one.method, one.full_path)] == []


@of(OPERATIONS)
def test_an_operation_answers_those_it_is_for_and_nobody_else(
    operation: Operation, world: World, record_property: Any
) -> None:
    found = called_by_everybody(operation, world)
    record_property("contract", (OPERATIONS.index(operation), list(found.values()), str(operation)))
    assert found == expected(operation)


@of(OPERATIONS)
def test_nothing_wrong_breaks_an_operation_or_is_half_stored(operation: Operation, world: World) -> None:
    before, who = everything(), operation.entitled
    for title, sent in wrong_calls(operation):
        with transaction.atomic():
            response = world.call(operation, who, **sent)
            transaction.set_rollback(
                response.status_code < 400
            )  # what was refused is to have written nothing
        said = (title, response.status_code, response.content[:300])
        assert wrong_with(response, operation, who) == [], said
        assert response.status_code in MAY_SAY | {missing_status(operation, "")}, said
        assert response.status_code >= 400 or not wrong.must_be_refused(title), said
    assert everything() == before, "one of the calls that were refused has written"


# GET has no body; the API of visitors has no secret: whoever knows the identifiers may call it.
@of([one for one in OPERATIONS if one.method != "GET" and one.door != "public"])
def test_who_may_not_is_refused_before_the_body_is_looked_at(operation: Operation, world: World) -> None:
    before = everything()
    for who, status in expected(operation).items():
        if status in (401, 404) and who != operation.entitled:
            # A member's right may hang on the object that the body names: that is looked at first.
            may_say = {status, 400, 422} if who == "bob" else {status}
            for title in ("no JSON", "1,000 deep", "NUL"):
                response = world.call(operation, who, body=wrong.NO_BODIES[title])
                assert response.status_code in may_say, (who, title, response.content[:300])
    assert everything() == before


@of(OPERATIONS)
def test_a_foreign_id_answers_to_the_byte_like_one_that_never_was(
    operation: Operation, world: World, foreign: World
) -> None:
    before = everything()
    for key, in_path in names_of_rows(operation):
        there, answers = foreign.get(key), []
        for value in (there, NOWHERE if isinstance(there, int) else "nowhere"):
            with transaction.atomic(), world.having(**{key: value}):
                response = world.call(operation, operation.entitled)
                transaction.set_rollback(response.status_code < 400)
            answers.append((response.status_code, response.content.replace(str(value).encode(), b"N")))
        assert answers[0] == answers[1], key
        assert not in_path or answers[0][0] == missing_status(operation, key), (key, answers[0])
    assert everything() == before


@of([one for one in OPERATIONS if one.rows and one.door != "page"])
def test_what_is_no_id_is_not_found(operation: Operation, world: World) -> None:
    before = everything()
    for value in NO_IDS:
        with world.having(**{operation.rows[-1]: value}):
            response = world.call(operation, operation.entitled)
        assert response.status_code in {404, missing_status(operation, operation.rows[-1])}, (
            value,
            response.content,
        )
    assert everything() == before


def names_of_rows(operation: Operation) -> list[tuple[str, bool]]:
    """The keys of paths (True) and bodies (False) that stand for ids."""
    in_path = [hole for hole in operation.holes if hole == "account" or hole in operation.rows]
    in_body = re.findall(r'"\$(\w+)"', json.dumps(operation.body))
    return [(key, True) for key in in_path] + [(key, False) for key in in_body if key != "unique"]


def wrong_calls(operation: Operation) -> list[tuple[str, dict[str, Any]]]:
    if operation.method == "GET":
        names = operation.asks.split()
        return [
            (f"{name} {value!r:.20}", {"query": {name: value}}) for name in names for value in wrong.QUERIES
        ]
    bodies = [*wrong.NO_BODIES.items(), *wrong.wrong_bodies(operation.body)]
    return [(title, {"body": body}) for title, body in bodies]
