"""Named tokens: made for a purpose, limited to scopes, perhaps for a while."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.tokens import MOST_TOKENS, create_token, write_down_last_uses
from accounts.models import AccessToken, DeviceSession, User
from accounts.permissions import CAPABILITIES, covers
from config import throttling
from config.events import bus
from config.problems import Invalid, LimitReached
from tests import factories
from tests.accounts.test_session_auth import headers_of, sign_in
from tests.factories import PASSWORD, Cast

TOKENS = "/api/v1/profile/access_tokens"
REFUSED = {"code": "unauthorized", "error": "Invalid Access Token", "message": "Invalid Access Token"}


class Holder(Client):
    """Of a token, as a program."""

    def __init__(self, token: str) -> None:
        super().__init__(HTTP_API_ACCESS_TOKEN=token, raise_request_exception=False)

    def send(self, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(self, method)(path, body or {}, content_type="application/json")


def holder(user: User, *scopes: str, **more: Any) -> Holder:
    name = f"token {AccessToken.objects.count()}"
    _row, token = create_token(person=user, name=name, scopes=list(scopes) or None, **more)
    return Holder(token)


@pytest.fixture
def talk(cast: Cast) -> str:
    conversation = factories.make_conversation(cast.inbox)
    return f"/api/v1/accounts/{cast.account.pk}/conversations/{conversation.display_id}"


def test_bob_makes_a_token_reads_it_once_lists_and_revokes_it(cast: Cast, talk: str) -> None:
    person = Holder(factories.token_of(cast.bob.user))
    made = person.send(TOKENS, {"access_token": {"name": "Reader", "scopes": ["read"]}})
    assert made.status_code == 200
    token = made.json()["token"]
    assert (len(token), made.json()["hint"]) == (40, token[:4])

    listed = person.get(TOKENS).json()
    row = AccessToken.objects.get(name="Reader")
    assert listed == [
        {
            "id": row.pk,
            "name": "Reader",
            "hint": token[:4],
            "scopes": ["read"],
            "expires_at": None,
            "last_used_at": None,
            "created_at": listed[0]["created_at"],
        }
    ]
    assert token not in str(vars(row)) and row.token == ""
    assert Holder(token).get(talk).status_code == 200

    assert Holder(factories.token_of(cast.alice.user)).delete(f"{TOKENS}/{row.pk}").status_code == 404
    assert Holder(token).get(talk).status_code == 200
    assert person.delete(f"{TOKENS}/{row.pk}").status_code == 200
    gone = Holder(token).get(talk)
    assert (gone.status_code, gone.json()) == (401, REFUSED)


def test_the_token_without_a_name_cannot_be_revoked_as_a_named_one(cast: Cast, talk: str) -> None:
    person = Holder(factories.token_of(cast.bob.user))
    own = AccessToken.objects.get(user=cast.bob.user)
    assert person.delete(f"{TOKENS}/{own.pk}").status_code == 404
    assert person.get(talk).status_code == 200


def test_a_reader_reads_and_writes_nothing(cast: Cast, talk: str) -> None:
    reader = holder(cast.alice.user, "read")
    base = talk.rsplit("/conversations", 1)[0]
    for path in (talk, f"{base}/conversations", f"{base}/contacts", f"{base}/agents", f"{talk}/messages"):
        assert reader.get(path).status_code == 200, path
    wanted = {"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"]}
    found = reader.send(f"{base}/conversations/filter", {"payload": [{**wanted, "query_operator": None}]})
    assert found.status_code == 200  # a POST that reads
    before = reader.get(f"{talk}/messages").json()
    for path, body in (
        (f"{talk}/messages", {"content": "Hi"}),
        (f"{talk}/toggle_status", {"status": "resolved"}),
        (f"{talk}/labels", {"labels": ["vip"]}),
        (f"{talk}/assignments", {"assignee_id": cast.bob.user_id}),
        (f"{base}/contacts", {"name": "Wanda"}),
        (f"{base}/teams", {"name": "night"}),
    ):
        refused = reader.send(path, body)
        assert (refused.status_code, refused.json()["code"]) == (401, "forbidden"), path
        assert "limited" in refused.json()["error"]
    assert reader.get(f"{talk}/messages").json() == before


def test_a_writer_does_what_its_person_may_and_no_more(cast: Cast, talk: str) -> None:
    writer = holder(cast.bob.user, "write")
    base = talk.rsplit("/conversations", 1)[0]
    assert writer.send(f"{talk}/messages", {"content": "Hi"}).status_code == 200
    assert writer.send(f"{base}/teams", {"name": "night"}).status_code == 401  # bob is an agent


def test_a_capability_opens_what_needs_it_and_nothing_else(cast: Cast, talk: str) -> None:
    replier = holder(cast.bob.user, "conversation.read", "conversation.reply")
    base = talk.rsplit("/conversations", 1)[0]
    assert replier.get(talk).status_code == 200
    assert replier.send(f"{talk}/messages", {"content": "Hi"}).status_code == 200
    for path in (f"{base}/contacts", f"{base}/agents", f"{base}/audit_logs"):
        assert replier.get(path).status_code == 401, path
    assert replier.send(f"{talk}/toggle_status", {"status": "resolved"}).status_code == 401
    assert replier.get(talk).json()["status"] == "open"


def test_a_limited_token_never_gives_more_than_it_is(cast: Cast) -> None:
    for limited in (holder(cast.bob.user, "write"), holder(cast.bob.user)):
        seen = limited.get("/api/v1/profile").json()
        assert (seen["id"], seen["access_token"], seen["pubsub_token"]) == (cast.bob.user_id, None, None)
        for method, path in (
            ("get", TOKENS),
            ("post", TOKENS),
            ("post", "/api/v1/profile/reset_access_token"),
            ("post", "/api/v1/profile/mfa"),
            ("delete", "/api/v1/profile/mfa"),
        ):
            refused = limited.send(path, {"name": "More", "password": PASSWORD}, method)
            assert (refused.status_code, refused.json()["code"]) == (401, "forbidden"), path
    changed = holder(cast.bob.user, "write").send("/api/v1/profile", {"display_name": "Bobby"}, "put")
    assert (changed.json()["display_name"], changed.json()["access_token"]) == ("Bobby", None)
    assert holder(cast.bob.user, "read").send("/api/v1/profile", {"name": "X"}, "put").status_code == 401
    assert holder(cast.bob.user, "conversation.read").get("/api/v1/profile").status_code == 401


def test_a_reader_does_not_read_the_tokens_of_bots(cast: Cast, api: Any) -> None:
    made = api(cast.alice).send("/agent_bots", {"name": "Helper"})
    assert made.json()["access_token"]
    listed = holder(cast.alice.user, "read").get(f"/api/v1/accounts/{cast.account.pk}/agent_bots")
    assert listed.status_code == 200
    assert made.json()["access_token"] not in listed.content.decode()


def test_an_expired_token_is_refused_like_an_unknown_one(cast: Cast, talk: str) -> None:
    soon = holder(cast.bob.user, expires_at=timezone.now() + timedelta(hours=1))
    assert soon.get(talk).status_code == 200
    AccessToken.objects.filter(user=cast.bob.user).update(expires_at=timezone.now() - timedelta(seconds=1))
    for path in (talk, "/api/v1/profile"):
        over = soon.get(path)
        assert (over.status_code, over.json()) == (401, REFUSED)


def test_tokens_of_before_are_unchanged(cast: Cast, talk: str) -> None:
    token = factories.token_of(cast.bob.user)
    holder(cast.bob.user, "read")
    assert factories.token_of(cast.bob.user) != token  # a new one replaces the former, as ever
    assert AccessToken.objects.filter(user=cast.bob.user, name="").count() == 1
    profile = Holder(factories.token_of(cast.bob.user)).get("/api/v1/profile").json()
    assert Holder(profile["access_token"]).get(talk).status_code == 200


def test_a_new_password_ends_the_named_tokens_too(cast: Cast, talk: str) -> None:
    limited = holder(cast.bob.user, "read")
    body = {"current_password": PASSWORD, "password": "Sunny-garden-7"}
    changed = Holder(factories.token_of(cast.bob.user)).send("/api/v1/profile", body, "put")
    assert changed.status_code == 200
    assert limited.get(talk).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"name": {"$ne": 1}},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": "read"},
        {"name": "x", "scopes": [["read"]]},
        {"name": "x", "expires_at": "yesterday"},
        {"name": "x", "expires_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_token_that_makes_no_sense_is_422_and_not_made(cast: Cast, body: dict[str, Any]) -> None:
    answer = Holder(factories.token_of(cast.bob.user)).send(TOKENS, body)
    assert answer.status_code == 422
    assert answer.json()["attributes"]
    assert not AccessToken.objects.exclude(name="").exists()


def test_names_are_ones_own_and_the_number_has_an_end(cast: Cast) -> None:
    create_token(person=cast.bob.user, name="CI")
    create_token(person=cast.alice.user, name="CI")
    with pytest.raises(Invalid, match="of this name"):
        create_token(person=cast.bob.user, name="CI")
    for number in range(MOST_TOKENS - 1):
        create_token(person=cast.bob.user, name=f"token {number}")
    with pytest.raises(LimitReached):
        create_token(person=cast.bob.user, name="one too many")


def test_what_scopes_cover() -> None:
    assert all(covers(None, one) and covers(("write",), one) for one in ["", *CAPABILITIES])
    assert covers(("read",), "contact.read") and covers(("read",), "", reading=True)
    assert not covers(("read",), "") and not covers(("read",), "contact.update")
    assert covers(("contact.update",), "contact.update") and not covers(("contact.update",), "contact.read")
    assert not covers(("contact.update",), "", reading=True) and not covers((), "", reading=True)


# --- how often, and when last -------------------------------------------------------------------------


def test_the_last_use_is_written_down_by_the_sweep_and_costs_no_statement(cast: Cast, talk: str) -> None:
    reader = holder(cast.bob.user, "read")
    bot = headers_of(sign_in(cast.bob.user))
    first, second = (factories.count_queries(lambda: reader.get(talk)) for _ in range(2))
    assert first == second
    Client(headers=bot).get(talk)
    assert AccessToken.objects.exclude(name="").get().last_used_at is None

    assert write_down_last_uses() == 2

    for row in (AccessToken.objects.exclude(name="").get(), DeviceSession.objects.get()):
        assert row.last_used_at is not None
        assert abs(timezone.now() - row.last_used_at) < timedelta(seconds=30)
    assert write_down_last_uses() == 0


def test_what_a_dead_worker_had_taken_is_written_down_by_the_next(cast: Cast, talk: str) -> None:
    reader = holder(cast.bob.user, "read")
    reader.get(talk)
    bus().rename("parley:last_use", "parley:last_use:taken")
    assert write_down_last_uses() == 1
    assert AccessToken.objects.exclude(name="").get().last_used_at is not None


def test_every_answer_says_how_many_more_there_may_be(cast: Cast, talk: str, settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "token": "3/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    throttling._rate.cache_clear()
    try:
        one, two = holder(cast.bob.user, "read"), holder(cast.bob.user, "read")
        answers = [one.get(talk) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        left = [answer.headers["X-RateLimit-Remaining"] for answer in answers]
        assert left == ["2", "1", "0", "0"]
        assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"3"}
        refused = answers[-1]
        wait = int(refused.headers["X-RateLimit-Reset"]) - timezone.now().timestamp()
        assert 0 < wait <= 60 and abs(int(refused.headers["Retry-After"]) - wait) < 3
        assert refused.json()["code"] == "too_many_requests"
        assert two.get(talk).status_code == 200  # a limit of each token's own
        assert one.get("/api/v1/profile").status_code == 429
    finally:
        throttling._rate.cache_clear()


# --- the page -----------------------------------------------------------------------------------------


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    """Bob's, who has just shown his password again."""
    client.post("/app/login", {"login": cast.bob.user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_bob_makes_a_token_on_the_page_sees_it_once_and_revokes_it(
    cast: Cast, talk: str, browser: Client
) -> None:
    page = browser.post("/app/tokens", {"name": "<b>CI</b>", "access": "read", "days": "30"})
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    found = re.search(r'id="made" readonly value="(\w{40})"', page.content.decode())
    assert found
    assert Holder(found[1]).get(talk).status_code == 200
    assert Holder(found[1]).send(f"{talk}/messages", {"content": "Hi"}).status_code == 401
    again = browser.get("/app/tokens").content.decode()
    assert found[1] not in again
    assert "&lt;b&gt;CI&lt;/b&gt;" in again and "<b>CI" not in again

    row = AccessToken.objects.exclude(name="").get()
    assert row.expires_at is not None
    assert abs(row.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert browser.post(f"/app/tokens/{row.pk}/revoke").headers["Location"] == "/app/tokens"
    assert Holder(found[1]).get(talk).status_code == 401


def test_apps_are_listed_and_signed_out_from_the_page(cast: Cast, browser: Client) -> None:
    phone = headers_of(sign_in(cast.bob.user, headers={"User-Agent": "<i>Phone</i>"}))
    alices = headers_of(sign_in(cast.alice.user))
    page = browser.get("/app/tokens").content.decode()
    assert page.count("&lt;i&gt;Phone&lt;/i&gt;") == 2 and cast.alice.user.email not in page
    mine = DeviceSession.objects.get(user=cast.bob.user)
    theirs = DeviceSession.objects.get(user=cast.alice.user)
    assert browser.post(f"/app/sessions/{theirs.pk}/end").status_code == 404
    assert browser.post(f"/app/sessions/{mine.pk}/end").status_code == 302
    assert Client(headers=phone).get("/auth/validate_token").status_code == 401
    assert Client(headers=alices).get("/auth/validate_token").status_code == 200


@pytest.mark.parametrize(
    "form",
    [{"name": ""}, {"name": "x", "access": "all"}, {"name": "x", "days": "-1"}, {"name": "x", "days": "x"}],
)
def test_a_form_that_makes_no_sense_says_so_and_makes_nothing(browser: Client, form: dict[str, str]) -> None:
    page = browser.post("/app/tokens", form)
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not AccessToken.objects.exclude(name="").exists()


def test_a_browser_that_was_left_open_makes_no_token(browser: Client) -> None:
    session = browser.session
    session["account_authentication_methods"] = [
        {**method, "at": method["at"] - 3600} for method in session["account_authentication_methods"]
    ]
    session.save()
    answer = browser.post("/app/tokens", {"name": "CI"})
    assert answer.status_code == 302 and "reauthenticate" in answer.headers["Location"]
    assert not AccessToken.objects.exclude(name="").exists()
    assert browser.get("/app/tokens").status_code == 200


def test_the_page_takes_as_few_statements_for_many_tokens_as_for_one(cast: Cast, browser: Client) -> None:
    create_token(person=cast.bob.user, name="one")
    few = factories.count_queries(lambda: browser.get("/app/tokens"))
    for number in range(5):
        create_token(person=cast.bob.user, name=f"token {number}")
        sign_in(cast.bob.user)
    assert factories.count_queries(lambda: browser.get("/app/tokens")) == few
