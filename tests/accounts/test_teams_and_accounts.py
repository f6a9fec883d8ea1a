from __future__ import annotations

from typing import Any

import pytest

from accounts.actions import teams
from accounts.actions.accounts import change_account_status, create_account, update_account
from accounts.models import Account, AuditEntry, Membership, Role, Team, TeamMember, User
from config.database import account_scope, platform_scope
from config.problems import Forbidden, Invalid, NotFound
from conversations.models import Conversation
from tests import factories
from tests.factories import Cast


@pytest.fixture
def operator(db: None) -> User:
    return factories.make_user("Olga", is_superuser=True)


def in_team(team: Team) -> list[int]:
    with account_scope(team.account_id):
        return list(
            TeamMember.objects.filter(team=team).order_by("pk").values_list("membership_id", flat=True)
        )


def test_alice_makes_a_team_renames_it_and_fills_it(cast: Cast, outbox: Any) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        team = teams.create_team(access=access, name=" Sales ", description="who sells")
        teams.update_team(access=access, team_id=team.pk, name="Retail", allow_auto_assign=False)
        added = teams.add_team_members(
            access=access, team_id=team.pk, user_ids=[cast.bob.user_id, cast.alice.user_id]
        )
        again = teams.add_team_members(access=access, team_id=team.pk, user_ids=[cast.bob.user_id])
        team.refresh_from_db()
        actions = list(AuditEntry.objects.order_by("id").values_list("action", "changes"))

    assert (team.name, team.description, team.allow_auto_assign) == ("retail", "who sells", False)
    assert {member.pk for member in added} == {cast.alice.pk, cast.bob.pk} == set(in_team(team))
    assert again == []
    assert actions[1] == ("team.updated", {"name": ["sales", "retail"], "allow_auto_assign": [True, False]})
    told = [payload["user_id"] for name, payload in outbox() if name == "access.changed"]
    assert sorted(told) == sorted([cast.bob.user_id, cast.alice.user_id])


def test_a_team_takes_nobody_from_another_account(cast: Cast) -> None:
    team, access = factories.make_team(cast.account, "sales"), factories.access_of(cast.alice)
    with account_scope(cast.account.pk), pytest.raises(Invalid):
        teams.add_team_members(
            access=access, team_id=team.pk, user_ids=[cast.bob.user_id, cast.charlie.user_id]
        )
    assert in_team(team) == []


@pytest.mark.parametrize("user_ids", [["x"], [None], [{}], ["1 or 1"], [10**30]])
def test_ids_that_are_none_are_refused(cast: Cast, user_ids: Any) -> None:
    team, access = factories.make_team(cast.account, "sales"), factories.access_of(cast.alice)
    with account_scope(cast.account.pk), pytest.raises(Invalid):
        teams.add_team_members(access=access, team_id=team.pk, user_ids=user_ids)


def test_two_teams_of_one_name_are_refused_and_two_accounts_may_share_it(cast: Cast) -> None:
    factories.make_team(cast.other, "sales")
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        teams.create_team(access=access, name="sales")
        with pytest.raises(Invalid) as refused:
            teams.create_team(access=access, name="SALES")
    assert (refused.value.code, refused.value.attributes) == ("taken", ["name"])


def test_leaving_a_team_is_told_and_passing_over_strangers_is_not(cast: Cast, outbox: Any) -> None:
    team, access = factories.make_team(cast.account, "sales", cast.bob), factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        teams.remove_team_members(
            access=access, team_id=team.pk, user_ids=[cast.bob.user_id, cast.charlie.user_id, 99]
        )
    assert in_team(team) == []
    assert [payload["user_id"] for name, payload in outbox() if name == "access.changed"] == [
        cast.bob.user_id
    ]


def test_a_deleted_teams_conversations_stay_without_it(cast: Cast) -> None:
    team, conversation = (
        factories.make_team(cast.account, "sales", cast.bob),
        factories.make_conversation(cast.inbox),
    )
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=conversation.pk).update(team=team)
        teams.delete_team(access=factories.access_of(cast.alice), team_id=team.pk)
        assert Conversation.objects.get(pk=conversation.pk).team_id is None
        assert not Team.objects.exists() and not TeamMember.objects.exists()


def test_agents_leave_teams_alone_and_foreign_teams_do_not_exist(cast: Cast) -> None:
    team, foreign = factories.make_team(cast.account, "sales"), factories.make_team(cast.other, "sales")
    bob, alice = factories.access_of(cast.bob), factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        with pytest.raises(Forbidden):
            teams.add_team_members(access=bob, team_id=team.pk, user_ids=[cast.bob.user_id])
    with platform_scope("the action itself has to filter"):
        for team_id in (foreign.pk, 999_999_999):
            with pytest.raises(NotFound) as missing:
                teams.update_team(access=alice, team_id=team_id, name="mine")
            assert str(missing.value) == "There is no such team."
            with pytest.raises(NotFound):
                teams.delete_team(access=alice, team_id=team_id)
        assert Team.objects.get(pk=foreign.pk).name == "sales"


def test_operators_open_accounts_and_others_only_while_sign_up_is_open(
    cast: Cast, operator: User, settings: Any
) -> None:
    opened = create_account(by=operator, name="Initech", locale="zh-hans")
    assert (opened.name, opened.locale) == ("Initech", "zh-hans")
    bob = cast.bob.user
    with pytest.raises(Forbidden):
        create_account(by=bob, name="Bobs", administrator=bob)
    settings.SIGNUP_ENABLED = True
    with pytest.raises(Forbidden):
        create_account(by=bob, name="For charlie", administrator=cast.charlie.user)
    own = create_account(by=bob, name="Bobs", administrator=bob)
    with account_scope(own.pk):
        assert Membership.objects.get(user=bob).role == Role.ADMINISTRATOR
        assert AuditEntry.objects.get().action == "account.created"


def test_an_administrator_renames_their_account_and_nothing_else_of_it(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        update_account(access=access, name="Acme Ltd", support_email="help@acme.test")
        for values in ({"status": 1}, {"features": {"all": True}}, {"id": 5}):
            with pytest.raises(Invalid):
                update_account(access=access, **values)
        with pytest.raises(Invalid):
            update_account(access=access, locale="xx")
        with pytest.raises(Forbidden):
            update_account(access=factories.access_of(cast.bob), name="Bobs")
        account = Account.objects.get()
    assert (account.name, account.support_email, account.status) == ("Acme Ltd", "help@acme.test", 0)


def test_a_suspended_account_opens_for_nobody(cast: Cast, api: Any, operator: User, outbox: Any) -> None:
    client = api(cast.alice)
    assert client.read("/conversations").status_code == 200
    with pytest.raises(Forbidden):
        change_account_status(by=cast.alice.user, account_id=cast.account.pk, status=1)
    change_account_status(by=operator, account_id=cast.account.pk, status=1)
    assert client.read("/conversations").status_code == 401
    assert outbox()[-1][0] == "access.changed"
    change_account_status(by=operator, account_id=cast.account.pk, status=0)
    assert client.read("/conversations").status_code == 200
