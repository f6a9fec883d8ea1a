from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from config.database import account_scope, platform_scope
from config.problems import Forbidden, Invalid, NotFound
from inboxes.actions import inboxes as actions
from inboxes.models import Inbox, InboxMember, InboxUserObjectPermission
from tests import factories
from tests.factories import Cast


def members_of(inbox: Inbox) -> set[int]:
    with account_scope(inbox.account_id):
        return set(InboxMember.objects.filter(inbox=inbox).values_list("membership_id", flat=True))


def told(outbox: Any) -> list[int]:
    return [payload["user_id"] for name, payload in outbox() if name == "access.changed"]


def test_alice_adds_and_removes_members_and_their_sockets_hear_of_it(cast: Cast, outbox: Any) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        users = [cast.alice.user_id, cast.bob.user_id]
        added = actions.add_inbox_members(access=access, inbox_id=cast.inbox.pk, user_ids=users)
        assert [member.pk for member in added] == [cast.alice.pk]
        actions.remove_inbox_members(access=access, inbox_id=cast.inbox.pk, user_ids=[cast.bob.user_id])
        names = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert members_of(cast.inbox) == {cast.alice.pk}
    assert told(outbox) == [cast.alice.user_id, cast.bob.user_id]
    assert names == ["inbox.members_added", "inbox.members_removed"]


def test_an_agent_adds_nobody_unless_the_inbox_was_given_to_them(cast: Cast) -> None:
    alice, bob = factories.access_of(cast.alice), factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        with pytest.raises(Forbidden):
            actions.add_inbox_members(access=bob, inbox_id=cast.inbox.pk, user_ids=[cast.alice.user_id])
        actions.set_inbox_managers(access=alice, inbox_id=cast.inbox.pk, user_ids=[cast.bob.user_id])
        actions.add_inbox_members(access=bob, inbox_id=cast.inbox.pk, user_ids=[cast.alice.user_id])
        with pytest.raises(Forbidden):
            actions.add_inbox_members(access=bob, inbox_id=cast.api_inbox.pk, user_ids=[cast.alice.user_id])
        with pytest.raises(Forbidden):
            actions.set_inbox_managers(access=bob, inbox_id=cast.inbox.pk, user_ids=[])
    assert cast.alice.pk in members_of(cast.inbox)
    assert cast.alice.pk not in members_of(cast.api_inbox)


def test_nobody_of_another_account_becomes_a_member_or_manager(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        for act in (actions.add_inbox_members, actions.set_inbox_managers):
            with pytest.raises(Invalid) as refused:
                act(access=access, inbox_id=cast.inbox.pk, user_ids=[cast.charlie.user_id])  # type: ignore[operator]
            assert refused.value.attributes == ["user_ids"]
        assert not InboxUserObjectPermission.objects.exists()
    assert cast.charlie.pk not in members_of(cast.inbox)


def test_a_foreign_inbox_is_as_missing_as_an_unknown_one(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    with platform_scope("the action itself has to filter"):
        for inbox_id in (cast.other_inbox.pk, 999_999_999):
            with pytest.raises(NotFound) as missing:
                actions.add_inbox_members(access=access, inbox_id=inbox_id, user_ids=[cast.alice.user_id])
            assert str(missing.value) == "There is no such inbox."
            with pytest.raises(NotFound):
                actions.update_inbox(access=access, inbox_id=inbox_id, name="mine")
            with pytest.raises(NotFound):
                actions.set_inbox_managers(access=access, inbox_id=inbox_id, user_ids=[])
    assert members_of(cast.other_inbox) == {cast.charlie.pk}


def test_settings_are_changed_by_name_and_nothing_else_slips_in(cast: Cast) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        inbox = actions.update_inbox(
            access=access, inbox_id=cast.inbox.pk, name="Shop", greeting_enabled=True
        )
        for values in ({"account_id": cast.other.pk}, {"account": cast.other}, {"kind": "api"}, {"pk": 5}):
            with pytest.raises(Invalid):
                actions.update_inbox(access=access, inbox_id=cast.inbox.pk, **values)
        inbox.refresh_from_db()
        entry = AuditEntry.objects.get()
    assert (inbox.name, inbox.greeting_enabled, inbox.account_id, inbox.kind) == (
        "Shop",
        True,
        cast.account.pk,
        "web_widget",
    )
    assert entry.changes == {"name": ["Website", "Shop"], "greeting_enabled": [False, True]}


def test_the_database_itself_ties_a_grant_to_a_membership_of_the_same_account(cast: Cast) -> None:
    with platform_scope("whatever the code does"):
        permission = Permission.objects.get(codename="manage_inbox")
        with pytest.raises(IntegrityError, match="inboxgrant_membership_fk"), transaction.atomic():
            InboxUserObjectPermission.objects.create(
                content_object=cast.inbox, user=cast.charlie.user, permission=permission
            )
