"""Every route × method × actor, against the table; and what is foreign against what never existed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.admin_site import ParleyAdminSite
from accounts.models import Membership
from accounts.tenant_admin import TenantAdmin
from config.database import account_scope
from tests import factories
from tests.architecture import crawl, route_table
from tests.architecture.crawl import ACTORS, METHODS, MISSING, Stage
from tests.factories import Cast

# Thousands of requests: on a machine that others share, two minutes are not enough.
pytestmark = pytest.mark.timeout(600)

REFUSED = {302, 401, 403, 404, 405}


def label(route: str) -> str:
    """As the table writes it: "/accounts/confirm-email/<key>/"."""
    named = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", route)
    return "/" + named.replace("^", "").replace("$", "")


def _table() -> dict[tuple[str, str], list[int]]:
    rows = (line.split() for line in route_table.TABLE.strip().splitlines() if not line.startswith("#"))
    return {(route, method): [int(status) for status in statuses] for method, *statuses, route in rows}


TABLE = _table()
ROUTES = [route for route in crawl.routes() if route not in crawl.admin_routes()]
OF_ACCOUNTS = [route for route in ROUTES if ":account_id>" in route]


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return crawl.set_the_stage(cast)


def test_the_table_and_the_site_name_the_same_routes() -> None:
    tabled, there = {route for route, _method in TABLE}, {label(route) for route in ROUTES}
    assert there - tabled == set(), "not in route_table.py: write down who may"
    assert tabled - there == set(), "in route_table.py, and gone"


def test_every_route_answers_as_the_table_says(stage: Stage) -> None:
    wrong = {}
    for route in ROUTES:
        for method in METHODS:
            name = label(route)
            found = [stage.ask(actor, route, method).status_code for actor in ACTORS]
            if found != _expected(name, method, found):
                wrong[name, method] = dict(zip(ACTORS, found, strict=True))
    assert wrong == {}, "other than route_table.py has it"


def _expected(name: str, method: str, found: list[int]) -> list[int] | None:
    """None: not listed, and not refused to everybody."""
    if (name, method) in TABLE:
        return TABLE[name, method]
    third_party = name.startswith(route_table.GET_AND_POST) and method not in {"GET", "POST"}
    if third_party or name in route_table.REDIRECTS:
        return found
    is_refused = set(found) <= REFUSED and found[3] in {405, 404, 403}
    return found if is_refused else None


def expected_in_admin(one: Any, page: str, request: Any) -> list[int]:
    """By the rule of the admin: operators see what exists, administrators what is a TenantAdmin's."""
    own = isinstance(one, TenantAdmin)
    may = {
        "changelist": 200,
        "add": 200 if one.has_add_permission(request) else 403,
        "delete": 302 if one.has_delete_permission(request) else 403,
        "autocomplete": 302,  # no page of its own any more: the pattern takes it for an object
    }
    operator = may.get(page, 302)
    alice = (operator if own else 403) if page not in {"redirect", "autocomplete"} else 302
    if own and page == "add" and one.model._meta.label == "accounts.Account":
        alice = 403
    return [302, 403, 403, alice, operator]


def test_every_page_of_every_model_in_the_admin(stage: Stage) -> None:
    assert isinstance(next(iter(crawl.admin_routes().values()))[0].admin_site, ParleyAdminSite)
    wrong = {}
    request = stage.ask("operator", "admin/").wsgi_request
    for route, (one, page) in crawl.admin_routes().items():
        found = [stage.ask(actor, route).status_code for actor in ACTORS]
        expected = expected_in_admin(one, page, request)
        if found != expected:
            wrong[route] = (found, expected)
    assert wrong == {}


def test_every_route_of_the_admin_is_one_of_these() -> None:
    known = {label(route) for route in crawl.admin_routes()} | {route for route, _method in TABLE}
    assert {label(route) for route in crawl.routes()} - known == set()


# --- foreign and missing --------------------------------------------------------------------------------------
_BEFORE = {
    "account_id": "accounts",
    "inbox_id": "inbox",
    "team_id": "team",
    "display_id": "conversations",
    "contact_id": "contacts",
    "message_id": "messages",
    "note_id": "notes",
}
# Parameters of the API's routes that name a row of the account.
_CHILDREN = [*(name for name in _BEFORE if name != "account_id"), *crawl.settings_parameters()]


