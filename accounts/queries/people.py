"""A person as they see themselves: USER of the contract (3.3), with all of their accounts."""

from __future__ import annotations

from django.db.models import F

from accounts import presence, shapes
from accounts.avatars import avatar_url
from accounts.models import AccessToken, Membership, User
from config.database import platform_scope


def profile(person: User, *, token: bool = True) -> shapes.Row:
    """The account used last comes first and names role and inviter. Without `token` what opens a door stays out."""
    memberships = _memberships(person)
    last = memberships[0] if memberships else None
    shape: shapes.Row = {
        "access_token": _token(person) if token else None,
        "account_id": last.account_id if last else None,
        "available_name": person.available_name,
        "avatar_url": avatar_url(person.avatar),
        "confirmed": person.is_confirmed,
        "display_name": person.display_name or None,
        "message_signature": person.message_signature or None,
        "email": person.email,
        "id": person.pk,
        "inviter_id": last.inviter_id if last else None,
        "name": person.name,
        "provider": "email",
        "pubsub_token": person.pubsub_token if token else None,
        "role": shapes.ROLES[last.role] if last else None,
        "ui_settings": person.ui_settings,
        "uid": person.email,
        "type": "SuperAdmin" if person.is_superuser else None,
        "accounts": [_account(row) for row in memberships],
    }
    if person.custom_attributes:
        shape["custom_attributes"] = person.custom_attributes
    return shape


def _memberships(person: User) -> list[Membership]:
    with platform_scope("a person's own profile spans their accounts"):
        rows = Membership.objects.filter(user_id=person.pk).select_related("account")
        return list(rows.order_by(F("active_at").desc(nulls_last=True), "account_id"))


def _account(row: Membership) -> shapes.Row:
    role = shapes.ROLES[row.role]
    return {
        "id": row.account_id,
        "name": row.account.name,
        "status": shapes.ACCOUNT_STATUSES[row.account.status],
        "active_at": shapes.iso(row.active_at),
        "role": role,
        "permissions": [role],
        "availability": shapes.AVAILABILITIES[row.availability],
        "availability_status": shapes.AVAILABILITIES[presence.status_of(row)],
        "auto_offline": row.auto_offline,
    }


def _token(person: User) -> str | None:
    found = AccessToken.objects.filter(user=person, name="").first()
    return found.token if found else None
