"""Telling the open sockets of a user that they have to ask again what they may hear."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.events import AccessChanged
from accounts.models import Membership
from config.database import platform_scope
from config.events import publish


def announce_access(*, actor: Actor, account_id: int, user_id: int) -> None:
    """In one account: role, membership, inboxes or teams changed."""
    publish(AccessChanged(account_id=account_id, actor=actor.as_payload(), user_id=user_id))


def announce_access_everywhere(*, actor: Actor, user_id: int) -> None:
    """In every account of the user: their password, token or state changed."""
    with platform_scope("a person's password and tokens hold in all of their accounts"):
        memberships = Membership.objects.filter(user_id=user_id).order_by("account_id")
        for account_id in memberships.values_list("account_id", flat=True):
            announce_access(actor=actor, account_id=account_id, user_id=user_id)
