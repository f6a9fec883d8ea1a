"""Inboxes: their settings, who is in them, and who may manage one beyond their role."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from accounts.actions.access import announce_access
from accounts.actions.audit import record_audit
from accounts.actions.caching import touch_cache_key
from accounts.actions.input import clean_ids, clean_name
from accounts.actions.limits import require_room
from accounts.actions.teams import members_of
from accounts.avatars import replace_avatar
from accounts.models import Membership
from accounts.permissions import GRANTS, Asker, require
from config.events import publish
from config.problems import Invalid, NotFound
from inboxes.events import InboxDeletionAsked
from inboxes.models import Inbox, InboxMember

_FIELDS = {
    "name",
    "greeting_enabled",
    "greeting_message",
    "enable_auto_assignment",
    "auto_assignment_config",
    "enable_email_collect",
    "csat_survey_enabled",
    "csat_config",
    "allow_messages_after_resolved",
    "lock_to_single_conversation",
    "working_hours_enabled",
    "out_of_office_message",
    "timezone",
    "sender_name_type",
    "business_name",
}


@transaction.atomic
def create_inbox(*, access: Asker, name: str, kind: str, **values: Any) -> Inbox:
    """Without its channel's settings: who names the kind adds them, in the same transaction. Raises
    Forbidden, Invalid, LimitReached."""
    require(access, "inbox.create")
    taken = Inbox.objects.for_account(access.account_id).count()
    require_room(access=access, kind="inboxes", taken=taken)
    inbox = Inbox(account_id=access.account_id, kind=kind)
    _assign(inbox, {"name": name, **values})
    inbox.save()
    _audit(access, inbox, "inbox.created", {"name": [None, inbox.name], "kind": [None, kind]})
    touch_cache_key(account_id=access.account_id, kind="inbox")
    return inbox


@transaction.atomic
def update_inbox(*, access: Asker, inbox_id: int, **values: Any) -> Inbox:
    """Raises Forbidden, NotFound, Invalid."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    changes = _assign(inbox, values)
    if changes:
        inbox.save(update_fields=[*changes, "updated_at"])
        _audit(access, inbox, "inbox.updated", changes)
        touch_cache_key(account_id=access.account_id, kind="inbox")
    return inbox


@transaction.atomic
def change_inbox_avatar(*, access: Asker, inbox_id: int, upload: Any | None) -> Inbox:
    """None takes the picture away. Raises Forbidden, NotFound, Invalid, TooLarge."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    replace_avatar(inbox, upload)
    touch_cache_key(account_id=access.account_id, kind="inbox")
    return inbox


@transaction.atomic
def delete_inbox(*, access: Asker, inbox_id: int) -> None:
    """With its conversations. A worker does it, since there may be many: what reacts to the event. Raises
    Forbidden, NotFound."""
    require(access, "inbox.delete")
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    _audit(access, inbox, "inbox.deleted", {"name": [inbox.name, None], "kind": [inbox.kind, None]})
    publish(
        InboxDeletionAsked(account_id=access.account_id, actor=access.actor.as_payload(), doomed_id=inbox.pk)
    )
    touch_cache_key(account_id=access.account_id, kind="inbox")


def _assign(inbox: Inbox, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Set, and say what changed."""
    if values.keys() - _FIELDS:
        raise Invalid(_("These fields cannot be changed here."), attributes=sorted(values.keys() - _FIELDS))
    if "name" in values:
        values["name"] = clean_name(values["name"])
    if values.get("timezone", "UTC") not in zoneinfo.available_timezones():
        raise Invalid(_("Timezone is not one that exists."), attributes=["timezone"])
    changes = {field: [getattr(inbox, field), new] for field, new in values.items()}
    for field, new in values.items():
        setattr(inbox, field, new)
    return {field: pair for field, pair in changes.items() if pair[0] != pair[1]}


@transaction.atomic
def add_inbox_members(*, access: Asker, inbox_id: int, user_ids: Iterable[int]) -> list[Membership]:
    """Those who are now in it and were not before. By administrators and whoever was given the inbox. Raises
    Forbidden, NotFound, and Invalid for users who are not members of the account."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    before = set(inbox.members.values_list("membership_id", flat=True))
    new = [member for member in members_of(access, user_ids) if member.pk not in before]
    InboxMember.objects.bulk_create(
        [InboxMember(account_id=access.account_id, inbox=inbox, membership=member) for member in new]
    )
    _members_changed(access, inbox, "inbox.members_added", new)
    return new


@transaction.atomic
def set_inbox_members(*, access: Asker, inbox_id: int, user_ids: Iterable[int]) -> None:
    """Exactly these. Raises Forbidden, NotFound, Invalid."""
    wanted = clean_ids(user_ids, field="user_ids")
    add_inbox_members(access=access, inbox_id=inbox_id, user_ids=wanted)
    rows = InboxMember.objects.for_account(access.account_id).filter(inbox_id=inbox_id)
    gone = set(rows.values_list("membership__user_id", flat=True)) - wanted
    remove_inbox_members(access=access, inbox_id=inbox_id, user_ids=gone)


@transaction.atomic
def remove_inbox_members(*, access: Asker, inbox_id: int, user_ids: Iterable[int]) -> None:
    """Who is not in it is passed over. Raises Forbidden, NotFound."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    rows = InboxMember.objects.for_account(access.account_id).filter(
        inbox=inbox, membership__user_id__in=clean_ids(user_ids, field="user_ids")
    )
    gone = [row.membership for row in rows.select_related("membership__user")]
    rows.delete()
    _members_changed(access, inbox, "inbox.members_removed", gone)


@transaction.atomic
def set_inbox_managers(*, access: Asker, inbox_id: int, user_ids: Iterable[int]) -> None:
    """Exactly these may manage the inbox without being administrators. The grants end with the membership.
    Raises Forbidden, NotFound, Invalid."""
    require(access, "grant.manage")
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    permission = GRANTS["inbox.manage"]
    wanted = {member.user_id: member for member in members_of(access, user_ids)}
    before = {grant.user_id: grant for grant in inbox.grants.select_related("user")}
    for user_id in wanted.keys() - before.keys():
        assign_perm(permission, wanted[user_id].user, inbox)
    for user_id in before.keys() - wanted.keys():
        remove_perm(permission, before[user_id].user, inbox)
    if wanted.keys() != before.keys():
        old = sorted(grant.user.email for grant in before.values())
        new = sorted(member.user.email for member in wanted.values())
        _audit(access, inbox, "inbox.managers_changed", {"managers": [old, new]})


def _members_changed(access: Asker, inbox: Inbox, action: str, members: list[Membership]) -> None:
    if not members:
        return
    _audit(access, inbox, action, {"members": sorted(member.user.email for member in members)})
    for member in members:
        announce_access(actor=access.actor, account_id=access.account_id, user_id=member.user_id)
    touch_cache_key(account_id=access.account_id, kind="inbox")


def lock_inbox(*, access: Asker, inbox_id: int) -> Inbox:
    """Raises NotFound."""
    inboxes = Inbox.objects.for_account(access.account_id).select_for_update(no_key=True)
    inbox = inboxes.filter(pk=inbox_id).first()
    if inbox is None:
        raise NotFound(_("There is no such inbox."))
    return inbox


def _audit(access: Asker, inbox: Inbox, action: str, changes: dict[str, Any]) -> None:
    record_audit(
        actor=access.actor, account_id=access.account_id, action=action, subject=inbox, changes=changes
    )
