"""/api/v1/profile/mfa (contract 5.2)."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail

from accounts.models import DeviceSession, User
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.accounts.test_session_auth import ask, conversations, headers_of, post, sign_in
from tests.factories import PASSWORD, Cast

MFA = "/api/v1/profile/mfa"


def enrolled(user: User) -> tuple[str, list[str]]:
    """The secret and the recovery codes; no code is used up yet."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret, list(RecoveryCodes.activate(user).get_unused_codes())


def test_bob_switches_it_on_and_his_other_sessions_end(committed_cast: Cast) -> None:
    cast = committed_cast
    phone, tablet = headers_of(sign_in(cast.bob.user)), headers_of(sign_in(cast.bob.user))
    off = {"feature_available": True, "enabled": False, "backup_codes_generated": False}
    assert ask(MFA, phone).json() == off
    begun = ask(MFA, phone, "post")
    assert set(begun.json()) == {"provisioning_url", "secret"}
    assert begun.json()["provisioning_url"].startswith("otpauth://totp/")
    assert begun.headers["Cache-Control"] == "no-store"
    assert ask(MFA, phone).json() == off  # nothing yet

    done = ask(f"{MFA}/verify", phone, "post", {"otp_code": code_of(begun.json()["secret"])})

    assert (done.status_code, done.json()["enabled"]) == (200, True)
    assert len(done.json()["backup_codes"]) == len(set(done.json()["backup_codes"])) == 10
    assert ask(MFA, phone).json() == {
        "feature_available": True,
        "enabled": True,
        "backup_codes_generated": True,
    }
    assert [conversations(cast, one) for one in (phone, tablet)] == [200, 401]
    assert sign_in(cast.bob.user).status_code == 206
    assert mail.outbox[-1].to == [cast.bob.user.email] if mail.outbox else True
    assert ask(MFA, phone, "post").status_code == 422  # on already


def test_the_code_that_switched_it_on_does_not_sign_in(cast: Cast) -> None:
    phone = headers_of(sign_in(cast.bob.user))
    secret = ask(MFA, phone, "post").json()["secret"]
    code = code_of(secret)
    ask(f"{MFA}/verify", phone, "post", {"otp_code": code})
    token = sign_in(cast.bob.user).json()["mfa_token"]
    assert post("sign_in", {"mfa_token": token, "otp_code": code}).status_code == 401


def test_an_api_token_needs_the_password_to_switch_it_on(cast: Cast) -> None:
    token = {"api_access_token": factories.token_of(cast.bob.user)}
    for body in (None, {"password": "wrong"}, {"password": {"$ne": 1}}):
        refused = ask(MFA, token, "post", body)
        assert (refused.status_code, refused.json()["code"]) == (422, "wrong_password")
        assert "secret" not in refused.json()
    assert ask(MFA, token, "post", {"password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("code", ["000000", "", None, [], {"a": 1}, "\x00", "9" * 10_000])
def test_a_wrong_code_switches_nothing_on(cast: Cast, code: Any) -> None:
    phone = headers_of(sign_in(cast.bob.user))
    assert ask(f"{MFA}/verify", phone, "post", {"otp_code": code}).json()["code"] == "nothing_pending"
    ask(MFA, phone, "post")
    assert ask(f"{MFA}/verify", phone, "post", {"otp_code": code}).status_code == 422
    assert not Authenticator.objects.exists()
    assert conversations(cast, phone) == 200


def test_new_recovery_codes_take_a_code_and_void_the_former(cast: Cast) -> None:
    phone = headers_of(sign_in(cast.bob.user))
    secret, former = enrolled(cast.bob.user)
    assert ask(f"{MFA}/backup_codes", phone, "post").status_code == 422
    assert ask(f"{MFA}/backup_codes", phone, "post", {"otp_code": "000000"}).status_code == 422

    answer = ask(f"{MFA}/backup_codes", phone, "post", {"otp_code": code_of(secret)})

    codes = answer.json()["backup_codes"]
    assert answer.status_code == 200 and not set(codes) & set(former)
    token = sign_in(cast.bob.user).json()["mfa_token"]
    assert post("sign_in", {"mfa_token": token, "backup_code": former[0]}).status_code == 401
    assert post("sign_in", {"mfa_token": token, "backup_code": codes[0]}).status_code == 200
    assert "codes" not in ask(MFA, phone).content.decode().replace("backup_codes_generated", "")


def test_switching_it_off_takes_password_and_code(cast: Cast) -> None:
    phone = headers_of(sign_in(cast.bob.user))
    secret, _codes = enrolled(cast.bob.user)
    for body in (
        {},
        {"password": PASSWORD},
        {"otp_code": code_of(secret)},
        {"password": "wrong", "otp_code": code_of(secret)},  # which does not use it up
        {"password": PASSWORD, "otp_code": "000000"},
    ):
        assert ask(MFA, phone, "delete", body).status_code == 422
        assert Authenticator.objects.filter(type="totp").count() == 1

    answer = ask(MFA, phone, "delete", {"password": PASSWORD, "otp_code": code_of(secret)})

    assert (answer.status_code, answer.json()["enabled"]) == (200, False)
    assert not Authenticator.objects.exists()
    assert conversations(cast, phone) == 200
    assert sign_in(cast.bob.user).status_code == 200


def test_guessing_here_and_at_sign_in_is_one_count(cast: Cast) -> None:
    phone = headers_of(sign_in(cast.bob.user))
    secret, _codes = enrolled(cast.bob.user)
    wrong = [ask(f"{MFA}/backup_codes", phone, "post", {"otp_code": "000000"}).status_code for _ in range(6)]
    assert wrong == [422] * 5 + [429]
    token = sign_in(cast.bob.user).json()["mfa_token"]
    assert post("sign_in", {"mfa_token": token, "otp_code": code_of(secret)}).status_code == 429
    assert DeviceSession.objects.count() == 1
