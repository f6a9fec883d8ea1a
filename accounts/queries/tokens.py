"""The named tokens of a person, without what they say."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts import shapes
from accounts.models import AccessToken, DeviceSession, User


def named_tokens(person: User) -> list[AccessToken]:
    """Newest first."""
    return list(AccessToken.objects.filter(user=person).exclude(name="").defer("token").order_by("-id"))


def tokens_of(person: User) -> list[shapes.Row]:
    """Newest first; `hint` is how the token begins."""
    return [token_shape(row) for row in named_tokens(person)]


def tokens_for_page(person: User) -> list[shapes.Row]:
    """The same with times as times."""
    return [
        {
            **token_shape(row),
            "ends": row.expires_at,
            "used": row.last_used_at,
            "is_over": row.expires_at is not None and row.expires_at <= timezone.now(),
        }
        for row in named_tokens(person)
    ]


def sessions_of(person: User) -> list[DeviceSession]:
    """Those of devices that are still good, newest first."""
    good = DeviceSession.objects.filter(
        user=person, expires_at__gt=Now(), opened_under=F("user__pubsub_token")
    )
    return list(good.order_by("-id"))


def token_shape(row: AccessToken) -> shapes.Row:
    return {
        "id": row.pk,
        "name": row.name,
        "hint": row.hint,
        "scopes": row.scopes,
        "expires_at": shapes.iso(row.expires_at),
        "last_used_at": shapes.iso(row.last_used_at),
        "created_at": shapes.iso(row.created_at),
    }
