"""Named reads of assignment policies."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from accounts import shapes
from config.problems import found
from inboxes.models import AssignmentPolicy, Inbox, InboxAssignmentPolicy
from inboxes.queries.access import Access
from inboxes.queries.members import find_inbox

ORDERS = ("round_robin", "balanced")
PRIORITIES = ("earliest_created", "longest_waiting")


def policies(account_id: int) -> list[shapes.Row]:
    return [_shape(row) for row in _rows(account_id)]


def policy(account_id: int, policy_id: int) -> shapes.Row:
    """Raises NotFound."""
    return _shape(found(_rows(account_id).filter(pk=policy_id).first()))


def policy_of_inbox(access: Access, inbox_id: int) -> shapes.Row:
    """Raises NotFound, also if it follows none."""
    inbox = find_inbox(access, inbox_id)
    links = InboxAssignmentPolicy.objects.for_account(access.account_id).filter(inbox=inbox)
    return policy(access.account_id, found(links.values_list("assignment_policy_id", flat=True).first()))


def inboxes_of_policy(account_id: int, policy_id: int) -> list[shapes.Row]:
    """{id, name} by name. Raises NotFound."""
    policy(account_id, policy_id)
    links = InboxAssignmentPolicy.objects.for_account(account_id).filter(assignment_policy_id=policy_id)
    rows = Inbox.objects.for_account(account_id).filter(pk__in=links.values("inbox_id"))
    return [{"id": row.pk, "name": row.name} for row in rows.order_by(Lower("name"), "id")]


def _rows(account_id: int) -> QuerySet[AssignmentPolicy]:
    rows = AssignmentPolicy.objects.for_account(account_id)
    return rows.annotate(assigned_inbox_count=Count("inbox_links")).order_by("id")


def _shape(row: Any) -> shapes.Row:
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description or None,
        "assignment_order": ORDERS[row.assignment_order],
        "conversation_priority": PRIORITIES[row.conversation_priority],
        "fair_distribution_limit": row.fair_distribution_limit,
        "fair_distribution_window": row.fair_distribution_window,
        "enabled": row.enabled,
        "assigned_inbox_count": row.assigned_inbox_count,
        "created_at": shapes.ts(row.created_at),
        "updated_at": shapes.ts(row.updated_at),
    }
