"""How things stand at this moment: open conversations, by nobody, nobody's, waiting."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q

from accounts.models import Membership
from conversations.models import Conversation
from conversations.shapes import AVAILABILITIES

_OPEN = Q(status=Conversation.Status.OPEN)
# Nobody has answered yet, or the contact waits again.
_UNATTENDED = _OPEN & (Q(first_reply_created_at__isnull=True) | Q(waiting_since__isnull=False))
_UNASSIGNED = _OPEN & Q(assignee__isnull=True)

AGENTS_PER_PAGE = 25


def conversation_metrics(*, account_id: int, team_id: int | None = None) -> dict[str, int]:
    """{open, unattended, unassigned, pending}"""
    rows = Conversation.objects.for_account(account_id).filter(
        status__in=[Conversation.Status.OPEN, Conversation.Status.PENDING]
    )
    if team_id is not None:
        rows = rows.filter(team_id=team_id)
    return dict(
        rows.aggregate(
            open=Count("pk", filter=_OPEN),
            unattended=Count("pk", filter=_UNATTENDED),
            unassigned=Count("pk", filter=_UNASSIGNED),
            pending=Count("pk", filter=Q(status=Conversation.Status.PENDING)),
        )
    )


def grouped_metrics(*, account_id: int, by: str) -> list[dict[str, int]]:
    """`by`: team_id or assignee_id (a user's). [{open, unattended, unassigned, <by>}]"""
    column = "team_id" if by == "team_id" else "assignee__user_id"
    rows = (
        Conversation.objects.for_account(account_id)
        .filter(_OPEN, **{f"{column}__isnull": False})
        .values(key=F(column))
        .annotate(
            open=Count("pk"),
            unattended=Count("pk", filter=_UNATTENDED),
            unassigned=Count("pk", filter=_UNASSIGNED),
        )
        .order_by("-open", "key")
    )
    return [
        {**{name: row[name] for name in ("open", "unattended", "unassigned")}, by: row["key"]} for row in rows
    ]


def agent_metrics(*, account_id: int, page: int = 1, user_id: int | None = None) -> list[dict[str, Any]]:
    """[{id, name, email, thumbnail, availability, metric{open, unattended}}], the busiest first."""
    members = Membership.objects.for_account(account_id).select_related("user")
    if user_id is not None:
        members = members.filter(user_id=user_id)
    counts = {row["assignee_id"]: row for row in grouped_metrics(account_id=account_id, by="assignee_id")}
    every = [(member, counts.get(member.user_id, {"open": 0, "unattended": 0})) for member in members]
    every.sort(key=lambda pair: (-pair[1]["open"], pair[0].user_id))
    start = (page - 1) * AGENTS_PER_PAGE
    return [_agent(member, count) for member, count in every[start : start + AGENTS_PER_PAGE]]


def _agent(member: Membership, count: dict[str, int]) -> dict[str, Any]:
    return {
        "id": member.user_id,
        "name": member.user.name,
        "email": member.user.email,
        "thumbnail": "",
        "availability": AVAILABILITIES[member.availability],
        "metric": {"open": count["open"], "unattended": count["unattended"]},
    }
