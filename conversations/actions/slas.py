"""Promises: kept as policies, given to a conversation once (contract, data-model 8)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.input import clean_name
from accounts.actors import Actor
from accounts.permissions import Asker, require
from config.problems import Invalid, found
from conversations.actions.changes import apply_changes
from conversations.actions.locking import lock_visible
from conversations.models import AppliedSla, Conversation, SlaPolicy
from inboxes.queries import Access


@transaction.atomic
def create_policy(*, access: Asker, **values: Any) -> SlaPolicy:
    """Columns of SlaPolicy. Raises Forbidden, Invalid."""
    require(access, "sla.manage")
    return _saved(SlaPolicy(account_id=access.account_id), values)


@transaction.atomic
def update_policy(*, access: Asker, policy_id: int, **values: Any) -> SlaPolicy:
    """Raises Forbidden, NotFound, Invalid."""
    return _saved(_locked(access, policy_id), values)


@transaction.atomic
def delete_policy(*, access: Asker, policy_id: int) -> None:
    """With what it was applied to; the conversations stay. Raises Forbidden, NotFound."""
    policy = _locked(access, policy_id)
    record_audit(
        actor=access.actor, account_id=access.account_id, action="sla_policy.deleted", subject=policy
    )
    policy.delete()


def _locked(access: Asker, policy_id: int) -> SlaPolicy:
    require(access, "sla.manage")
    rows = SlaPolicy.objects.for_account(access.account_id).select_for_update(no_key=True)
    return found(rows.filter(pk=policy_id).first())


def _saved(policy: SlaPolicy, values: dict[str, Any]) -> SlaPolicy:
    for name, value in values.items():
        setattr(policy, name, value)
    policy.name = clean_name(policy.name)
    policy.save()
    return policy


@transaction.atomic
def apply_sla(*, actor: Actor, access: Access, display_id: int, policy_id: int) -> None:
    """Promise it to a conversation. The same again changes nothing; another one, or none, is refused: what was
    promised stays. Raises NotFound, Invalid."""
    locked = lock_visible(access=access, display_id=display_id)
    rows = Conversation.objects.for_account(access.account_id).filter(pk=locked.id)
    before = rows.values_list("sla_policy_id", flat=True).get()
    if before == policy_id:
        return
    if before is not None:
        text = _("This conversation has a service level already. It cannot be changed or removed.")
        raise Invalid(text, attributes=["sla_policy_id"])
    policies = SlaPolicy.objects.for_account(access.account_id)
    if not policies.filter(pk=policy_id).exists():
        raise Invalid(_("There is no such service level. Nothing was changed."), attributes=["sla_policy_id"])
    AppliedSla.objects.create(
        account_id=access.account_id, conversation_id=locked.id, sla_policy_id=policy_id
    )
    changes: dict[str, list[Any]] = {"sla_policy_id": [None, policy_id]}
    apply_changes(locked, actor=actor, columns={"sla_policy_id": policy_id}, changes=changes)
