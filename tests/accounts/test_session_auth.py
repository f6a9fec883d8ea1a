"""Sign-in of programs by /auth, in devise-token-auth's shapes (contract 2.1)."""

from __future__ import annotations

import base64
import json
import re
import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import sso
from accounts.actions.people import end_sessions
from accounts.actions.sessions import MOST_SESSIONS, drop_dead_sessions
from accounts.models import DeviceSession, User
from accounts.queries.door import Credential
from config.encryption import digest
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.factories import PASSWORD, Cast

FIVE = ("access-token", "token-type", "client", "expiry", "uid")
WRONG = {
    "success": False,
    "errors": ["Invalid login credentials. Please try again."],
    "code": "wrong_credentials",
}


def post(path: str, body: Any, **more: Any) -> Any:
    return Client(raise_request_exception=False).post(
        f"/auth/{path}", body, content_type="application/json", **more
    )


def sign_in(user: User, password: Any = PASSWORD, **more: Any) -> Any:
    return post("sign_in", {"email": user.email, "password": password}, **more)


def headers_of(answer: Any) -> dict[str, str]:
    return {name: answer.headers[name] for name in FIVE}


def ask(path: str, headers: dict[str, str], method: str = "get", body: Any = None) -> Any:
    client = Client(raise_request_exception=False)
    return getattr(client, method)(path, body, content_type="application/json", headers=headers)


def conversations(cast: Cast, headers: dict[str, str]) -> int:
    return int(ask(f"/api/v1/accounts/{cast.account.pk}/conversations", headers).status_code)


@pytest.fixture
def secret(cast: Cast) -> str:
    value = str(generate_totp_secret())
    TOTP.activate(cast.bob.user, value)
    return value


# --- in and out -------------------------------------------------------------------------------------


def test_bob_signs_in_and_the_five_headers_open_the_whole_api(cast: Cast) -> None:
    answer = post("sign_in", {"email": f" {cast.bob.user.email.upper()} ", "password": PASSWORD})

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert (data["id"], data["uid"], data["account_id"]) == (
        cast.bob.user_id,
        cast.bob.user.email,
        cast.account.pk,
    )
    shown = headers_of(answer)
    assert (shown["token-type"], shown["uid"]) == ("Bearer", cast.bob.user.email)
    assert abs(int(shown["expiry"]) - time.time() - 60 * 86400) < 60
    assert json.loads(base64.b64decode(answer.headers["authorization"].removeprefix("Bearer "))) == shown
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers

    assert conversations(cast, shown) == 200
    assert ask("/api/v1/profile", shown).json()["id"] == cast.bob.user_id
    sent = ask(
        f"/api/v1/accounts/{cast.account.pk}/conversations/1/messages", shown, "post", {"content": "Hi"}
    )
    assert sent.status_code == 404  # there is no conversation yet, but bob was let in
    foreign = ask(f"/api/v1/accounts/{cast.other.pk}/conversations", shown)
    assert (foreign.status_code, foreign.json()) == (
        401,
        {"code": "unauthorized", "errors": ["You need to sign in or sign up before continuing."]},
    )


def test_one_header_does_as_well_as_five(cast: Cast) -> None:
    bearer = sign_in(cast.bob.user).headers["authorization"]
    assert conversations(cast, {"Authorization": bearer}) == 200
    for broken in ("Bearer", "Bearer x", "Bearer e30=", "Bearer W10=", "Basic " + bearer[7:], bearer[:-9]):
        assert conversations(cast, {"Authorization": broken}) == 401
    silly = base64.b64encode(b'{"access-token":1,"client":[],"uid":{}}').decode()
    assert conversations(cast, {"Authorization": f"Bearer {silly}"}) == 401


def test_none_of_the_three_opens_with_anothers(cast: Cast) -> None:
    bobs, alices = headers_of(sign_in(cast.bob.user)), headers_of(sign_in(cast.alice.user))
    for name in ("access-token", "client", "uid"):
        assert conversations(cast, {**bobs, name: alices[name]}) == 401
        assert conversations(cast, {**bobs, name: ""}) == 401
    assert conversations(cast, {**bobs, "uid": bobs["uid"].upper()}) == 200


