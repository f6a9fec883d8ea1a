from __future__ import annotations

from accounts.actors import Actor
from accounts.models import Membership, Team
from conversations.actions import changes
from conversations.actions.locking import Locked, lock_visible
from inboxes.queries import Access


def assign_agent(*, actor: Actor, access: Access, display_id: int, user_id: int | None) -> Membership | None:
    """Any member of the account may be assigned; an unknown user id unassigns, as the contract has it. Returns
    the new assignee's membership (with user)."""
    return put_assignee(lock_visible(access=access, display_id=display_id), actor=actor, user_id=user_id)


def put_assignee(locked: Locked, *, actor: Actor, user_id: int | None) -> Membership | None:
    """The same for a conversation that is locked already."""
    member = find_assignee(account_id=locked.account_id, user_id=user_id)
    if (member.pk if member else None) == locked.assignee_id:
        return member
    old = locked.assignee_user_id
    locked.assignee_id, locked.assignee_user_id = (member.pk, member.user_id) if member else (None, None)
    shown = {"assignee_id": [old, locked.assignee_user_id]}
    changes.apply_changes(locked, actor=actor, columns={"assignee_id": locked.assignee_id}, changes=shown)
    _tell_assignee(locked, actor, member)
    return member


def find_assignee(*, account_id: int, user_id: int | None) -> Membership | None:
    if user_id is None:
        return None
    return Membership.objects.for_account(account_id).select_related("user").filter(user_id=user_id).first()


def _tell_assignee(locked: Locked, actor: Actor, member: Membership | None) -> None:
    if member is None:
        changes.write_activity(locked, actor=actor, kind="unassigned", text=changes.UNASSIGNED, by=actor.name)
    elif actor.kind == "user" and member.user_id == actor.id:
        changes.write_activity(
            locked, actor=actor, kind="self_assigned", text=changes.SELF_ASSIGNED, by=actor.name
        )
    else:
        name = member.user.available_name
        changes.write_activity(
            locked, actor=actor, kind="assigned", text=changes.ASSIGNED, name=name, by=actor.name
        )


def assign_team(*, actor: Actor, access: Access, display_id: int, team_id: int | None) -> Team | None:
    """An unknown team id takes the team away. An assignee who is not in the new team is dropped."""
    return put_team(lock_visible(access=access, display_id=display_id), actor=actor, team_id=team_id)


def put_team(locked: Locked, *, actor: Actor, team_id: int | None) -> Team | None:
    """The same for a conversation that is locked already."""
    teams = Team.objects.for_account(locked.account_id)
    team = teams.filter(pk=team_id).first() if team_id is not None else None
    if (team.pk if team else None) == locked.team_id:
        return team
    former = teams.filter(pk=locked.team_id).first()
    columns: dict[str, int | None] = {"team_id": team.pk if team else None}
    shown = {"team_id": [locked.team_id, columns["team_id"]]}
    if (
        team
        and locked.assignee_id
        and not team.team_members.filter(membership_id=locked.assignee_id).exists()
    ):
        columns["assignee_id"] = None
        shown["assignee_id"] = [locked.assignee_user_id, None]
        locked.assignee_id = locked.assignee_user_id = None
    locked.team_id = columns["team_id"]
    changes.apply_changes(locked, actor=actor, columns=columns, changes=shown)
    kind, text = ("team_assigned", changes.TEAM_ASSIGNED) if team else ("team_removed", changes.TEAM_REMOVED)
    name = team.name if team else former.name if former else ""
    changes.write_activity(locked, actor=actor, kind=kind, text=text, name=name, by=actor.name)
    return team
