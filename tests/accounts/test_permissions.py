from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from accounts.models import Role
from accounts.permissions import CAPABILITIES, GRANTS, can, granted, require
from config.database import account_scope, platform_scope
from config.problems import Forbidden
from inboxes.actions.inboxes import set_inbox_managers
from inboxes.models import Inbox
from tests import factories
from tests.factories import Cast


def test_every_capability_is_the_administrators_and_these_are_the_agents_too() -> None:
    agents = {name for name, roles in CAPABILITIES.items() if Role.AGENT in roles}
    assert all(Role.ADMINISTRATOR in roles for roles in CAPABILITIES.values())
    assert agents == {
        "account.read",
        "attribute.manage",
        "attribute.read",
        "bot.read",
        "canned.manage",
        "canned.read",
        "contact.read",
        "contact.update",
        "conversation.read",
        "conversation.reply",
        "conversation.update",
        "dashboard_app.manage",
        "dashboard_app.read",
        "inbox.read",
        "knowledge.read",
        "label.read",
        "member.read",
        "sla.read",
        "team.read",
    }
    assert set(GRANTS) <= set(CAPABILITIES)


def test_a_misspelt_capability_is_an_error_and_not_a_refusal(cast: Cast) -> None:
    with pytest.raises(KeyError):
        can(factories.access_of(cast.alice), "inbox.mange")


def test_nobody_may_do_anything_to_what_belongs_to_another_account(cast: Cast) -> None:
    alice = factories.access_of(cast.alice)
    for capability in CAPABILITIES:
        assert not can(alice, capability, cast.other_inbox)
        assert not can(alice, capability, cast.other)
        assert can(alice, capability, cast.inbox)
        assert can(alice, capability, cast.account)
    with pytest.raises(Forbidden):
        require(alice, "inbox.manage", cast.other_inbox)


def test_a_grant_opens_one_inbox_to_an_agent_and_ends_with_the_membership(cast: Cast) -> None:
    alice, bob = factories.access_of(cast.alice), factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        assert not can(bob, "inbox.manage", cast.inbox)
        set_inbox_managers(access=alice, inbox_id=cast.inbox.pk, user_ids=[cast.bob.user_id])
        assert can(bob, "inbox.manage", cast.inbox)
        assert not can(bob, "inbox.manage", cast.api_inbox)
        assert not can(bob, "inbox.manage")
        assert list(granted(bob, "inbox.manage", Inbox.objects.all())) == [cast.inbox]
        set_inbox_managers(access=alice, inbox_id=cast.inbox.pk, user_ids=[])
        assert not can(bob, "inbox.manage", cast.inbox)

        set_inbox_managers(access=alice, inbox_id=cast.inbox.pk, user_ids=[cast.bob.user_id])
        cast.bob.delete()
        assert not can(bob, "inbox.manage", cast.inbox)


def test_a_permission_on_the_model_or_being_an_operator_opens_no_inbox(cast: Cast) -> None:
    """The trap of guardian's defaults: one model-level permission would open every tenant."""
    bob = factories.access_of(cast.bob)
    cast.bob.user.user_permissions.add(Permission.objects.get(codename="manage_inbox"))
    cast.bob.user.is_superuser = True
    cast.bob.user.save()
    with account_scope(cast.account.pk):
        assert not can(bob, "inbox.manage", cast.inbox)
        assert not granted(bob, "inbox.manage", Inbox.objects.all()).exists()


def test_a_grant_in_one_account_is_worth_nothing_in_another(cast: Cast) -> None:
    twice = factories.make_member(cast.other, cast.bob.user)
    with account_scope(cast.other.pk):
        assign_perm("inboxes.manage_inbox", cast.bob.user, cast.other_inbox)
        there = factories.access_of(twice)
        assert can(there, "inbox.manage", cast.other_inbox)
    bob = factories.access_of(cast.bob)
    with platform_scope("no policy helps here: the query has to name the account"):
        assert not granted(bob, "inbox.manage", Inbox.objects.all()).exists()
        assert not can(bob, "inbox.manage", cast.other_inbox)


def test_a_role_is_enough_without_a_query_and_a_grant_takes_few(cast: Cast) -> None:
    alice, bob = factories.access_of(cast.alice), factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        assert not can(bob, "inbox.manage", cast.inbox)  # content types are asked for once per process
        with CaptureQueriesContext(connection) as asked:
            assert can(alice, "inbox.manage", cast.inbox)
        assert len(asked) == 0
        with CaptureQueriesContext(connection) as asked:
            assert not can(bob, "inbox.manage", cast.inbox)
        assert len(asked) == 1