def test_a_token_wins_over_a_session(cast: Cast) -> None:
    shown = headers_of(sign_in(cast.bob.user))
    assert conversations(cast, {**shown, "api_access_token": "wrong"}) == 401
    mixed = {**shown, "api_access_token": factories.token_of(cast.alice.user)}
    assert ask("/api/v1/profile", mixed).json()["id"] == cast.alice.user_id


def test_only_a_digest_of_the_token_is_stored(cast: Cast) -> None:
    shown = headers_of(sign_in(cast.bob.user, headers={"User-Agent": "Phone 7"}))
    row = DeviceSession.objects.get()
    wanted = Credential.of_session(uid=shown["uid"], client=shown["client"], token=shown["access-token"])
    assert row.token_digest == wanted.digest != digest(shown["access-token"])
    assert shown["access-token"] not in str(vars(row))
    assert row.device == "Phone 7"


def test_the_session_tells_whose_it_is_until_it_is_signed_out(cast: Cast) -> None:
    bobs = [headers_of(sign_in(cast.bob.user)) for _ in range(2)]
    answer = ask("/auth/validate_token", bobs[0])
    assert answer.status_code == 200
    payload = answer.json()["payload"]
    assert (payload["success"], payload["data"]["id"]) == (True, cast.bob.user_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", payload["data"]["created_at"])

    out = ask("/auth/sign_out", bobs[0], "delete")
    assert (out.status_code, out.json()) == (200, {"success": True})

    assert conversations(cast, bobs[0]) == 401
    assert ask("/auth/validate_token", bobs[0]).status_code == 401
    again = ask("/auth/sign_out", bobs[0], "delete")
    assert again.status_code == 404
    assert again.json() == {
        "success": False,
        "errors": ["User was not found or was not logged in."],
        "code": "not_found",
    }
    assert conversations(cast, bobs[1]) == 200


def test_signing_out_keeps_the_api_token(cast: Cast) -> None:
    token = factories.token_of(cast.bob.user)
    ask("/auth/sign_out", headers_of(sign_in(cast.bob.user)), "delete")
    assert conversations(cast, {"api_access_token": token}) == 200


def test_nobody_keeps_more_than_twenty_five_sessions(cast: Cast) -> None:
    first = headers_of(sign_in(cast.bob.user))
    for _ in range(MOST_SESSIONS):
        sign_in(cast.bob.user)
    assert DeviceSession.objects.count() == MOST_SESSIONS == 25
    assert conversations(cast, first) == 401


def test_a_session_expires_and_the_sweep_drops_it(cast: Cast) -> None:
    shown = headers_of(sign_in(cast.bob.user))
    headers_of(sign_in(cast.alice.user))
    DeviceSession.objects.filter(user=cast.bob.user).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert conversations(cast, shown) == 401
    assert drop_dead_sessions() == 1
    assert DeviceSession.objects.get().user_id == cast.alice.user_id


def test_the_door_of_a_session_costs_no_more_statements_than_that_of_a_token(cast: Cast) -> None:
    shown = headers_of(sign_in(cast.bob.user))
    path = f"/api/v1/accounts/{cast.account.pk}/conversations"
    token = {"api_access_token": factories.token_of(cast.bob.user)}
    by_session, by_token = (factories.count_queries(lambda h=h: ask(path, h)) for h in (shown, token))  # type: ignore[misc]
    assert by_session == by_token


# --- what ends sessions -------------------------------------------------------------------------------


def test_a_new_password_ends_every_session(cast: Cast) -> None:
    phone, tablet = headers_of(sign_in(cast.bob.user)), headers_of(sign_in(cast.bob.user))
    body = {"current_password": PASSWORD, "password": "Sunny-garden-7"}
    assert ask("/api/v1/profile", phone, "put", body).status_code == 200
    assert [conversations(cast, one) for one in (phone, tablet)] == [401, 401]
    assert sign_in(cast.bob.user).status_code == 401
    assert sign_in(cast.bob.user, "Sunny-garden-7").status_code == 200


def test_switching_a_person_off_or_signing_them_out_everywhere_ends_them_too(cast: Cast) -> None:
    bobs, alices = headers_of(sign_in(cast.bob.user)), headers_of(sign_in(cast.alice.user))
    User.objects.filter(pk=cast.bob.user_id).update(is_active=False)
    end_sessions(by=cast.alice.user, user=cast.alice.user)
    assert [conversations(cast, one) for one in (bobs, alices)] == [401, 401]


# --- what is refused ----------------------------------------------------------------------------------


def test_wrong_unknown_switched_off_and_never_invited_read_the_same(cast: Cast) -> None:
    off = factories.make_user("Olaf", is_active=False)
    invited = User.objects.create_user("nora@acme.test", None, name="Nora")
    nobody = User(email="nobody@example.test")
    answers = [
        sign_in(user, password)
        for user, password in ((cast.bob.user, "wrong"), (nobody, "x"), (off, PASSWORD), (invited, "x"))
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert [answer.json() for answer in answers] == [WRONG] * 4
    names = [sorted(set(answer.headers) - {"X-Request-Id"}) for answer in answers]
    assert names == [names[0]] * 4
    assert not DeviceSession.objects.exists()


def test_an_unknown_address_takes_as_long_as_a_wrong_password(cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    took: dict[bool, list[float]] = {True: [], False: []}
    people = {True: cast.bob.user, False: User(email="nobody@example.test")}
    for number in range(42):
        known = bool(number % 2)
        started = time.perf_counter()
        sign_in(people[known], f"wrong-{number}")
        took[known].append(time.perf_counter() - started)
    medians = [statistics.median(times) for times in took.values()]
    assert max(medians) / min(medians) < 1.5


def test_five_wrong_passwords_and_then_429_here_and_on_the_page(cast: Cast, client: Client) -> None:
    wrong = [sign_in(cast.bob.user, "wrong") for _ in range(7)]
    assert [answer.status_code for answer in wrong] == [401] * 5 + [429] * 2
    assert wrong[-1].headers["Retry-After"] == "300"
    assert (wrong[-1].json()["code"], "access-token" in wrong[-1].headers) == ("too_many_requests", False)
    right = sign_in(cast.bob.user)
    assert (right.status_code, right.json()) == (429, wrong[-1].json())
    page = client.post("/app/login", {"login": cast.bob.user.email, "password": PASSWORD})
    assert page.status_code == 429
    assert sign_in(cast.alice.user).status_code == 200  # nobody else is locked out
    assert DeviceSession.objects.get().user_id == cast.alice.user_id


def test_tries_are_counted_whatever_the_address_is_called_and_by_where_they_come_from(cast: Cast) -> None:
    answers = [sign_in(User(email=f"{number}@example.test"), "x").status_code for number in range(12)]
    assert answers == [401] * 10 + [429] * 2
    elsewhere = post(
        "sign_in", {"email": cast.alice.user.email, "password": PASSWORD}, REMOTE_ADDR="10.0.0.9"
    )
    assert elsewhere.status_code == 200


SILLY: list[Any] = [
    {"$ne": 1}, [], ["a"], True, 1, None, "", "x" * 1_000_000, "\x00", "a\x00b@c.test", "\ud800", {"a": {"b": []}},
]  # fmt: skip


@pytest.mark.parametrize("field", ["email", "password", "mfa_token", "sso_auth_token"])
@pytest.mark.parametrize("value", SILLY, ids=[str(type(v).__name__) + str(n) for n, v in enumerate(SILLY)])
def test_credentials_of_a_wrong_kind_are_wrong_and_no_error(cast: Cast, field: str, value: Any) -> None:
    body = {"email": cast.bob.user.email, "password": PASSWORD, field: value}
    started = time.monotonic()
    answer = post("sign_in", json.dumps(body))
    if field in {"mfa_token", "sso_auth_token"} and not value:
        assert answer.status_code == 200
        return
    assert answer.status_code in {400, 401}
    assert not DeviceSession.objects.exists()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("body", ["[]", "true", "null", "1", '"\\ud800"', "{", "", "[" * 1000 + "]" * 1000])
@pytest.mark.parametrize("path", ["sign_in", "password", "confirmation"])
def test_a_body_that_is_no_object_is_no_error_of_ours(db: None, path: str, body: str) -> None:
    assert post(path, body).status_code in {200, 400, 401, 422}


def test_headers_of_a_proxy_sign_nobody_in(cast: Cast) -> None:
    for name in ("Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Email", "X-SSL-Client-S-DN"):
        assert conversations(cast, {name: cast.bob.user.email}) == 401
        assert ask("/auth/validate_token", {name: cast.bob.user.email}).status_code == 401


def test_the_page_for_people_is_elsewhere(db: None) -> None:
    answer = Client().get("/auth/sign_in?next=//evil.test")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/login?error=access-denied")


def test_no_token_reaches_the_log(cast: Cast, caplog: Any) -> None:
    with caplog.at_level("DEBUG"):
        shown = headers_of(sign_in(cast.bob.user))
        ask("/auth/validate_token", shown)
    assert shown["access-token"] not in caplog.text and PASSWORD not in caplog.text


# --- a platform app's link ----------------------------------------------------------------------------


def test_a_platform_apps_link_signs_in_once(cast: Cast) -> None:
    link = sso.signin_link(cast.bob.user)
    token = link.split("sso_auth_token=")[1]
    assert post("sign_in", {"email": cast.alice.user.email, "sso_auth_token": token}).status_code == 401
    token = sso.signin_link(cast.bob.user).split("sso_auth_token=")[1]
    body = {"email": cast.bob.user.email, "sso_auth_token": token}
    assert post("sign_in", body).json()["data"]["id"] == cast.bob.user_id
    assert post("sign_in", body).status_code == 401


def test_a_platform_apps_link_does_not_pass_by_the_second_factor(cast: Cast, secret: str) -> None:
    token = sso.signin_link(cast.bob.user).split("sso_auth_token=")[1]
    answer = post("sign_in", {"email": cast.bob.user.email, "sso_auth_token": token})
    assert (answer.status_code, answer.json()["mfa_required"]) == (206, True)
    assert not DeviceSession.objects.exists()


# --- the second factor --------------------------------------------------------------------------------


def test_a_password_alone_is_answered_with_a_question(cast: Cast, secret: str) -> None:
    question = sign_in(cast.bob.user)
    assert question.status_code == 206
    assert set(question.json()) == {"mfa_required", "mfa_token"}
    assert not set(FIVE) & {name.lower() for name in question.headers}

    answer = post("sign_in", {"mfa_token": question.json()["mfa_token"], "otp_code": code_of(secret)})

    assert answer.status_code == 200
    assert conversations(cast, headers_of(answer)) == 200


def test_a_code_is_good_once_also_for_another_sign_in(cast: Cast, secret: str) -> None:
    first, second = (sign_in(cast.bob.user).json()["mfa_token"] for _ in range(2))
    code = code_of(secret)
    assert post("sign_in", {"mfa_token": first, "otp_code": code}).status_code == 200
    again = post("sign_in", {"mfa_token": second, "otp_code": code})
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")
    assert DeviceSession.objects.count() == 1


def test_a_recovery_code_is_good_once(cast: Cast, secret: str) -> None:
    code = RecoveryCodes.activate(cast.bob.user).get_unused_codes()[0]
    first, second = (sign_in(cast.bob.user).json()["mfa_token"] for _ in range(2))
    assert post("sign_in", {"mfa_token": first, "backup_code": code}).status_code == 200
    assert post("sign_in", {"mfa_token": second, "backup_code": code}).status_code == 401


def test_guessing_codes_ends_after_five_tries_also_with_a_new_question(cast: Cast, secret: str) -> None:
    token = sign_in(cast.bob.user).json()["mfa_token"]
    wrong = [post("sign_in", {"mfa_token": token, "otp_code": "000000"}) for _ in range(6)]
    assert [answer.status_code for answer in wrong] == [401] * 5 + [429]
    assert wrong[-1].headers["Retry-After"] == "300"
    assert post("sign_in", {"mfa_token": token, "otp_code": code_of(secret)}).status_code == 429
    another = sign_in(cast.bob.user).json()["mfa_token"]
    assert post("sign_in", {"mfa_token": another, "otp_code": code_of(secret)}).status_code == 429
    assert not DeviceSession.objects.exists()


def test_a_question_ends_after_five_minutes_with_the_password_and_with_the_person(
    cast: Cast, secret: str, monkeypatch: Any
) -> None:
    def answered(token: str) -> Any:
        return post("sign_in", {"mfa_token": token, "otp_code": code_of(secret)}).json().get("code")

    token = sign_in(cast.bob.user).json()["mfa_token"]
    now = time.time()
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: now + 301)
        assert answered(token) == "challenge_over"
    end_sessions(by=cast.bob.user, user=cast.bob.user)
    assert answered(token) == "challenge_over"
    token = sign_in(cast.bob.user).json()["mfa_token"]
    User.objects.filter(pk=cast.bob.user_id).update(is_active=False)
    assert answered(token) == "challenge_over"
    assert answered(token[:-3]) == answered("x") == "challenge_over"


def test_a_question_without_an_answer_is_400(cast: Cast, secret: str) -> None:
    token = sign_in(cast.bob.user).json()["mfa_token"]
    assert post("sign_in", {"mfa_token": token}).status_code == 400
    for silly in ({"$ne": 1}, ["000000"], True, "\x00", "9" * 100_000, "١٢٣٤٥٦", "-1"):
        assert post("sign_in", {"mfa_token": token, "otp_code": silly}).status_code in {401, 429}


# --- a forgotten password -----------------------------------------------------------------------------


def reset_token(number: int = -1) -> str:
    found = re.search(r"/accounts/password/reset/key/(\S+?)/", str(mail.outbox[number].body))
    assert found
    return found[1]


def test_asking_for_a_reset_tells_nobody_who_exists(cast: Cast) -> None:
    answers = [post("password", {"email": email}) for email in (cast.bob.user.email, "nobody@example.test")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert set(answers[0].json()) == {"success", "message"}
    assert [one.to for one in mail.outbox] == [[cast.bob.user.email], ["nobody@example.test"]]


def test_a_mail_server_that_is_away_does_not_tell_either(cast: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert post("password", {"email": cast.bob.user.email}).status_code == 200


def test_one_address_gets_five_reset_mails_an_hour_from_page_and_api_together(cast: Cast) -> None:
    email = cast.bob.user.email
    Client().post("/accounts/password/reset/", {"email": email})
    answers = [post("password", {"email": email}).status_code for _ in range(7)]
    assert (answers, len(mail.outbox)) == ([200] * 4 + [429] * 3, 5)


def test_one_place_on_the_network_asks_for_twenty_a_minute(db: None) -> None:
    answers = [post("password", {"email": f"{n}@example.test"}).status_code for n in range(22)]
    assert answers == [200] * 20 + [429] * 2


def test_the_links_token_sets_a_new_password_once_and_signs_in(cast: Cast) -> None:
    before = headers_of(sign_in(cast.bob.user))
    post("password", {"email": cast.bob.user.email})
    body = {
        "reset_password_token": reset_token(),
        "password": "Sunny-garden-7",
        "password_confirmation": "Sunny-garden-7",
    }

    answer = ask("/auth/password", {}, "put", body)

    assert answer.json()["data"]["id"] == cast.bob.user_id
    assert conversations(cast, headers_of(answer)) == 200
    assert conversations(cast, before) == 401
    again = ask("/auth/password", {}, "put", {**body, "password": "Stolen-again-8"})
    assert again.status_code == 422
    assert set(again.json()) == {"message", "redirect_url", "error", "code"}
    assert sign_in(cast.bob.user, "Sunny-garden-7").status_code == 200


def test_a_reset_does_not_pass_by_the_second_factor(cast: Cast, secret: str) -> None:
    post("password", {"email": cast.bob.user.email})
    body = {"reset_password_token": reset_token(), "password": "Sunny-garden-7"}
    answer = ask("/auth/password", {}, "put", body)
    assert (answer.status_code, answer.json()["mfa_required"]) == (206, True)
    assert not DeviceSession.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"password": "password"},
        {"password": ["Sunny-garden-7"]},
        {"password": "x" * 200},
        {"password": "Sunny\x00garden-7"},
        {"password_confirmation": "another"},
        {"reset_password_token": "x"},
        {"reset_password_token": {"a": 1}},
        {"reset_password_token": None},
    ],
)
def test_a_reset_that_is_wrong_in_any_way_changes_nothing(cast: Cast, change: dict[str, Any]) -> None:
    post("password", {"email": cast.bob.user.email})
    body = {"reset_password_token": reset_token(), "password": "Sunny-garden-7", **change}
    assert ask("/auth/password", {}, "put", body).status_code == 422
    cast.bob.user.refresh_from_db()
    assert cast.bob.user.check_password(PASSWORD)


def test_a_reset_link_is_void_after_an_hour_another_reset_a_new_address_or_for_another_user(
    cast: Cast, monkeypatch: Any
) -> None:
    def put(token: str) -> int:
        body = {"reset_password_token": token, "password": "Sunny-garden-7"}
        return int(ask("/auth/password", {}, "put", body).status_code)

    for _ in range(2):
        post("password", {"email": cast.bob.user.email})
    first, second = reset_token(0), reset_token(1)
    later = timezone.now().replace(tzinfo=None) + timedelta(minutes=61)
    with monkeypatch.context() as then:
        then.setattr("django.contrib.auth.tokens.PasswordResetTokenGenerator._now", lambda _self: later)
        assert put(first) == 422
    uid, _dash, key = first.partition("-")
    assert uid != "0" and put(f"{cast.alice.user_id}-{key}") == 422
    assert put(second) == 200
    assert put(first) == 422


# --- an address is proven -----------------------------------------------------------------------------


def test_a_confirmation_is_asked_for_again_and_proves_the_address_once(cast: Cast) -> None:
    token = {"api_access_token": factories.token_of(cast.bob.user)}
    assert ask("/api/v1/profile/resend_confirmation", token, "post").status_code == 200
    address = EmailAddress.objects.get(user=cast.bob.user)
    assert (address.verified, mail.outbox[0].to) == (False, [cast.bob.user.email])
    found = re.search(r"/accounts/confirm-email/(\S+?)/", str(mail.outbox[0].body))
    assert found
    key = found[1]

    answer = post("confirmation", {"confirmation_token": key})

    assert answer.json()["data"]["id"] == cast.bob.user_id
    assert conversations(cast, headers_of(answer)) == 200
    address.refresh_from_db()
    assert address.verified
    again = post("confirmation", {"confirmation_token": key})
    assert (again.status_code, again.json()["redirect_url"]) == (422, "/app/login")
    ask("/api/v1/profile/resend_confirmation", token, "post")
    assert len(mail.outbox) == 1


def test_asking_for_confirmations_is_limited(cast: Cast) -> None:
    token = {"api_access_token": factories.token_of(cast.bob.user)}
    answers = [ask("/api/v1/profile/resend_confirmation", token, "post").status_code for _ in range(8)]
    assert 429 in answers
    assert len(mail.outbox) <= 5
