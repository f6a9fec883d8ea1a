"""The account, its people, teams, bots and what it keeps, in the contract's shapes (3.3, 3.5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AgentBot, AuditEntry, DashboardApp, Membership, SystemBot, Team, User
from accounts.models.membership import NOTIFICATION_TYPES
from accounts.shapes import iso, ts
from channels_ext.realtime import presence
from config.database import account_scope, platform_scope
from tests import factories
from tests.factories import Cast


def agent(member: Membership, **fields: Any) -> dict[str, Any]:
    return {
        "id": member.user_id,
        "account_id": member.account_id,
        "availability_status": "offline",
        "auto_offline": True,
        "confirmed": True,
        "email": member.user.email,
        "provider": "email",
        "available_name": member.user.name,
        "name": member.user.name,
        "role": "administrator" if member.role else "agent",
        "thumbnail": "",
        **fields,
    }


# --- the account ----------------------------------------------------------------------------------------------
def test_the_account_as_its_members_see_it(cast: Cast, api: Any) -> None:
    answer = api(cast.bob).read("")

    body = answer.json()
    assert answer.status_code == 200
    assert {key: body[key] for key in body if key != "features"} == {
        "id": cast.account.pk,
        "name": "Acme",
        "locale": "en",
        "domain": None,
        "support_email": None,
        "status": "active",
        "settings": {},
        "created_at": iso(cast.account.created_at),
        "cache_keys": {"label": "0000000000", "inbox": "0000000000", "team": "0000000000"},
        "latest_chatwoot_version": None,
    }
    assert set(body["features"].values()) == {True}


def test_alice_changes_the_account_and_other_settings_stay(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    alice.send("", {"auto_resolve_after": 60, "industry": "Toys"}, "patch")

    body = alice.send(
        "", {"name": "Acme 2", "locale": "zh_CN", "auto_resolve_message": "Bye", "timezone": "UTC"}, "put"
    ).json()

    assert (body["name"], body["locale"]) == ("Acme 2", "zh_CN")
    assert body["settings"] == {"auto_resolve_after": 60, "auto_resolve_message": "Bye"}
    assert body["custom_attributes"] == {"industry": "Toys", "timezone": "UTC"}
    assert alice.read("").json()["settings"] == body["settings"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": None},
        {"locale": "xx"},
        {"support_email": "nobody"},
        {"auto_resolve_after": 9},
        {"auto_resolve_after": 1_439_857},
        {"auto_resolve_after": "soon"},
        {"audio_transcriptions": "perhaps"},
        {"conversation_required_attributes": "a"},
        {"conversation_required_attributes": [{}]},
        {"domain": "x" * 101},
    ],
)
def test_an_account_is_not_changed_into_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    before = api(cast.alice).read("").json()
    answer = api(cast.alice).send("", body, "patch")
    assert answer.status_code == 422, answer.content
    assert api(cast.alice).read("").json() == before


def test_a_suspended_account_can_still_be_looked_at_and_a_strangers_is_not_there(
    cast: Cast, api: Any
) -> None:
    with platform_scope("tests suspend accounts"):
        type(cast.account).objects.filter(pk=cast.account.pk).update(status=1)

    assert api(cast.bob).read("").json()["status"] == "suspended"
    assert api(cast.bob).read("/agents").status_code == 401
    assert Client().get(f"/api/v1/accounts/{cast.account.pk}").status_code == 401
    for path in ("", "/cache_keys"):
        stranger = Client(HTTP_API_ACCESS_TOKEN=factories.token_of(cast.charlie.user))
        assert stranger.get(f"/api/v1/accounts/{cast.account.pk}{path}").status_code == 404


def test_an_agent_changes_nothing_of_the_account(cast: Cast, api: Any) -> None:
    answer = api(cast.bob).send("", {"name": "Mine"}, "patch")
    assert (answer.status_code, answer.json()["code"]) == (401, "forbidden")
    assert api(cast.bob).read("").json()["name"] == "Acme"


# --- agents ---------------------------------------------------------------------------------------------------
def test_every_member_sees_all_agents_with_their_presence(cast: Cast, api: Any) -> None:
    presence.mark_all({cast.account.pk: [cast.bob.user_id]})
    assert api(cast.bob).read("/agents").json() == [
        agent(cast.alice),
        agent(cast.bob, availability_status="online"),
    ]


def test_alice_adds_an_agent_by_the_contracts_names(cast: Cast, api: Any) -> None:
    answer = api(cast.alice).send(
        "/agents",
        {
            "agent": {
                "email": "Nora@acme.test",
                "name": "Nora",
                "role": "administrator",
                "availability": "busy",
            }
        },
    )

    with account_scope(cast.account.pk):
        nora = Membership.objects.select_related("user").get(user__email="nora@acme.test")
    assert answer.status_code == 200
    assert answer.json() == agent(nora, confirmed=False)
    assert (nora.role, nora.availability, nora.inviter_id) == (1, 2, cast.alice.user_id)


def test_many_agents_at_once_start_offline(cast: Cast, api: Any) -> None:
    answer = api(cast.alice).send(
        "/agents/bulk_create", {"emails": ["a@acme.test", "B@acme.test", "a@acme.test"]}
    )

    assert (answer.status_code, answer.content) == (200, b"")
    with account_scope(cast.account.pk):
        new = Membership.objects.filter(user__email__in=["a@acme.test", "b@acme.test"])
        assert list(new.values_list("availability", "auto_offline")) == [(1, False)] * 2


def test_of_many_agents_one_bad_address_adds_none(cast: Cast, api: Any) -> None:
    answer = api(cast.alice).send("/agents/bulk_create", {"emails": ["a@acme.test", "nobody"]})
    assert answer.status_code == 422
    assert not User.objects.filter(email="a@acme.test").exists()


def test_alice_changes_role_and_availability_of_bob(cast: Cast, api: Any) -> None:
    body = {"role": "administrator", "availability": "busy", "auto_offline": False, "name": "Robert"}

    answer = api(cast.alice).send(f"/agents/{cast.bob.user_id}", body, "patch")

    assert answer.json() == agent(
        cast.bob,
        role="administrator",
        availability_status="busy",
        auto_offline=False,
        name="Robert",
        available_name="Robert",
    )


def test_who_works_elsewhere_too_is_never_changed_by_an_administrator_here(cast: Cast, api: Any) -> None:
    factories.make_member(cast.account, cast.charlie.user)
    before = User.objects.values().get(pk=cast.charlie.user_id)
    path = f"/agents/{cast.charlie.user_id}"

    renamed = api(cast.alice).send(path, {"name": "Mallory", "role": "administrator"}, "patch")
    kept = api(cast.alice).send(path, {"name": "Charlie", "email": "m@evil.test", "password": "x"}, "patch")

    assert (renamed.status_code, renamed.json()["code"]) == (401, "forbidden")
    assert kept.status_code == 200
    assert User.objects.values().get(pk=cast.charlie.user_id) == before
    with account_scope(cast.account.pk):
        assert Membership.objects.get(user=cast.charlie.user).role == 0


def test_an_agent_neither_adds_changes_nor_removes_anybody(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    answers = [
        bob.send("/agents", {"email": "x@acme.test"}),
        bob.send("/agents/bulk_create", {"emails": ["x@acme.test"]}),
        bob.send(f"/agents/{cast.bob.user_id}", {"role": "administrator"}, "patch"),
        bob.send(f"/agents/{cast.alice.user_id}", method="delete"),
        bob.send("/agents/987654", method="delete"),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(401, "forbidden")}
    assert [one["role"] for one in bob.read("/agents").json()] == ["administrator", "agent"]


def test_a_removed_agent_is_gone_and_the_last_administrator_stays(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    gone = alice.send(f"/agents/{cast.bob.user_id}", method="delete")
    last = alice.send(f"/agents/{cast.alice.user_id}", method="delete")

    assert (gone.status_code, gone.content) == (200, b"")
    assert last.status_code == 422
    assert [one["id"] for one in alice.read("/agents").json()] == [cast.alice.user_id]


def test_a_limit_of_agents_is_402(cast: Cast, api: Any) -> None:
    with platform_scope("tests set limits"):
        type(cast.account).objects.filter(pk=cast.account.pk).update(limits={"agents": 2})
    answer = api(cast.alice).send("/agents", {"email": "x@acme.test"})
    assert (answer.status_code, answer.json()["code"]) == (402, "limit_reached")
    assert not User.objects.filter(email="x@acme.test").exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "nobody"},
        {"email": ["x@acme.test"]},
        {"email": "x@acme.test", "role": "owner"},
        {"email": "x@acme.test", "role": 1},
        {"email": "x@acme.test", "availability": "available"},
        {"email": "x@acme.test", "auto_offline": []},
        {"email": "x@acme.test", "name": "a\nb"},
    ],
)
def test_an_agent_is_not_made_of_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    answer = api(cast.alice).send("/agents", body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "error", "message", "attributes"}
    assert not User.objects.filter(email="x@acme.test").exists()


# --- teams ----------------------------------------------------------------------------------------------------
def test_teams_say_whether_the_asker_is_in_them(cast: Cast, api: Any) -> None:
    sales = factories.make_team(cast.account, "Sales", cast.bob)
    answer = api(cast.alice).send("/teams", {"team": {"name": "Billing", "description": "Money"}})

    body = answer.json()
    billing = {
        "id": body["id"],
        "name": "billing",
        "description": "Money",
        "allow_auto_assign": True,
        "account_id": cast.account.pk,
        "is_member": False,
    }
    mine = {**billing, "id": sales.pk, "name": "sales", "description": None, "is_member": True}
    assert body == billing
    assert api(cast.bob).read("/teams").json() == [billing, mine]
    assert api(cast.bob).read(f"/teams/{sales.pk}").json() == mine


def test_a_team_is_changed_and_deleted_by_alice(cast: Cast, api: Any) -> None:
    team = factories.make_team(cast.account, "sales")
    alice = api(cast.alice)
    changed = alice.send(f"/teams/{team.pk}", {"name": "SALES 2", "allow_auto_assign": False}, "put")
    deleted = alice.send(f"/teams/{team.pk}", method="delete")

    assert (changed.json()["name"], changed.json()["allow_auto_assign"]) == ("sales 2", False)
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert alice.read(f"/teams/{team.pk}").status_code == 404


def test_members_of_a_team_are_added_set_and_removed(cast: Cast, api: Any) -> None:
    team = factories.make_team(cast.account, "sales")
    alice, path = api(cast.alice), f"/teams/{team.pk}/team_members"

    added = alice.send(path, {"user_ids": [cast.bob.user_id, str(cast.alice.user_id)]}).json()
    again = alice.send(path, {"user_ids": [cast.bob.user_id]}).json()
    exact = alice.send(path, {"user_ids": [cast.bob.user_id]}, "patch").json()
    listed = api(cast.bob).read(path).json()
    removed = alice.send(path, {"user_ids": [cast.bob.user_id, 987654]}, "delete")

    assert {one["id"] for one in added} == {cast.alice.user_id, cast.bob.user_id}
    assert again == []
    assert exact == listed == [agent(cast.bob)]
    assert (removed.status_code, removed.content) == (200, b"")
    assert alice.read(path).json() == []


def test_somebody_of_another_account_is_a_matter_of_rights_for_a_team(cast: Cast, api: Any) -> None:
    team = factories.make_team(cast.account, "sales")
    path = f"/teams/{team.pk}/team_members"
    for method in ("post", "patch"):
        answer = api(cast.alice).send(path, {"user_ids": [cast.bob.user_id, cast.charlie.user_id]}, method)
        assert (answer.status_code, answer.json()["error"]) == (401, "Invalid User IDs")
    assert api(cast.alice).read(path).json() == []


@pytest.mark.parametrize("ids", ["x", 1, None, ["x"], [None], [{}], [2**70], [1.5], [[1]]])
def test_ids_of_a_team_that_are_none(cast: Cast, api: Any, ids: Any) -> None:
    team = factories.make_team(cast.account, "sales")
    answer = api(cast.alice).send(f"/teams/{team.pk}/team_members", {"user_ids": ids})
    assert answer.status_code in {401, 422}
    with account_scope(cast.account.pk):
        assert Team.objects.get(pk=team.pk).team_members.count() == 0


# --- bots -----------------------------------------------------------------------------------------------------
def test_a_bot_has_a_token_that_administrators_see(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    body = alice.send("/agent_bots", {"name": "Robo", "outgoing_url": "https://bot.test/in"}).json()

    assert body == {
        "id": body["id"],
        "name": "Robo",
        "description": None,
        "thumbnail": "",
        "outgoing_url": "https://bot.test/in",
        "bot_type": "webhook",
        "bot_config": {},
        "account_id": cast.account.pk,
        "system_bot": False,
        "access_token": body["access_token"],
    }
    assert len(body["access_token"]) == 24
    shown = api(cast.bob).read(f"/agent_bots/{body['id']}").json()
    assert shown == {key: body[key] for key in body if key != "access_token"}
    renewed = alice.send(f"/agent_bots/{body['id']}/reset_access_token").json()
    assert renewed["access_token"] != body["access_token"]


def test_a_bot_of_the_platform_is_listed_without_its_address_and_cannot_be_changed(
    cast: Cast, api: Any
) -> None:
    SystemBot.objects.create(id=10**9, name="House bot", outgoing_url="https://house.test")
    alice = api(cast.alice)

    assert alice.read("/agent_bots").json() == [
        {
            "id": 10**9,
            "name": "House bot",
            "description": None,
            "thumbnail": "",
            "bot_type": "webhook",
            "bot_config": {},
            "account_id": None,
            "system_bot": True,
        }
    ]
    assert alice.send(f"/agent_bots/{10**9}", {"name": "Mine"}, "patch").status_code == 404
    assert alice.send(f"/agent_bots/{10**9}", method="delete").status_code == 404
    assert SystemBot.objects.get().name == "House bot"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x.test", "https://", "x", "https://a b", "https://ü.test"]
)
def test_a_bot_listens_at_a_web_address(cast: Cast, api: Any, url: str) -> None:
    answer = api(cast.alice).send("/agent_bots", {"name": "Robo", "outgoing_url": url})
    assert (answer.status_code, answer.json()["attributes"]) == (422, ["outgoing_url"])
    with account_scope(cast.account.pk):
        assert not AgentBot.objects.exists()


# --- what an account keeps ----------------------------------------------------------------------------------
def test_bob_chooses_what_he_is_told_of(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    flags = {"selected_email_flags": ["email_conversation_mention"], "selected_push_flags": []}

    first = bob.read("/notification_settings").json()
    second = bob.send("/notification_settings", {"notification_settings": flags}, "patch").json()

    assert first == {
        "id": cast.bob.pk,
        "user_id": cast.bob.user_id,
        "account_id": cast.account.pk,
        "all_email_flags": [f"email_{kind}" for kind in NOTIFICATION_TYPES],
        "selected_email_flags": ["email_conversation_assignment"],
        "all_push_flags": [f"push_{kind}" for kind in NOTIFICATION_TYPES],
        "selected_push_flags": ["push_conversation_assignment"],
    }
    assert second == {**first, **flags}
    unwrapped = bob.send("/notification_settings", {**flags, "selected_push_flags": ["push_x"]}, "patch")
    unknown = {"notification_settings": {"selected_push_flags": ["push_x"]}}
    assert unwrapped.status_code == bob.send("/notification_settings", unknown, "patch").status_code == 422
    assert bob.read("/notification_settings").json() == second


def test_a_dashboard_app_comes_and_goes(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    content = [{"type": "frame", "url": "https://shop.test/orders"}]
    body = bob.send("/dashboard_apps", {"dashboard_app": {"title": "Orders", "content": content}}).json()

    with account_scope(cast.account.pk):
        row = DashboardApp.objects.get()
    assert body == {"id": row.pk, "title": "Orders", "content": content, "created_at": iso(row.created_at)}
    assert bob.read("/dashboard_apps").json() == [body]
    assert bob.send(f"/dashboard_apps/{row.pk}", {"title": "All"}, "patch").json() == {**body, "title": "All"}
    gone = bob.send(f"/dashboard_apps/{row.pk}", method="delete")
    assert (gone.status_code, gone.content) == (204, b"")
    assert bob.read("/dashboard_apps").json() == []


@pytest.mark.parametrize(
    "content",
    [
        [],
        "x",
        [1],
        [{"type": "script", "url": "https://x.test"}],
        [{"type": "frame"}],
        [{"type": "frame", "url": "javascript:alert(1)"}],
        [{"type": "frame", "url": "data:text/html,x"}],
    ],
)
def test_a_dashboard_app_frames_web_pages_only(cast: Cast, api: Any, content: Any) -> None:
    answer = api(cast.bob).send("/dashboard_apps", {"title": "Orders", "content": content})
    assert answer.status_code == 422
    with account_scope(cast.account.pk):
        assert not DashboardApp.objects.exists()


def test_the_audit_log_in_the_contracts_words(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    for number in range(20):
        alice.send("/teams", {"name": f"team {number}"})

    first, second = alice.read("/audit_logs").json(), alice.read("/audit_logs", page="2").json()

    with account_scope(cast.account.pk):
        newest = AuditEntry.objects.order_by("-id")[0]
    assert {key: first[key] for key in first if key != "audit_logs"} == {
        "per_page": 15,
        "total_entries": 20,
        "current_page": 1,
    }
    assert first["audit_logs"][0] == {
        "id": newest.pk,
        "auditable_id": newest.subject_id,
        "auditable_type": "Team",
        "auditable": None,
        "associated_id": cast.account.pk,
        "associated_type": "Account",
        "user_id": cast.alice.user_id,
        "user_type": "User",
        "username": "Alice",
        "action": "create",
        "audited_changes": {"name": [None, "team 19"]},
        "version": 1,
        "comment": "team.created",
        "request_uuid": newest.request_id,
        "created_at": ts(newest.created_at),
        "remote_address": None,
    }
    assert (len(first["audit_logs"]), len(second["audit_logs"])) == (15, 5)
    assert api(cast.bob).read("/audit_logs").status_code == 401
    for page in ("0", "-1", "x", "9" * 30):
        assert alice.read("/audit_logs", page=page).status_code == 422


# --- how many statements ------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/agents", "/teams", "/agent_bots", "/dashboard_apps", "/audit_logs"])
def test_a_list_takes_as_few_statements_for_many_rows_as_for_one(cast: Cast, api: Any, path: str) -> None:
    alice = api(cast.alice)

    def make(name: str) -> None:
        alice.send("/teams", {"name": name})
        alice.send("/agents", {"email": f"{name}@acme.test"})
        alice.send("/agent_bots", {"name": name})
        content = [{"type": "frame", "url": "https://x.test"}]
        alice.send("/dashboard_apps", {"title": name, "content": content})

    make("first")
    alice.read(path)
    few = factories.count_queries(lambda: alice.read(path))
    for number in range(5):
        make(f"more{number}")
    assert factories.count_queries(lambda: alice.read(path)) == few
