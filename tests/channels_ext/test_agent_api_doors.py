"""Who is let in, and that nobody can tell why they were not."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, Account, AgentBot, PlatformApp
from config.database import account_scope, platform_scope
from tests import factories
from tests.factories import Cast

ROUTES = [
    ("get", "/conversations"),
    ("get", "/conversations/meta"),
    ("get", "/conversations/1"),
    ("get", "/conversations/1/messages"),
    ("post", "/conversations/1/messages"),
    ("post", "/conversations/1/toggle_status"),
    ("post", "/conversations/1/assignments"),
    ("post", "/conversations/1/update_last_seen"),
]


def ask(method: str, account_id: Any, path: str, token: str | None, **extra: Any) -> Any:
    headers = {} if token is None else {"api_access_token": token}
    client = Client(raise_request_exception=False)
    return client.generic(
        method.upper(),
        f"/api/v1/accounts/{account_id}{path}",
        b'{"content": "Hi", "status": "resolved", "assignee_id": null}' if method == "post" else b"",
        content_type="application/json",
        headers=headers,
        **extra,
    )


def expired(cast: Cast) -> str:
    token = AccessToken.issue(user=cast.bob.user)
    AccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    return token.token


def inactive(cast: Cast) -> str:
    user = factories.make_user("Ivan", is_active=False)
    factories.make_member(cast.account, user)
    return factories.token_of(user)


def removed(cast: Cast) -> str:
    member = factories.make_member(cast.account, factories.make_user("Rita"))
    with account_scope(cast.account.pk):
        member.delete()
    return factories.token_of(member.user)


def bot_of(account: Account) -> str:
    with account_scope(account.pk):
        return AccessToken.issue(agent_bot=AgentBot.objects.create(account=account, name="Bot")).token


REASONS: dict[str, Callable[[Cast], tuple[Any, str]]] = {
    "a token nobody has": lambda cast: (cast.account.pk, "x" * 24),
    "a member of another account": lambda cast: (cast.account.pk, factories.token_of(cast.charlie.user)),
    "an administrator of another account": lambda cast: (cast.account.pk, factories.token_of(cast.dora.user)),
    "an account that is not there": lambda cast: (999_999_999, factories.token_of(cast.bob.user)),
    "a token that is over": lambda cast: (cast.account.pk, expired(cast)),
    "somebody inactive": lambda cast: (cast.account.pk, inactive(cast)),
    "somebody removed": lambda cast: (cast.account.pk, removed(cast)),
    "a bot of another account": lambda cast: (cast.account.pk, bot_of(cast.other)),
    "a platform app": lambda cast: (
        cast.account.pk,
        AccessToken.issue(platform_app=PlatformApp.objects.create(name="App")).token,
    ),
    "a digest instead of a token": lambda cast: (
        cast.account.pk,
        AccessToken.issue(user=cast.bob.user).token_digest,
    ),
    "not even ASCII": lambda cast: (cast.account.pk, "tök\xff"),
    "a token in capitals": lambda cast: (cast.account.pk, factories.token_of(cast.bob.user).swapcase()),
}


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_reads_the_same(cast: Cast, reason: str, stored: Callable[[], Any]) -> None:
    factories.hear(cast.vera)
    account_id, token = REASONS[reason](cast)
    before = stored()

    for method, path in ROUTES:
        response = ask(method, account_id, path, token)
        assert response.status_code == 401
        assert response.content == (
            b'{"code":"unauthorized","error":"Invalid Access Token","message":"Invalid Access Token"}'
        )
        assert response["Content-Type"] == "application/json"
    assert stored() == before


def test_an_own_bot_is_refused_alike_where_the_contract_does_not_let_it_in(
    cast: Cast, stored: Callable[[], Any]
) -> None:
    factories.hear(cast.vera)
    token = bot_of(cast.account)
    before = stored()
    for method, path in [*ROUTES[:4], ROUTES[-1]]:
        response = ask(method, cast.account.pk, path, token)
        assert response.status_code == 401, path
        assert response.json()["error"] == "Invalid Access Token"
    assert stored() == before


def test_a_suspended_account_refuses_its_own_people_alike(cast: Cast) -> None:
    token = factories.token_of(cast.alice.user)
    assert ask("get", cast.account.pk, "/conversations", token).status_code == 200
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)

    response = ask("get", cast.account.pk, "/conversations", token)

    assert response.status_code == 401
    assert response.json()["error"] == "Invalid Access Token"


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_the_errors_are_a_list(cast: Cast, token: str | None) -> None:
    known, unknown = (ask("get", pk, "/conversations", token) for pk in (cast.account.pk, 999_999_999))

    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content
    assert known.json() == {
        "code": "unauthorized",
        "errors": ["You need to sign in or sign up before continuing."],
    }


def test_a_session_of_the_dashboard_is_no_token(cast: Cast, signed_in: Any) -> None:
    response = signed_in(cast.bob).get(f"/api/v1/accounts/{cast.account.pk}/conversations")

    assert response.status_code == 401


def test_a_token_is_not_taken_from_the_address(cast: Cast) -> None:
    token = factories.token_of(cast.bob.user)

    response = ask("get", cast.account.pk, f"/conversations?api_access_token={token}", None)

    assert response.status_code == 401


@pytest.mark.parametrize("account", ["0", "-1", "x", "9" * 40, "1%2F2", "%00"])
def test_an_account_that_is_no_number_is_404(cast: Cast, account: str) -> None:
    response = ask("get", account, "/conversations", factories.token_of(cast.bob.user))

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_first_refusal_does_not_depend_on_the_body(cast: Cast) -> None:
    client = Client(raise_request_exception=False)
    response = client.post(
        f"/api/v1/accounts/{cast.account.pk}/conversations/1/messages",
        b"{",
        content_type="application/json",
        headers={"api_access_token": "x"},
    )

    assert response.status_code == 401


def test_a_token_is_limited_and_told_when_to_come_again(cast: Cast, rates: Callable[..., None]) -> None:
    rates(token="2/min")
    token = factories.token_of(cast.bob.user)

    answers = [ask("get", cast.account.pk, "/conversations/meta", token) for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [("text/plain", b'{"content":"a"}', 415), ("application/json", b"{", 400), ("", b"{}", 415)],
)
def test_a_body_in_a_language_we_do_not_speak(
    cast: Cast, kind: str, body: bytes, status: int, stored: Callable[[], Any]
) -> None:
    number = factories.hear(cast.vera)["conversation_id"]
    token = factories.token_of(cast.bob.user)
    before = stored()

    response = Client(raise_request_exception=False).generic(
        "POST",
        f"/api/v1/accounts/{cast.account.pk}/conversations/{number}/messages",
        body,
        content_type=kind,
        headers={"api_access_token": token},
    )

    assert response.status_code == status
    assert set(response.json()) >= {"code", "error", "message"}
    assert stored() == before
