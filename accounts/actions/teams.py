"""Teams and who is in them. Membership of a team widens what an agent sees, so each change tells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.actions.access import announce_access
from accounts.actions.audit import record_audit
from accounts.actions.caching import touch_cache_key
from accounts.actions.input import clean_ids, clean_name
from accounts.actions.limits import require_space
from accounts.models import Membership, Team, TeamMember
from accounts.permissions import Asker, require
from config.problems import Invalid, NotFound

MOST_TEAMS = 500
_FIELDS = {"name", "description", "allow_auto_assign"}


@transaction.atomic
def create_team(*, access: Asker, name: str, **values: Any) -> Team:
    """The name is stored in lower case, once per account. Raises Forbidden, Invalid."""
    require(access, "team.manage")
    require_space(Team.objects.for_account(access.account_id), most=MOST_TEAMS)
    team = Team(account_id=access.account_id)
    changes = _assign(team, {"name": name, **values})
    _audit(access, team, "team.created", {field: [None, new] for field, (_old, new) in changes.items()})
    touch_cache_key(account_id=access.account_id, kind="team")
    return team


@transaction.atomic
def update_team(*, access: Asker, team_id: int, **values: Any) -> Team:
    """Name, description, allow_auto_assign. Raises Forbidden, NotFound, Invalid."""
    require(access, "team.manage")
    team = _lock(access, team_id)
    changes = _assign(team, values)
    if changes:
        _audit(access, team, "team.updated", changes)
        touch_cache_key(account_id=access.account_id, kind="team")
    return team


def _assign(team: Team, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set, save, and say what changed."""
    if values.keys() - _FIELDS:
        raise Invalid(_("These fields cannot be changed here."), attributes=sorted(values.keys() - _FIELDS))
    if "name" in values:
        values["name"] = clean_name(values["name"]).lower()
    changes = {field: [getattr(team, field), new] for field, new in values.items()}
    for field, new in values.items():
        setattr(team, field, new)
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise Invalid(_("Name is in use already."), attributes=["name"], code="taken") from None
    return {field: pair for field, pair in changes.items() if pair[0] != pair[1]}


@transaction.atomic
def delete_team(*, access: Asker, team_id: int) -> None:
    """Its conversations stay, without a team. Raises Forbidden, NotFound."""
    require(access, "team.manage")
    team = _lock(access, team_id)
    users = list(team.team_members.values_list("membership__user_id", flat=True))
    _audit(access, team, "team.deleted", {"name": [team.name, None]})
    # By hand, as in members.remove_member: the composite keys find the conversations by an index.
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_team WHERE account_id = %s AND id = %s", [access.account_id, team.pk]
        )
    touch_cache_key(account_id=access.account_id, kind="team")
    _announce(access, users)


@transaction.atomic
def add_team_members(*, access: Asker, team_id: int, user_ids: Iterable[int]) -> list[Membership]:
    """Those who are now in it and were not before. Raises Forbidden, NotFound, and Invalid for users who
    are not members of the account."""
    require(access, "team.manage")
    team = _lock(access, team_id)
    before = set(team.team_members.values_list("membership_id", flat=True))
    new = [member for member in members_of(access, user_ids) if member.pk not in before]
    TeamMember.objects.bulk_create(
        [TeamMember(account_id=access.account_id, team=team, membership=member) for member in new]
    )
    _members_changed(access, team, "team.members_added", new)
    return new


@transaction.atomic
def set_team_members(*, access: Asker, team_id: int, user_ids: Iterable[int]) -> None:
    """Exactly these. Raises Forbidden, NotFound, Invalid."""
    wanted = clean_ids(user_ids, field="user_ids")
    add_team_members(access=access, team_id=team_id, user_ids=wanted)
    rows = TeamMember.objects.for_account(access.account_id).filter(team_id=team_id)
    gone = set(rows.values_list("membership__user_id", flat=True)) - wanted
    remove_team_members(access=access, team_id=team_id, user_ids=gone)


@transaction.atomic
def remove_team_members(*, access: Asker, team_id: int, user_ids: Iterable[int]) -> None:
    """Who is not in it is passed over. Raises Forbidden, NotFound."""
    require(access, "team.manage")
    team = _lock(access, team_id)
    rows = TeamMember.objects.for_account(access.account_id).filter(
        team=team, membership__user_id__in=clean_ids(user_ids, field="user_ids")
    )
    gone = [row.membership for row in rows.select_related("membership__user")]
    rows.delete()
    _members_changed(access, team, "team.members_removed", gone)


def _members_changed(access: Asker, team: Team, action: str, members: list[Membership]) -> None:
    if members:
        _audit(access, team, action, {"members": sorted(member.user.email for member in members)})
        touch_cache_key(account_id=access.account_id, kind="team")
        _announce(access, [member.user_id for member in members])


def members_of(access: Asker, user_ids: Iterable[int]) -> list[Membership]:
    """With user. Raises Invalid if one of them is not a member of the account."""
    wanted = clean_ids(user_ids, field="user_ids")
    members = Membership.objects.for_account(access.account_id).filter(user_id__in=wanted)
    found = list(members.select_related("user").order_by("pk"))
    if len(found) != len(wanted):
        message = _("All of them must be members of the account.")
        raise Invalid(message, attributes=["user_ids"], code="not_members")
    return found


def _lock(access: Asker, team_id: int) -> Team:
    teams = Team.objects.for_account(access.account_id).select_for_update(no_key=True)
    team = teams.filter(pk=team_id).first()
    if team is None:
        raise NotFound(_("There is no such team."))
    return team


def _audit(access: Asker, team: Team, action: str, changes: dict[str, Any]) -> None:
    record_audit(
        actor=access.actor, account_id=access.account_id, action=action, subject=team, changes=changes
    )


def _announce(access: Asker, user_ids: Iterable[int]) -> None:
    for user_id in user_ids:
        announce_access(actor=access.actor, account_id=access.account_id, user_id=user_id)
