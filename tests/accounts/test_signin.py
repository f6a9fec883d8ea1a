from __future__ import annotations

import datetime
import re
import time
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Membership, Role, User
from config.database import platform_scope
from tests import factories
from tests.factories import PASSWORD, Cast

LOGIN, RESET = "/app/login", "/accounts/password/reset/"


def sign_in(client: Client, email: str, password: Any = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_alice_signs_in_with_any_case_and_out_again(cast: Cast, client: Client) -> None:
    answer = sign_in(client, cast.alice.user.email.upper())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")
    assert client.get("/app/").headers["Location"] == f"/app/accounts/{cast.account.pk}/dashboard"
    assert client.get("/app/logout").status_code == 200 and is_signed_in(client)  # asks first
    assert client.post("/app/logout").headers["Location"] == "/app/login"
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/app/logout", "/accounts/logout/", "/admin/logout/"])
def test_signing_out_makes_the_browser_forget_what_it_was_shown(
    cast: Cast, client: Client, path: str
) -> None:
    sign_in(client, cast.alice.user.email)
    assert "Clear-Site-Data" not in client.get("/app/logout").headers  # only asked so far
    assert client.post(path).headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)


def test_too_many_reset_mails_are_refused_in_words(cast: Cast, client: Client) -> None:
    """For a page and for a program, and not in the words of a library."""
    for _number in range(20):
        client.post("/accounts/password/reset/", {"email": "nobody@example.test"})
    page = client.post(
        "/accounts/password/reset/", {"email": "nobody@example.test"}, headers={"Accept": "text/html"}
    )
    assert (page.status_code, page.headers["Retry-After"]) == (429, "60")
    assert "Too many attempts. Please wait a few minutes" in page.content.decode()
    assert "429 · Parley" in page.content.decode()


def test_every_browser_finds_an_icon(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "public, max-age=86400")
    icon = client.get(answer.headers["Location"])
    assert icon.status_code == 200
    assert b"".join(icon.streaming_content)[:4] == b"\0\0\1\0"  # type: ignore[attr-defined]


def test_the_session_is_new_at_sign_in_and_a_planted_one_stays_anonymous(cast: Cast, client: Client) -> None:
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)

    sign_in(client, cast.bob.user.email)

    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/app/").headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize(
    "next_url",
    [
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "https://evil.test/app/",
        "https:evil.test",
        "javascript:alert(1)",
        "/%0d%0aLocation:https://evil.test",
        "https://testserver@evil.test/",
        "http://testserver/app/",
        " //evil.test",
        "\x00/app/",
        "///evil.test",
        "",
    ],
)
def test_next_never_leaves_the_site(cast: Cast, client: Client, next_url: str) -> None:
    answer = sign_in(client, cast.bob.user.email, next=next_url)
    location = answer.headers["Location"]
    assert answer.status_code == 302
    assert location == "/app/" or (location.startswith("/%0d%0a") and "\n" not in location)
    assert client.get(LOGIN, {"next": next_url}).headers["Location"] == location


def test_next_keeps_a_path_of_our_own(cast: Cast, client: Client) -> None:
    path = f"/app/accounts/{cast.account.pk}/dashboard?status=open"
    assert client.get(path).headers["Location"].startswith("/app/login?next=/app/accounts/")
    assert sign_in(client, cast.bob.user.email, next=path).headers["Location"] == path


def test_five_wrong_passwords_and_then_429_even_for_the_right_one(cast: Cast, client: Client) -> None:
    wrong = [sign_in(client, cast.bob.user.email, "wrong-password") for _ in range(7)]
    assert [answer.status_code for answer in wrong] == [200] * 5 + [429] * 2
    assert int(wrong[-1].headers["Retry-After"]) == 300
    assert sign_in(client, cast.bob.user.email).status_code == 429
    assert not is_signed_in(client)
    assert sign_in(Client(), cast.alice.user.email).status_code == 302  # nobody else is locked out


def test_an_unknown_address_is_answered_and_limited_like_a_known_one(cast: Cast) -> None:
    bodies = {}
    for email in (cast.bob.user.email, "nobody@example.test"):
        client = Client(REMOTE_ADDR="10.0.0.1" if "nobody" in email else "10.0.0.2")
        answers = [sign_in(client, email, "wrong-password") for _ in range(6)]
        bodies[email] = [
            (a.status_code, without_tokens(a.content.decode()).replace(email, "ADDRESS")) for a in answers
        ]
    known, unknown = bodies.values()
    assert known == unknown


def without_tokens(html: str) -> str:
    return re.sub(r'csrf\w*" value="\w+"', "", html)


