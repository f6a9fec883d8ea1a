"""The named tokens of a person, without what they say."""

from __future__ import annotations

from accounts import shapes
from accounts.models import AccessToken, User


def tokens_of(person: User) -> list[shapes.Row]:
    """Newest first; `hint` is how the token begins."""
    named = AccessToken.objects.filter(user=person).exclude(name="").defer("token")
    return [token_shape(row) for row in named.order_by("-id")]


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
