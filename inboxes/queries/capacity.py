"""Named reads of capacity policies."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, QuerySet

from accounts import shapes
from accounts.queries.members import agents, members
from config.problems import found
from inboxes.models import CapacityLimit, CapacityMember, CapacityPolicy


def policies(account_id: int) -> list[shapes.Row]:
    return [_shape(row) for row in _rows(account_id)]


def policy(account_id: int, policy_id: int) -> shapes.Row:
    """Raises NotFound."""
    return _shape(found(_rows(account_id).filter(pk=policy_id).first()))


def agents_of_policy(account_id: int, policy_id: int) -> list[shapes.Row]:
    """AGENT of those it was given to. Raises NotFound."""
    policy(account_id, policy_id)
    given = CapacityMember.objects.for_account(account_id).filter(policy_id=policy_id)
    return agents(account_id, members(account_id).filter(pk__in=given.values("membership_id")))


def limit_shape(row: CapacityLimit) -> shapes.Row:
    return {"id": row.pk, "inbox_id": row.inbox_id, "conversation_limit": row.conversation_limit}


def _rows(account_id: int) -> QuerySet[CapacityPolicy]:
    limits = Prefetch("limits", queryset=CapacityLimit.objects.order_by("inbox_id"))
    rows = CapacityPolicy.objects.for_account(account_id).prefetch_related(limits)
    return rows.annotate(assigned=Count("members")).order_by("id")


def _shape(row: Any) -> shapes.Row:
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description or None,
        "exclusion_rules": row.exclusion_rules,
        "account_id": row.account_id,
        "assigned_agent_count": row.assigned,
        "inbox_capacity_limits": [limit_shape(one) for one in row.limits.all()],
        "created_at": shapes.ts(row.created_at),
        "updated_at": shapes.ts(row.updated_at),
    }