@pytest.mark.parametrize(
    "value", ["x" * 1_000_000, "\x00", "a\x00b@c.test", "\ud800".encode("utf-8", "surrogatepass")]
)
@pytest.mark.parametrize("field", ["login", "password"])
def test_credentials_of_a_wrong_kind_are_refused_and_never_an_error(
    cast: Cast, client: Client, field: str, value: Any
) -> None:
    started = time.monotonic()
    body = {"login": cast.bob.user.email, "password": PASSWORD, field: value}
    assert client.post(LOGIN, body).status_code in {200, 400}
    assert not is_signed_in(client)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "body", ['{"login": {"$ne": 1}, "password": {"$ne": 1}}', "[]", "true", "null", "1", '"\\ud800"', "{", ""]
)
def test_json_is_not_a_sign_in_form(cast: Cast, client: Client, body: str) -> None:
    for path in (LOGIN, "/accounts/login/", RESET):
        assert client.post(path, body, content_type="application/json").status_code in {200, 400}
    repeated = client.post(LOGIN, {"login": [cast.bob.user.email, "x"], "password": ["a", PASSWORD]})
    assert repeated.status_code == 200
    assert not is_signed_in(client)


def link_in_mail(number: int = -1) -> str:
    found = re.search(
        r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", str(mail.outbox[number].body)
    )
    assert found, mail.outbox[number].body
    return found[1]


def choose_password(client: Client, link: str, password: str = "Sunny-garden-7") -> Any:
    page = client.get(link, follow=True)
    path = page.redirect_chain[-1][0] if page.redirect_chain else link
    return client.post(path, {"password1": password, "password2": password})


def test_a_forgotten_password_is_set_anew_by_the_link_once(cast: Cast, client: Client) -> None:
    elsewhere = Client()
    sign_in(elsewhere, cast.bob.user.email)
    # The host of the request is anybody's to choose; the link names the public address.
    client.post(RESET, {"email": cast.bob.user.email}, HTTP_HOST="localhost")
    link = link_in_mail()

    assert choose_password(client, link).status_code == 302
    assert elsewhere.get("/app/").headers["Location"].startswith(LOGIN)
    assert sign_in(Client(), cast.bob.user.email, "Sunny-garden-7").status_code == 302

    choose_password(Client(), link, "Stolen-again-8")
    assert not User.objects.get(pk=cast.bob.user_id).check_password("Stolen-again-8")


def test_the_link_is_void_after_an_hour_another_reset_or_for_another_user(
    cast: Cast, monkeypatch: Any
) -> None:
    bob, now = cast.bob.user, datetime.datetime.now()
    Client().post(RESET, {"email": bob.email})
    Client().post(RESET, {"email": bob.email})
    first, second = link_in_mail(0), link_in_mail(1)
    uid = first.split("/key/")[1].split("-")[0]
    other = first.replace(f"/key/{uid}-", f"/key/{cast.alice.user_id}-")

    generator = "django.contrib.auth.tokens.PasswordResetTokenGenerator._now"
    with monkeypatch.context() as later:
        later.setattr(generator, lambda _self: now + datetime.timedelta(minutes=61))
        choose_password(Client(), first)
    choose_password(Client(), other)
    for user in (bob, cast.alice.user):
        user.refresh_from_db()
        assert user.check_password(PASSWORD)

    choose_password(Client(), second)
    choose_password(Client(), first, "Stolen-again-8")
    bob.refresh_from_db()
    assert bob.check_password("Sunny-garden-7")


def test_asking_for_a_reset_tells_nobody_who_exists(cast: Cast) -> None:
    answers = []
    for email in (cast.bob.user.email, "nobody@example.test"):
        answer = Client().post(RESET, {"email": email}, follow=True)
        answers.append((answer.status_code, answer.redirect_chain, without_tokens(answer.content.decode())))
        assert mail.outbox[-1].to == [email]
    assert answers[0] == answers[1]
    assert "/password/reset/key/" not in mail.outbox[-1].body


def test_one_address_gets_five_reset_mails_an_hour(cast: Cast) -> None:
    answers = [Client().post(RESET, {"email": cast.bob.user.email}).status_code for _ in range(8)]
    assert len(mail.outbox) == 5
    assert answers == [302] * 5 + [429] * 3


def test_a_changed_password_ends_the_other_sessions(cast: Cast, client: Client) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        sign_in(browser, cast.bob.user.email)
    page = client.get("/app/password")
    assert page.status_code == 200
    body = {"oldpassword": PASSWORD, "password1": "Sunny-garden-7", "password2": "Sunny-garden-7"}
    assert client.post("/app/password", {**body, "oldpassword": "wrong"}).status_code == 200
    assert is_signed_in(client)
    assert client.post("/app/password", body).status_code == 302
    assert elsewhere.get("/app/").headers["Location"].startswith(LOGIN)
    assert client.get("/app/").headers["Location"].startswith(LOGIN)  # signs in again, with the new one


