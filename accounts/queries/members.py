"""Named reads of the people of one account, with all that their shapes show."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts import presence, shapes
from accounts.models import Membership, Team, TeamMember
from accounts.permissions import Asker
from config.problems import found


def members(account_id: int) -> QuerySet[Membership]:
    """With users, by name."""
    rows = Membership.objects.for_account(account_id).select_related("user")
    return rows.order_by("user__name", "user_id")


def agents(account_id: int, rows: Iterable[Membership] | None = None) -> list[shapes.Row]:
    """AGENT of these members (with users), or of all."""
    now = presence.statuses(account_id)
    found = members(account_id) if rows is None else rows
    return [shapes.member(row, now.get(row.user_id, presence.OFFLINE)) for row in found]


def agents_by_user(account_id: int, user_ids: Iterable[int]) -> dict[int, shapes.Row]:
    """AGENT by user id, of those who are still members."""
    wanted = list(user_ids)
    rows = members(account_id).filter(user_id__in=wanted) if wanted else []
    return {shape["id"]: shape for shape in agents(account_id, rows)}


def agent(row: Membership) -> shapes.Row:
    """AGENT of one member (with user), as the row says at this moment."""
    return shapes.member(row, presence.status_of(row))


def member_of_user(account_id: int, user_id: int) -> Membership:
    """With user. Raises NotFound."""
    return found(
        Membership.objects.for_account(account_id).select_related("user").filter(user_id=user_id).first()
    )


def teams(access: Asker) -> list[shapes.Row]:
    """TEAM of all teams, by name."""
    mine = _own_teams(access)
    rows = Team.objects.for_account(access.account_id).order_by("name", "id")
    return [shapes.team(row, is_member=row.pk in mine) for row in rows]


def team(access: Asker, row: Team) -> shapes.Row:
    return shapes.team(row, is_member=row.pk in _own_teams(access))


def find_team(access: Asker, team_id: int) -> Team:
    """Raises NotFound."""
    return found(Team.objects.for_account(access.account_id).filter(pk=team_id).first())


def team_agents(access: Asker, team_id: int) -> list[shapes.Row]:
    """AGENT of its members. Raises NotFound."""
    row = find_team(access, team_id)
    in_team = TeamMember.objects.for_account(access.account_id).filter(team=row).values("membership_id")
    return agents(access.account_id, members(access.account_id).filter(pk__in=in_team))


def _own_teams(access: Asker) -> set[int]:
    rows = TeamMember.objects.for_account(access.account_id).filter(membership__user_id=access.user_id)
    return set(rows.values_list("team_id", flat=True))
