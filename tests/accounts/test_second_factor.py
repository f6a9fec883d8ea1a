from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import connection
from django.test import Client

from tests.accounts.test_signin import is_signed_in, sign_in
from tests.factories import PASSWORD, Cast

CHALLENGE = "/accounts/2fa/authenticate/"


def code_of(secret: str, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


@pytest.fixture
def secret(cast: Cast) -> str:
    """Bob's, enrolled."""
    value = str(generate_totp_secret())
    TOTP.activate(cast.bob.user, value)
    return value


def test_secrets_rest_encrypted(cast: Cast, secret: str) -> None:
    codes = RecoveryCodes.activate(cast.bob.user)
    seed = codes._get_seed() if hasattr(codes, "_get_seed") else ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, data::text FROM mfa_authenticator ORDER BY type")
        rows = dict(cursor.fetchall())
    assert set(rows) == {"recovery_codes", "totp"}
    assert secret not in rows["totp"] and "gAAAA" in rows["totp"]
    assert "gAAAA" in rows["recovery_codes"]
    for plain in [*codes.get_unused_codes(), seed]:
        assert not plain or plain not in rows["recovery_codes"]


def test_a_password_alone_does_not_sign_in_and_the_session_is_new_after_the_code(
    cast: Cast, client: Client, secret: str
) -> None:
    answer = sign_in(client, cast.bob.user.email)
    assert answer.headers["Location"].startswith(CHALLENGE)
    assert not is_signed_in(client)
    assert client.get("/app/").headers["Location"].startswith("/app/login")
    before = client.session.session_key
    assert client.post(CHALLENGE, {"code": code_of(secret)}).status_code == 302
    assert is_signed_in(client)
    assert client.session.session_key != before


def test_a_code_is_good_once_even_within_its_half_minute(cast: Cast, secret: str) -> None:
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser, cast.bob.user.email)
    code = code_of(secret)
    first.post(CHALLENGE, {"code": code})
    second.post(CHALLENGE, {"code": code})
    assert is_signed_in(first) and not is_signed_in(second)


def test_guessing_ends_in_429_and_voids_the_challenge(cast: Cast, client: Client, secret: str) -> None:
    sign_in(client, cast.bob.user.email)
    wrong = [client.post(CHALLENGE, {"code": "000000"}).status_code for _ in range(6)]
    assert wrong == [200] * 5 + [429]
    answer = client.post(CHALLENGE, {"code": code_of(secret)})
    assert answer.status_code == 302 and "/login" in answer.headers["Location"]
    assert not is_signed_in(client)

    # A new challenge does not start a new count.
    sign_in(client, cast.bob.user.email)
    assert client.post(CHALLENGE, {"code": code_of(secret)}).status_code == 429


@pytest.mark.parametrize("code", ["\x00", "9" * 100_000, "", "١٢٣٤٥٦", "-1"])
def test_a_silly_code_is_wrong_and_no_error(cast: Cast, client: Client, secret: str, code: str) -> None:
    sign_in(client, cast.bob.user.email)
    assert client.post(CHALLENGE, {"code": code}).status_code == 200
    assert not is_signed_in(client)


def test_a_recovery_code_is_good_once(cast: Cast, secret: str) -> None:
    code = RecoveryCodes.activate(cast.bob.user).get_unused_codes()[0]
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser, cast.bob.user.email)
        browser.post(CHALLENGE, {"code": code})
    assert is_signed_in(first) and not is_signed_in(second)


def test_enrolling_ends_the_sessions_that_were_opened_without_it(
    committed_cast: Cast, client: Client
) -> None:
    cast, elsewhere = committed_cast, Client()
    for browser in (client, elsewhere):
        sign_in(browser, cast.bob.user.email)
    page = client.get("/accounts/2fa/totp/activate/", follow=True)
    if page.redirect_chain:
        client.post(page.redirect_chain[-1][0], {"password": PASSWORD})
        client.get("/accounts/2fa/totp/activate/")
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(client.session["mfa.totp.secret"])})

    assert answer.status_code == 302
    assert Authenticator.objects.filter(user=cast.bob.user, type="totp").exists()
    assert client.get("/app/").headers["Location"].startswith("/app/accounts/")
    assert elsewhere.get("/app/").headers["Location"].startswith("/app/login")


def test_switching_it_off_takes_more_than_a_session(
    cast: Cast, client: Client, secret: str, monkeypatch: Any
) -> None:
    sign_in(client, cast.bob.user.email)
    client.post(CHALLENGE, {"code": code_of(secret)})
    session = client.session
    session["account_authentication_methods"] = [
        {**method, "at": method["at"] - 3600} for method in session["account_authentication_methods"]
    ]
    session.save()
    answer = client.post("/accounts/2fa/totp/deactivate/")
    assert answer.status_code == 302 and "reauthenticate" in answer.headers["Location"]
    assert Authenticator.objects.filter(user=cast.bob.user).exists()
