from __future__ import annotations

import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection

from accounts.actions.members import change_role, invite_member, remove_member, set_availability
from accounts.models import AuditEntry, Membership, Role, User
from config.database import account_scope, platform_scope
from config.problems import Forbidden, Invalid, NotFound
from conversations.models import Conversation
from inboxes.models import InboxMember
from tests import factories
from tests.factories import Cast


def members(account: Any) -> list[tuple[str, int]]:
    with account_scope(account.pk):
        rows = Membership.objects.for_account(account).order_by("user__email")
        return list(rows.values_list("user__email", "role"))


def audit(account: Any) -> list[tuple[str, Any, dict[str, Any]]]:
    with account_scope(account.pk):
        return list(AuditEntry.objects.order_by("id").values_list("action", "actor_id", "changes"))


def test_alice_invites_a_new_colleague_who_sets_a_password_by_the_link_in_the_mail(
    cast: Cast, client: Any, outbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    access = factories.access_of(cast.alice)
    with django_capture_on_commit_callbacks(execute=True), account_scope(cast.account.pk):
        member = invite_member(access=access, email=" Nora@Example.test ", name="Nora", role=Role.AGENT)

    assert (member.user.email, member.user.name, member.role) == ("nora@example.test", "Nora", Role.AGENT)
    assert not member.user.has_usable_password()
    assert member.inviter_id == cast.alice.user_id
    assert audit(cast.account)[-1] == (
        "member.invited",
        cast.alice.user_id,
        {"email": [None, "nora@example.test"], "role": [None, "agent"]},
    )
    name, payload = outbox()[-1]
    assert (name, payload["user_id"]) == ("access.changed", member.user_id)

    (message,) = mail.outbox
    assert message.to == ["nora@example.test"]
    assert message.subject == "Alice invited you to Acme"
    link = next(line for line in message.body.splitlines() if "/password/reset/key/" in line)
    page = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    done = client.post(
        page.redirect_chain[-1][0], {"password1": "Sunny-garden-7", "password2": "Sunny-garden-7"}
    )
    assert done.status_code == 302
    assert User.objects.get(pk=member.user_id).check_password("Sunny-garden-7")
    again = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    assert "password1" not in again.content.decode()


def test_a_user_of_another_account_is_linked_and_never_changed(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    before = User.objects.values().get(pk=cast.charlie.user_id)
    access = factories.access_of(cast.alice)
    with django_capture_on_commit_callbacks(execute=True), account_scope(cast.account.pk):
        member = invite_member(access=access, email=cast.charlie.user.email.upper(), name="Mallory", role=1)

    assert member.user_id == cast.charlie.user_id
    assert User.objects.values().get(pk=cast.charlie.user_id) == before
    assert (cast.charlie.user.email, 0) in members(cast.other)
    assert (cast.charlie.user.email, 1) in members(cast.account)
    assert "/password/reset/" not in mail.outbox[0].body


def test_an_invitation_does_not_let_in_who_claimed_the_address_without_proof(cast: Cast) -> None:
    squatter = factories.make_user("Mallory", "ceo@acme.test")
    EmailAddress.objects.create(user=squatter, email="ceo@acme.test", primary=True, verified=False)
    access = factories.access_of(cast.alice)

    with account_scope(cast.account.pk), pytest.raises(Invalid) as refused:
        invite_member(access=access, email="ceo@acme.test", role=Role.ADMINISTRATOR)

    assert (refused.value.code, refused.value.attributes) == ("unproven", ["email"])
    assert not Membership.objects.filter(user=squatter).exists()


def test_somebody_who_is_a_member_cannot_be_invited_again(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk), pytest.raises(Invalid) as refused:
        invite_member(access=access, email=cast.bob.user.email, role=Role.ADMINISTRATOR)
    assert (refused.value.status, refused.value.code) == (422, "taken")
    assert (cast.bob.user.email, 0) in members(cast.account)


@pytest.mark.parametrize(
    "email", ["", "nobody", None, 5, ["a@b.c"], "a@b\x00.test", "x" * 300 + "@b.test", "a@b\ud800.test"]
)
def test_what_is_not_an_address_is_refused(cast: Cast, email: Any) -> None:
    access, before = factories.access_of(cast.alice), User.objects.count()
    with account_scope(cast.account.pk), pytest.raises(Invalid):
        invite_member(access=access, email=email, name="Nora")
    assert User.objects.count() == before


@pytest.mark.parametrize("role", [2, -1, "administrator", None, True, [1]])
def test_a_role_that_is_none_of_ours_is_refused(cast: Cast, role: Any) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk), pytest.raises(Invalid) as refused:
        invite_member(access=access, email="nora@example.test", role=role)
    assert refused.value.attributes == ["role"]


def test_an_agent_neither_invites_nor_promotes_nor_removes_anybody(cast: Cast) -> None:
    access, before = factories.access_of(cast.bob), members(cast.account)
    with account_scope(cast.account.pk):
        with pytest.raises(Forbidden):
            invite_member(access=access, email="second@bob.test", role=Role.ADMINISTRATOR)
        with pytest.raises(Forbidden):
            change_role(access=access, membership_id=cast.bob.pk, role=Role.ADMINISTRATOR)
        with pytest.raises(Forbidden):
            remove_member(access=access, membership_id=cast.alice.pk)
        with pytest.raises(Forbidden):
            set_availability(access=access, membership_id=cast.alice.pk, availability=1)
    assert members(cast.account) == before
    assert not User.objects.filter(email="second@bob.test").exists()


def test_a_new_role_is_written_down_and_told_to_the_sockets(cast: Cast, outbox: Any) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        change_role(access=access, membership_id=cast.bob.pk, role=Role.ADMINISTRATOR)

    assert (cast.bob.user.email, 1) in members(cast.account)
    assert audit(cast.account)[-1][0::2] == ("member.role_changed", {"role": ["agent", "administrator"]})
    assert outbox()[-1][1]["user_id"] == cast.bob.user_id


def test_the_last_administrator_keeps_the_role_and_stays(cast: Cast, outbox: Any) -> None:
    access, before, told = factories.access_of(cast.alice), members(cast.account), len(outbox())
    with account_scope(cast.account.pk):
        with pytest.raises(Invalid) as demoted:
            change_role(access=access, membership_id=cast.alice.pk, role=Role.AGENT)
        with pytest.raises(Invalid) as removed:
            remove_member(access=access, membership_id=cast.alice.pk)
    assert (demoted.value.status, removed.value.status) == (422, 422)
    assert members(cast.account) == before
    assert len(outbox()) == told
    assert audit(cast.account) == []


def test_an_administrator_who_cannot_sign_in_does_not_count(cast: Cast) -> None:
    gone = factories.make_member(
        cast.account, factories.make_user("Gone", is_active=False), Role.ADMINISTRATOR
    )
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        with pytest.raises(Invalid):
            change_role(access=access, membership_id=cast.alice.pk, role=Role.AGENT)
        change_role(access=access, membership_id=gone.pk, role=Role.AGENT)


def test_of_two_administrators_who_remove_each_other_at_once_one_stays(committed_cast: Cast) -> None:
    cast = committed_cast
    second = factories.make_member(cast.account, factories.make_user("Adam"), Role.ADMINISTRATOR)
    pairs = [(factories.access_of(cast.alice), second.pk), (factories.access_of(second), cast.alice.pk)]
    start, outcomes = threading.Barrier(2), []

    def remove(access: Any, membership_id: int) -> None:
        start.wait()
        try:
            with account_scope(cast.account.pk):
                remove_member(access=access, membership_id=membership_id)
            outcomes.append("removed")
        except Invalid:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "removed"]
    assert [role for _email, role in members(cast.account)].count(Role.ADMINISTRATOR) == 1