def said(answer: Any, name: str, number: int) -> tuple[Any, ...]:
    """All that an answer says, but for the request's number, the form's token, and the id that was asked for in
    the address that it leads to. A page itself does not name it."""
    volatile = {"X-Request-Id", "Set-Cookie", "Date", "Content-Length", "X-RateLimit-Reset"}
    headers = {name: value for name, value in answer.headers.items() if name not in volatile}
    before = _BEFORE.get(name, name)
    headers["Location"] = headers.get("Location", "").replace(f"{before}/{number}", f"{before}/N")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = re.sub(r"csrf[\w-]*\"?[ :=]+(value=)?\"\w+\"", "", body.decode(errors="replace"))
    return answer.status_code, headers, sorted(answer.cookies), text


def test_a_foreign_account_answers_to_the_byte_like_one_that_never_existed(stage: Stage) -> None:
    foreign = stage.cast.account.pk
    for route in OF_ACCOUNTS:
        for actor in ("anonymous", "charlie", "operator"):
            for method in METHODS:
                pair = [
                    said(stage.ask(actor, route, method, account_id=number), "account_id", number)
                    for number in (foreign, MISSING)
                ]
                assert pair[0] == pair[1], (route, actor, method)
                assert pair[0][0] in {302, 401, 404, 405}, (route, actor, method)


@pytest.mark.parametrize("name", _CHILDREN)
def test_a_foreign_child_under_the_own_account_is_as_missing_as_an_unknown_one(
    stage: Stage, name: str
) -> None:
    cast = stage.cast
    for _ in range(4):  # so that the other account has display ids that this one has not
        foreign_talk = factories.make_conversation(cast.other_inbox)
    foreign = {
        **crawl.settings_of(cast.other, cast.charlie, cast.other_inbox),
        "inbox_id": cast.other_inbox.pk,
        "team_id": factories.make_team(cast.other, "foreign").pk,
        "display_id": foreign_talk.display_id,
        "contact_id": foreign_talk.contact_id,
        "message_id": foreign_talk.last_message_id or 0,
        "note_id": factories.make_note(foreign_talk.contact).pk,
    }[name]
    for route in (route for route in OF_ACCOUNTS if f":{name}>" in route):
        for actor in ("alice", "bob"):
            for method in METHODS:
                pair = [
                    said(stage.ask(actor, route, method, **{name: number}), name, number)
                    for number in (foreign, MISSING)
                ]
                assert pair[0] == pair[1], (route, actor, method)
                # 302 and 422: what was typed is wrong already, before anything is looked for; so is an agent's
                # lack of the right.
                refused = {302, 404, 405, 422} | ({401} if actor == "bob" else set())
                assert pair[0][0] in refused, (route, actor, method, pair[0][0])


def test_what_the_agent_may_not_see_in_the_own_account_is_missing_too(stage: Stage) -> None:
    """Nobody put bob into the inbox: its conversation answers him like one that never existed."""
    cast = stage.cast
    hidden = factories.make_conversation(factories.make_inbox(cast.account, "Hidden"))
    for route in (route for route in OF_ACCOUNTS if ":display_id>" in route):
        for method in METHODS:
            pair = [
                said(stage.ask("bob", route, method, display_id=number), "display_id", number)
                for number in (hidden.display_id, MISSING)
            ]
            assert pair[0] == pair[1], (route, method)
    assert stage.ask("alice", _conversation(), display_id=hidden.display_id).status_code == 200


def _conversation() -> str:
    return "api/v1/accounts/<id:account_id>/conversations/<id:display_id>"


def test_a_member_who_was_removed_is_a_stranger_at_the_next_request(stage: Stage) -> None:
    cast = stage.cast
    route = _conversation()
    assert stage.ask("bob", route).status_code == 200
    with account_scope(cast.account.pk):
        Membership.objects.filter(pk=cast.bob.pk).delete()
    assert stage.ask("bob", route).status_code == 401
    assert stage.ask("bob", "app/accounts/<id:account_id>/dashboard").status_code == 404


@pytest.mark.parametrize(
    "header",
    ["Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Email", "X-Forwarded-Email", "X-SSL-Client-S-DN"],
)
def test_a_header_that_claims_a_user_is_worth_nothing(stage: Stage, header: str) -> None:
    client = stage.client("anonymous", by_token=False)
    answer = client.get("/app/", headers={header: stage.cast.alice.user.email})
    assert answer.headers["Location"].startswith("/app/login")
