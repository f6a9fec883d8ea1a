"""Signed identities of the public API: they join the sessions of one person, and open nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.channels_ext.integrator import Integrator, set_channel
from tests.factories import Cast

BAD_HASH = {
    "status": 401,
    "code": "invalid_identity",
    "error": "HMAC failed: Invalid Identifier Hash Provided",
    "message": "HMAC failed: Invalid Identifier Hash Provided",
}


def test_a_signed_identity_joins_the_sessions_of_a_person(cast: Cast) -> None:
    phone = Integrator(cast.api_inbox).arrive(source_id="phone", identifier="customer-7")
    tablet = Integrator(cast.api_inbox).arrive(source_id="tablet", identifier="customer-7")
    number = phone.converse()
    phone.write(number, "Hello from the phone")
    signed = {"identifier": "customer-7", "identifier_hash": phone.hash_of("customer-7")}

    assert phone.send("", signed, method="patch").status_code == 200
    assert tablet.read("/conversations").json() == []
    assert tablet.read("", **signed).status_code == 200

    assert [one["id"] for one in tablet.read("/conversations").json()] == [number]
    assert tablet.write(number, "Hello from the tablet").status_code == 200


@pytest.mark.parametrize("mandatory", [False, True])
@pytest.mark.parametrize(
    "flaw", ["wrong", "of another inbox", "upper case", "newline", "no identifier", "empty"]
)
def test_a_wrong_signature_is_refused_and_changes_nothing(
    cast: Cast, flaw: str, mandatory: bool, stored: Callable[[], Any]
) -> None:
    program = Integrator(cast.api_inbox).arrive(source_id="phone", identifier="customer-7")
    second = Integrator(factories.make_inbox(cast.account, "Second API", "api"))
    set_channel(cast.api_inbox, hmac_mandatory=mandatory)
    good = program.hash_of("customer-7")
    given = {"identifier": "customer-7", "name": "Mallory", "identifier_hash": "0" * 64}
    if flaw == "of another inbox":
        given["identifier_hash"] = second.hash_of("customer-7")
    elif flaw == "upper case":
        given["identifier_hash"] = good.upper()
    elif flaw == "newline":
        given["identifier_hash"] = good + "\n"
    elif flaw == "no identifier":
        given.pop("identifier")
        given["identifier_hash"] = program.hash_of("")
    elif flaw == "empty":
        given["identifier"] = ""
        given["identifier_hash"] = program.hash_of("")
    before = stored()

    answers = [
        program.send("", given, method="patch"),
        program.post(f"{program.inbox}/contacts", given, content_type="application/json"),
        program.read("", **given),
    ]

    assert [(one.status_code, one.json()) for one in answers] == [(401, BAD_HASH)] * 3
    assert stored() == before


def test_where_identity_is_demanded_nobody_comes_in_without(cast: Cast, stored: Callable[[], Any]) -> None:
    program = Integrator(cast.api_inbox).arrive(source_id="phone", identifier="customer-7")
    set_channel(cast.api_inbox, hmac_mandatory=True)
    before = stored()

    answers = [
        program.send("", {"name": "Mallory"}, method="patch"),
        program.read(""),
        Integrator(cast.api_inbox).send("/contacts", {"name": "Mallory"}),
        Integrator(cast.api_inbox).send("/contacts", {"identifier": "customer-7"}),
    ]

    assert [(one.status_code, one.json()) for one in answers] == [(401, BAD_HASH)] * 4
    assert stored() == before
    good = {"identifier": "customer-7", "identifier_hash": program.hash_of("customer-7")}
    assert program.read("", **good).status_code == 200


def test_a_signature_of_ones_own_opens_nobody_elses_sessions(cast: Cast, stored: Callable[[], Any]) -> None:
    victim = Integrator(cast.api_inbox).arrive(source_id="v", identifier="victim", email="v@home.test")
    victim.send("", {"identifier": "victim", "identifier_hash": victim.hash_of("victim")}, method="patch")
    victim.write(victim.converse(), "My secret")
    # A session with the victim's address, and a signature that is good, but for somebody else.
    mallory = Integrator(cast.api_inbox).arrive(source_id="m", email="v@home.test")
    signed = {"identifier": "mallory", "identifier_hash": mallory.hash_of("mallory")}
    before = stored()

    for answer in (mallory.send("", signed, method="patch"), mallory.read("", **signed)):
        assert (answer.status_code, answer.json()) == (401, BAD_HASH)
    assert stored() == before
    assert mallory.read("/conversations").json() == []