def test_a_removed_members_conversations_become_unassigned_and_are_counted_so(cast: Cast) -> None:
    conversation = factories.make_conversation(cast.inbox)
    grant = factories.make_team(cast.account, "sales", cast.bob)
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=conversation.pk).update(assignee=cast.bob)
        remove_member(access=access, membership_id=cast.bob.pk)

        assert Conversation.objects.get(pk=conversation.pk).assignee_id is None
        assert not InboxMember.objects.filter(membership_id=cast.bob.pk).exists()
        assert not grant.team_members.exists()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT assignee_id, sum(delta) FROM conversations_conversationtally GROUP BY 1 HAVING sum(delta) <> 0"
            )
            assert cursor.fetchall() == [(None, 1)]
    assert User.objects.filter(pk=cast.bob.user_id).exists()
    assert audit(cast.account)[-1][0] == "member.removed"


def test_a_foreign_member_is_as_missing_as_an_unknown_one(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    answers = []
    for membership_id in (cast.charlie.pk, 999_999_999):
        for act in (change_role, remove_member, set_availability):
            extra: Any = {change_role: {"role": 1}, set_availability: {"availability": 1}}.get(act, {})
            with account_scope(cast.account.pk), pytest.raises(NotFound) as missing:
                act(access=access, membership_id=membership_id, **extra)  # type: ignore[operator]
            answers.append((act.__name__, str(missing.value)))
    assert answers[:3] == answers[3:]
    assert (cast.charlie.user.email, 0) in members(cast.other)


def test_not_even_an_operators_scope_reaches_into_another_account(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    with platform_scope("the action itself has to filter"), pytest.raises(NotFound):
        remove_member(access=access, membership_id=cast.charlie.pk)
    assert (cast.charlie.user.email, 0) in members(cast.other)


def test_bob_says_himself_whether_he_is_there(cast: Cast) -> None:
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        member = set_availability(
            access=access, membership_id=cast.bob.pk, availability=2, auto_offline=False
        )
        member.refresh_from_db()
        assert (member.availability, member.auto_offline) == (2, False)
