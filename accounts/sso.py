"""A link that signs one person in once, within five minutes. Kept in Redis by its digest: lost with it, and then
asked for again."""

from __future__ import annotations

from urllib.parse import urlencode

import redis
from django.conf import settings

from accounts.models import User
from config.encryption import digest, new_token
from config.wire import ask

SECONDS = 5 * 60


def signin_link(user: User) -> str:
    """Raises redis.RedisError or OSError while Redis is away."""
    token = new_token(32)
    ask("SET", _key(token), str(user.pk), "EX", SECONDS)
    return f"{settings.PUBLIC_URL}/app/login?{urlencode({'email': user.email, 'sso_auth_token': token})}"


def redeem(token: str, *, email: str) -> User | None:
    """The active person of the link, whose token is spent with this."""
    try:
        stored = ask("GETDEL", _key(token))
    except (redis.RedisError, OSError):
        return None
    if stored is None:
        return None
    return User.objects.filter(pk=int(stored), email__iexact=email, is_active=True).first()


def _key(token: str) -> str:
    return f"parley:sso:{digest(token)}"
