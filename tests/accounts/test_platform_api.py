"""/platform/api/v1 (contract, 5.4): a program reaches what it made or was granted, and signs in only as people who
are nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.actions import platform
from accounts.models import AccessToken, Account, AgentBot, Membership, PlatformApp, SystemBot, User
from config.database import account_scope, platform_scope
from tests import factories
from tests.factories import Cast


class Program(Client):
    def __init__(self, name: str = "Console") -> None:
        self.app = PlatformApp.objects.create(name=name)
        token = AccessToken.issue(platform_app=self.app).token
        super().__init__(HTTP_API_ACCESS_TOKEN=token, raise_request_exception=False)

    def send(self, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(self, method)(f"/platform/api/v1{path}", body or {}, content_type="application/json")

    def read(self, path: str) -> Any:
        return self.get(f"/platform/api/v1{path}")

    def granted(self, *rows: Any) -> Program:
        for row in rows:
            platform.grant(program=self.app, row=row)
        return self


def memberships(user_id: int) -> list[tuple[int, int]]:
    with platform_scope("tests look at everything"):
        rows = Membership.objects.filter(user_id=user_id).order_by("account_id")
        return list(rows.values_list("account_id", "role"))


# --- accounts -------------------------------------------------------------------------------------------------
def test_a_program_opens_accounts_and_sees_these_alone(cast: Cast) -> None:
    program = Program()
    body = program.send("/accounts", {"name": "New", "features": {"sla": True, "macros": False}}).json()

    features = body.pop("features")
    assert body == {
        "id": body["id"],
        "name": "New",
        "locale": "en",
        "domain": None,
        "support_email": None,
        "custom_attributes": {},
        "limits": {},
        "status": "active",
    }
    assert features["sla"] is True and "macros" not in features
    assert [one["id"] for one in program.read("/accounts").json()] == [body["id"]]
    assert Program("Other").read("/accounts").json() == []


def test_a_program_changes_its_account_and_a_suspended_one_closes(cast: Cast, api: Any) -> None:
    program = Program().granted(cast.account)
    changes = {"status": "suspended", "limits": {"agents": 5}, "custom_attributes": {"plan_name": "big"}}

    body = program.send(f"/accounts/{cast.account.pk}", changes, "patch").json()

    assert {key: body[key] for key in changes} == changes
    assert api(cast.bob).read("/agents").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"status": "gone"},
        {"limits": {"agents": "many"}},
        {"limits": {"agents": -1}},
        {"features": {"sla": "yes"}},
        {"features": []},
        {"locale": "xx"},
        {"support_email": "nobody"},
    ],
)
def test_an_account_is_not_changed_into_nonsense(cast: Cast, body: dict[str, Any]) -> None:
    program = Program().granted(cast.account)
    before = program.read(f"/accounts/{cast.account.pk}").json()
    assert program.send(f"/accounts/{cast.account.pk}", body, "patch").status_code == 422
    assert program.read(f"/accounts/{cast.account.pk}").json() == before


def test_a_deleted_account_is_closed_at_once_and_out_of_reach(cast: Cast, api: Any) -> None:
    program = Program().granted(cast.account)
    answer = program.send(f"/accounts/{cast.account.pk}", method="delete")

    assert (answer.status_code, answer.content) == (200, b"")
    assert program.read(f"/accounts/{cast.account.pk}").status_code == 401
    assert api(cast.bob).read("/agents").status_code == 401
    with platform_scope("tests look at everything"):
        row = Account.objects.get(pk=cast.account.pk)
    assert row.custom_attributes["marked_for_deletion_at"] <= timezone.now().isoformat()


# --- what it may not reach ------------------------------------------------------------------------------------
def test_what_was_not_granted_is_like_what_is_not_there(cast: Cast) -> None:
    program = Program().granted(cast.account)
    with account_scope(cast.other.pk):
        bot = AgentBot.objects.create(account=cast.other, name="Spy")
    foreign = {"accounts": cast.other.pk, "users": cast.charlie.user_id, "agent_bots": bot.pk}
    for kind, pk in foreign.items():
        for method in ("get", "patch", "put", "delete"):
            answers = [program.send(f"/{kind}/{one}", {"name": "Mine"}, method) for one in (pk, 987_654)]
            assert answers[0].status_code == answers[1].status_code == 401
            assert answers[0].content == answers[1].content
    people = {"user_id": cast.charlie.user_id}
    assert program.send(f"/accounts/{cast.account.pk}/account_users", people).status_code == 401
    assert program.send("/agent_bots", {"name": "x", "account_id": cast.other.pk}).status_code == 401
    with platform_scope("tests look at everything"):
        assert Account.objects.get(pk=cast.other.pk).name == "Globex"
        assert AgentBot.objects.get().name == "Spy"


def test_a_users_or_bots_token_is_no_programs(cast: Cast) -> None:
    for token in (factories.token_of(cast.alice.user), "x", ""):
        client = Client(raise_request_exception=False)
        answer = client.get("/platform/api/v1/accounts", headers={"api_access_token": token})
        assert answer.status_code == 401


# --- people ---------------------------------------------------------------------------------------------------
def test_a_program_brings_a_person_who_can_work_at_once(cast: Cast) -> None:
    program = Program().granted(cast.account)
    new = {"name": "Nora", "email": "Nora@acme.test", "password": "Sunny-garden-7"}

    body = program.send("/users", new).json()
    put = program.send(f"/accounts/{cast.account.pk}/account_users", {"user_id": body["id"], "role": "agent"})
    again = program.send(
        f"/accounts/{cast.account.pk}/account_users", {"user_id": body["id"], "role": "administrator"}
    )

    assert (body["email"], body["confirmed"], body["accounts"]) == ("nora@acme.test", True, [])
    assert put.json()["role"] == "agent"
    assert again.json() == {
        **put.json(),
        "role": "administrator",
        "updated_at": again.json()["updated_at"],
        "id": put.json()["id"],
    }
    rows = program.read(f"/accounts/{cast.account.pk}/account_users").json()
    assert rows[-1] == again.json()
    assert set(rows[0]) == set(
        "id account_id user_id role inviter_id created_at updated_at active_at availability auto_offline "
        "custom_role_id agent_capacity_policy_id".split()
    )
    client = Client(HTTP_API_ACCESS_TOKEN=body["access_token"])
    assert client.get(f"/api/v1/accounts/{cast.account.pk}/agents").status_code == 200
    gone = program.send(f"/accounts/{cast.account.pk}/account_users", {"user_id": body["id"]}, "delete")
    assert (gone.status_code, gone.content) == (200, b"")
    assert memberships(body["id"]) == []


def test_somebody_who_is_there_already_is_linked_and_never_taken_over(cast: Cast) -> None:
    program = Program().granted(cast.account)
    before = User.objects.values().get(pk=cast.charlie.user_id)
    factories.token_of(cast.charlie.user)

    body = program.send(
        "/users", {"email": cast.charlie.user.email, "name": "Mine", "password": "Sunny-garden-7"}
    ).json()

    path = f"/users/{cast.charlie.user_id}"
    assert (body["id"], body["name"], body["access_token"]) == (cast.charlie.user_id, "Charlie", None)
    assert program.read(path).json()["access_token"] is None
    for answer in (
        program.read(f"{path}/login"),
        program.send(f"{path}/token"),
        program.send(path, {"email": "mine@evil.test", "password": "Sunny-garden-7"}, "patch"),
        program.send(path, method="delete"),
    ):
        assert answer.status_code == 401
    assert User.objects.values().get(pk=cast.charlie.user_id) == before
    joined = program.send(f"/accounts/{cast.account.pk}/account_users", {"user_id": cast.charlie.user_id})
    assert joined.status_code == 200


def test_a_person_it_brought_who_then_works_elsewhere_too_is_not_its_to_be_any_more(cast: Cast) -> None:
    program = Program().granted(cast.account)
    user_id = program.send("/users", {"email": "n@acme.test", "password": "Sunny-garden-7"}).json()["id"]
    assert program.read(f"/users/{user_id}/login").status_code == 200

    factories.make_member(cast.other, User.objects.get(pk=user_id))

    assert program.read(f"/users/{user_id}/login").status_code == 401
    assert program.send(f"/users/{user_id}/token").status_code == 401
    assert program.send(f"/users/{user_id}", {"password": "Another-horse-9"}, "patch").status_code == 401
    assert program.read(f"/users/{user_id}").json()["access_token"] is None
    assert User.objects.get(pk=user_id).check_password("Sunny-garden-7")


def test_an_operator_is_nobodys_program(cast: Cast) -> None:
    olga = factories.make_user("Olga", is_superuser=True)
    program = Program().granted(olga)
    assert program.read(f"/users/{olga.pk}/login").status_code == 401
    assert program.send(f"/users/{olga.pk}/token").status_code == 401


def test_a_link_signs_in_once_and_only_with_its_address(cast: Cast) -> None:
    program = Program()
    user = program.send("/users", {"email": "n@acme.test", "password": "Sunny-garden-7"}).json()
    program.granted(cast.account)
    program.send(f"/accounts/{cast.account.pk}/account_users", {"user_id": user["id"]})
    url = program.read(f"/users/{user['id']}/login").json()["url"]
    path = url.removeprefix("http://127.0.0.1:8000")

    browser = Client()
    first = browser.get(path)
    second = Client().get(path)

    assert (first.status_code, first["Location"]) == (302, "/app/")
    assert first["Cache-Control"] == "no-store"
    assert browser.get("/app/")["Location"] == f"/app/accounts/{cast.account.pk}/dashboard"
    assert second["Location"] == "/app/login?error=access-denied"
    third = program.read(f"/users/{user['id']}/login").json()["url"].removeprefix("http://127.0.0.1:8000")
    wrong = Client().get(third.replace("n%40acme.test", "x%40acme.test"))
    assert wrong["Location"] == "/app/login?error=access-denied"
    assert Client().get(third)["Location"] == "/app/login?error=access-denied"


def test_a_token_is_handed_out_in_its_envelope(cast: Cast) -> None:
    program = Program()
    user = program.send("/users", {"email": "n@acme.test", "name": "Nora", "display_name": "No"}).json()
    body = program.send(f"/users/{user['id']}/token").json()
    assert body == {
        "access_token": user["access_token"],
        "expiry": None,
        "user": {
            "id": user["id"],
            "name": "Nora",
            "display_name": "No",
            "email": "n@acme.test",
            "pubsub_token": user["pubsub_token"],
        },
    }


def test_a_person_is_changed_and_goes_and_the_address_is_free_again(cast: Cast) -> None:
    program = Program().granted(cast.account)
    user = program.send("/users", {"email": "n@acme.test", "password": "Sunny-garden-7"}).json()
    program.send(f"/accounts/{cast.account.pk}/account_users", {"user_id": user["id"]})

    changed = program.send(
        f"/users/{user['id']}",
        {"name": "Nora", "email": "nora@acme.test", "custom_attributes": {"a": 1}},
        "patch",
    ).json()
    gone = program.send(f"/users/{user['id']}", method="delete")

    assert (changed["name"], changed["email"], changed["custom_attributes"]) == (
        "Nora",
        "nora@acme.test",
        {"a": 1},
    )
    assert (gone.status_code, gone.content) == (200, b"")
    assert memberships(user["id"]) == []
    assert Client(HTTP_API_ACCESS_TOKEN=user["access_token"]).get("/api/v1/profile").status_code == 401
    again = program.send("/users", {"email": "nora@acme.test"}).json()
    assert again["id"] != user["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "nobody"},
        {"email": "x@acme.test", "password": "short"},
        {"email": "x@acme.test", "custom_attributes": "x"},
        {"email": ["x@acme.test"]},
        {"email": "x@acme.test", "name": "a\nb"},
    ],
)
def test_a_person_is_not_made_of_nonsense(cast: Cast, body: dict[str, Any]) -> None:
    assert Program().send("/users", body).status_code == 422
    assert not User.objects.filter(email="x@acme.test").exists()


# --- bots -----------------------------------------------------------------------------------------------------
def test_bots_for_one_account_and_for_all_share_one_row_of_numbers(cast: Cast, api: Any) -> None:
    program = Program().granted(cast.account)
    everybodys = program.send("/agent_bots", {"name": "House", "outgoing_url": "https://h.test"}).json()
    own = program.send("/agent_bots", {"name": "Own", "account_id": cast.account.pk}).json()

    assert everybodys == {
        "id": everybodys["id"],
        "name": "House",
        "description": None,
        "outgoing_url": "https://h.test",
        "account_id": None,
        "access_token": everybodys["access_token"],
    }
    assert own["account_id"] == cast.account.pk
    assert own["id"] != everybodys["id"]
    assert program.read("/agent_bots").json() == [everybodys, own]
    assert {one["id"] for one in api(cast.bob).read("/agent_bots").json()} == {own["id"], everybodys["id"]}
    assert [one["id"] for one in api(cast.charlie).read("/agent_bots").json()] == [everybodys["id"]]
    renamed = program.send(f"/agent_bots/{own['id']}", {"name": "Mine"}, "patch").json()
    assert renamed == {**own, "name": "Mine"}
    for bot in (own, everybodys):
        assert program.send(f"/agent_bots/{bot['id']}", method="delete").status_code == 200
    assert program.read("/agent_bots").json() == []
    assert not SystemBot.objects.exists()


def test_lists_take_as_few_statements_for_many_as_for_one(cast: Cast) -> None:
    program = Program().granted(cast.account)
    paths = ["/accounts", "/agent_bots", f"/accounts/{cast.account.pk}/account_users"]

    def make(number: int) -> None:
        program.send("/accounts", {"name": f"A{number}"})
        program.send("/agent_bots", {"name": f"B{number}"})
        program.send("/agent_bots", {"name": f"C{number}", "account_id": cast.account.pk})
        factories.make_member(cast.account, factories.make_user(f"U{number}"))

    make(0)
    few = [factories.count_queries(lambda path=path: program.read(path)) for path in paths]  # type: ignore[misc]
    for number in range(1, 5):
        make(number)
    assert [factories.count_queries(lambda path=path: program.read(path)) for path in paths] == few  # type: ignore[misc]


def test_an_operator_opens_the_platform_to_a_program_from_the_shell(db: None, capsys: Any) -> None:
    call_command("platform_app", "Console")
    token = capsys.readouterr().out.strip()
    client = Client(HTTP_API_ACCESS_TOKEN=token)
    assert client.get("/platform/api/v1/accounts").json() == []
