"""Companies: kept by members, and found by name or domain with how many contacts each has."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from config.database import account_scope
from conversations.models import Company
from tests import factories
from tests.factories import Cast, count_queries


@pytest.fixture
def bob(cast: Cast, api: Any) -> Any:
    return api(cast.bob)


def made(client: Any, name: str, **fields: Any) -> dict[str, Any]:
    answer = client.send("/companies", {"company": {"name": name, **fields}})
    assert answer.status_code == 200, answer.content
    shape: dict[str, Any] = answer.json()["payload"]
    return shape


def names(client: Any, path: str = "/companies", **asked: Any) -> list[str]:
    answer = client.read(path, **asked)
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["payload"]]


def test_a_company_counts_those_whose_address_is_of_its_domain(cast: Cast, bob: Any) -> None:
    factories.make_session(cast.inbox, "Ann", email="ann@initech.test")
    factories.make_session(cast.inbox, "Ben", email="Ben@INITECH.test")
    factories.make_session(cast.inbox, "Eve", email="eve@not-initech.test")
    factories.make_session(cast.other_inbox, "Tom", email="tom@initech.test")

    shape = made(bob, "Initech", domain=" Initech.TEST ", description="Software")

    assert shape.pop("created_at").endswith("Z") and shape.pop("updated_at").endswith("Z")
    assert shape == {
        "id": shape["id"],
        "name": "Initech",
        "domain": "initech.test",
        "description": "Software",
        "contacts_count": 2,
        "account_id": cast.account.pk,
        "avatar_url": "",
    }
    assert made(bob, "Nameless")["contacts_count"] == 0


def test_companies_are_listed_sorted_and_searched(cast: Cast, api: Any, bob: Any) -> None:
    first = made(bob, "Zeta", domain="a.test")
    made(bob, "Ärzte", domain="z.test")
    made(bob, "Mid")

    assert names(bob, sort="name")[0] == "Mid"
    assert names(bob, sort="-domain") == ["Ärzte", "Zeta", "Mid"]
    assert names(bob, sort="password") == names(bob)
    assert names(bob, page=2) == []
    assert bob.read("/companies").json()["meta"] == {"total_count": 3, "page": 1}
    assert names(bob, "/companies/search", q="zeT") == ["Zeta"]
    assert names(bob, "/companies/search", q="z.test") == ["Ärzte"]
    assert names(bob, "/companies/search") == []
    assert names(bob, "/companies/search", q="%") == []
    assert bob.read("/companies", page="x").status_code == 422
    path = f"/companies/{first['id']}"
    assert bob.send(path, {"name": "Zeta 2", "domain": None}, "patch").json()["payload"]["domain"] is None
    assert api(cast.charlie).read(path).status_code == 404
    assert bob.delete(bob.base + path).status_code == 401
    assert bob.read(path).json()["payload"]["name"] == "Zeta 2"
    assert api(cast.alice).delete(bob.base + path).status_code == 200
    assert bob.read(path).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"domain": "no domain"},
        {"domain": "https://a.test"},
        {"domain": "localhost"},
        {"domain": "taken.test"},
        {"description": "x" * 1001},
    ],
)
def test_what_a_company_cannot_be_is_not_stored(cast: Cast, bob: Any, wrong: Any) -> None:
    made(bob, "First", domain="taken.test")

    answer = bob.send("/companies", {"name": "Second", **wrong})

    assert answer.status_code == 422, answer.content
    with account_scope(cast.account.pk):
        assert Company.objects.count() == 1


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(bob: Any) -> None:
    ask = partial(bob.read, "/companies")
    made(bob, "First", domain="first.test")
    ask()
    one = count_queries(ask)
    for number in range(4):
        made(bob, f"C{number}", domain=f"c{number}.test")
    assert count_queries(ask) == one
