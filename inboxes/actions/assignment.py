"""Assignment policies, and which inbox follows which."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.input import clean_name
from accounts.permissions import Asker, require
from config.problems import Invalid, found
from inboxes.actions.inboxes import lock_inbox
from inboxes.models import AssignmentPolicy, InboxAssignmentPolicy


@transaction.atomic
def create_assignment_policy(*, access: Asker, **values: Any) -> AssignmentPolicy:
    """Columns of AssignmentPolicy; a name at least. Raises Forbidden, Invalid."""
    require(access, "assignment.manage")
    return _saved(AssignmentPolicy(account_id=access.account_id), values)


@transaction.atomic
def update_assignment_policy(*, access: Asker, policy_id: int, **values: Any) -> AssignmentPolicy:
    """Raises Forbidden, NotFound, Invalid."""
    return _saved(_locked(access, policy_id), values)


@transaction.atomic
def delete_assignment_policy(*, access: Asker, policy_id: int) -> None:
    """Its inboxes have none then. Raises Forbidden, NotFound."""
    _locked(access, policy_id).delete()


@transaction.atomic
def follow_assignment_policy(*, access: Asker, inbox_id: int, policy_id: int) -> AssignmentPolicy:
    """From now on, instead of another one. Raises Forbidden, NotFound."""
    require(access, "assignment.manage")
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    policy = _locked(access, policy_id)
    InboxAssignmentPolicy.objects.for_account(access.account_id).update_or_create(
        inbox=inbox,
        defaults={"assignment_policy": policy},
        create_defaults={"account_id": access.account_id, "assignment_policy": policy},
    )
    _audit(access, inbox, policy.pk)
    return policy


@transaction.atomic
def leave_assignment_policy(*, access: Asker, inbox_id: int) -> None:
    """Raises Forbidden, and NotFound if it follows none."""
    require(access, "assignment.manage")
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    found(InboxAssignmentPolicy.objects.for_account(access.account_id).filter(inbox=inbox).first()).delete()
    _audit(access, inbox, None)


def _locked(access: Asker, policy_id: int) -> AssignmentPolicy:
    require(access, "assignment.manage")
    rows = AssignmentPolicy.objects.for_account(access.account_id).select_for_update(no_key=True)
    return found(rows.filter(pk=policy_id).first())


def _saved(policy: AssignmentPolicy, values: dict[str, Any]) -> AssignmentPolicy:
    for name, value in values.items():
        setattr(policy, name, value)
    policy.name = clean_name(policy.name)
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError:
        raise Invalid(_("Name has already been taken"), attributes=["name"]) from None
    return policy


def _audit(access: Asker, inbox: Any, policy_id: int | None) -> None:
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="inbox.assignment_policy_changed",
        subject=inbox,
        changes={"assignment_policy": [None, policy_id]},
    )
