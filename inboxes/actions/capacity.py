"""Capacity policies, whose they are, and their limits per inbox."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name
from accounts.permissions import Asker, require
from accounts.queries.members import member_of_user
from config.problems import Invalid, found
from inboxes.actions.inboxes import lock_inbox
from inboxes.models import CapacityLimit, CapacityMember, CapacityPolicy


@transaction.atomic
def create_capacity_policy(*, access: Asker, **values: Any) -> CapacityPolicy:
    """Name, description, exclusion_rules. Raises Forbidden, Invalid."""
    require(access, "assignment.manage")
    return _saved(CapacityPolicy(account_id=access.account_id), values)


@transaction.atomic
def update_capacity_policy(*, access: Asker, policy_id: int, **values: Any) -> CapacityPolicy:
    """Raises Forbidden, NotFound, Invalid."""
    return _saved(_locked(access, policy_id), values)


@transaction.atomic
def delete_capacity_policy(*, access: Asker, policy_id: int) -> None:
    """Raises Forbidden, NotFound."""
    _locked(access, policy_id).delete()


@transaction.atomic
def give_capacity_policy(*, access: Asker, policy_id: int, user_id: int) -> None:
    """To a member, instead of another one. Raises Forbidden, NotFound."""
    policy = _locked(access, policy_id)
    membership = member_of_user(access.account_id, user_id)
    CapacityMember.objects.for_account(access.account_id).update_or_create(
        membership=membership,
        defaults={"policy": policy},
        create_defaults={"account_id": access.account_id, "policy": policy},
    )


@transaction.atomic
def take_capacity_policy(*, access: Asker, policy_id: int, user_id: int) -> None:
    """Raises Forbidden, NotFound."""
    policy = _locked(access, policy_id)
    rows = CapacityMember.objects.for_account(access.account_id).filter(policy=policy)
    found(rows.filter(membership__user_id=user_id).first()).delete()


@transaction.atomic
def add_limit(*, access: Asker, policy_id: int, inbox_id: int, conversation_limit: int) -> CapacityLimit:
    """Raises Forbidden, NotFound; Invalid if the inbox has one."""
    policy = _locked(access, policy_id)
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    try:
        with transaction.atomic():
            return CapacityLimit.objects.create(
                account_id=access.account_id,
                policy=policy,
                inbox=inbox,
                conversation_limit=conversation_limit,
            )
    except IntegrityError:
        raise Invalid(_("This inbox has a limit already."), attributes=["inbox_id"]) from None


@transaction.atomic
def change_limit(*, access: Asker, policy_id: int, limit_id: int, conversation_limit: int) -> CapacityLimit:
    """Raises Forbidden, NotFound."""
    limit = _limit(access, policy_id, limit_id)
    limit.conversation_limit = conversation_limit
    limit.save(update_fields=["conversation_limit", "updated_at"])
    return limit


@transaction.atomic
def remove_limit(*, access: Asker, policy_id: int, limit_id: int) -> None:
    """Raises Forbidden, NotFound."""
    _limit(access, policy_id, limit_id).delete()


def _limit(access: Asker, policy_id: int, limit_id: int) -> CapacityLimit:
    policy = _locked(access, policy_id)
    rows = CapacityLimit.objects.for_account(access.account_id).filter(policy=policy)
    return found(rows.filter(pk=limit_id).first())


def _locked(access: Asker, policy_id: int) -> CapacityPolicy:
    require(access, "assignment.manage")
    rows = CapacityPolicy.objects.for_account(access.account_id).select_for_update(no_key=True)
    return found(rows.filter(pk=policy_id).first())


def _saved(policy: CapacityPolicy, values: dict[str, Any]) -> CapacityPolicy:
    for name, value in values.items():
        setattr(policy, name, value)
    policy.name = clean_name(policy.name)
    policy.save()
    return policy