def test_sign_up_is_closed_unless_it_was_opened(client: Client, db: None) -> None:
    for path in ("/app/signup", "/accounts/signup/"):
        assert client.get(path).status_code == 200
        assert "password1" not in client.get(path).content.decode()
        client.post(path, {"email": "nora@example.test", "password1": "Sunny-garden-7"})
    assert not User.objects.exists()


def test_who_signs_up_administers_an_account_of_their_own(client: Client, db: None, settings: Any) -> None:
    settings.SIGNUP_ENABLED = True
    settings.ACCOUNT_FORMS = {"signup": "accounts.signin.SignupForm"}
    body = {
        "email": "Nora@Example.test",
        "password1": "Sunny-garden-7",
        "name": "Nora",
        "account_name": "Initech",
    }
    assert client.post("/accounts/signup/", body).status_code == 302

    user = User.objects.get()
    assert (user.email, user.name, user.is_superuser, user.is_staff) == (
        "nora@example.test",
        "Nora",
        False,
        False,
    )
    with platform_scope("tests look at everything"):
        member = Membership.objects.select_related("account").get(user=user)
    assert (member.account.name, member.role) == ("Initech", Role.ADMINISTRATOR)
    assert client.get("/app/").headers["Location"] == f"/app/accounts/{member.account_id}/dashboard"


@pytest.mark.parametrize("name", ["", " ", "a\x07b", "\x00", "x" * 300])
def test_a_name_that_is_none_is_an_error_of_the_form(
    client: Client, db: None, settings: Any, name: str
) -> None:
    settings.SIGNUP_ENABLED = True
    settings.ACCOUNT_FORMS = {"signup": "accounts.signin.SignupForm"}
    body = {"email": "nora@example.test", "password1": "Sunny-garden-7", "name": "Nora", "account_name": name}
    assert client.post("/accounts/signup/", body).status_code == 200
    assert not User.objects.exists()


def test_without_names_the_address_supplies_them(client: Client, db: None, settings: Any) -> None:
    settings.SIGNUP_ENABLED = True
    client.post("/accounts/signup/", {"email": "nora@initech.test", "password1": "Sunny-garden-7"})
    assert User.objects.get().name == "nora"
    with platform_scope("tests look at everything"):
        assert Account.objects.get().name == "initech.test"


def test_app_opens_the_account_used_last(cast: Cast, client: Client) -> None:
    factories.make_member(cast.other, cast.bob.user)
    sign_in(client, cast.bob.user.email)
    for account in (cast.other, cast.account):
        answer = client.put(
            "/app/active_account", {"account_id": account.pk}, content_type="application/json"
        )
        assert answer.status_code == 204
        assert client.get("/app/").headers["Location"] == f"/app/accounts/{account.pk}/dashboard"
    form = client.post("/app/active_account", {"account_id": cast.other.pk})
    assert form.headers["Location"] == f"/app/accounts/{cast.other.pk}/dashboard"


@pytest.mark.parametrize("given", [0, -1, 2**63, "1 or 1", None, True, [1], {"a": 1}, 1.5, "²"])
def test_a_foreign_account_is_as_unknown_as_a_silly_one(cast: Cast, client: Client, given: Any) -> None:
    sign_in(client, cast.bob.user.email)
    foreign, silly = (
        client.put("/app/active_account", {"account_id": value}, content_type="application/json")
        for value in (cast.other.pk, given)
    )
    assert foreign.status_code == silly.status_code == 404
    assert foreign.content == silly.content
    with platform_scope("tests look at everything"):
        assert not Membership.objects.filter(active_at__isnull=False).exists()


def test_who_belongs_nowhere_is_told_so(client: Client, db: None) -> None:
    user = factories.make_user("Nora")
    sign_in(client, user.email)
    page = client.get("/app/")
    assert page.status_code == 200
    assert user.email in page.content.decode()


def test_a_session_expires_and_the_sweep_drops_it(cast: Cast, client: Client) -> None:
    from_now = timezone.now() + datetime.timedelta(days=14)
    sign_in(client, cast.bob.user.email, remember="on")
    with connection.cursor() as cursor:
        cursor.execute("SELECT expire_date FROM django_session")
        (expires,) = cursor.fetchone()
    assert abs(expires - from_now) < datetime.timedelta(minutes=5)
