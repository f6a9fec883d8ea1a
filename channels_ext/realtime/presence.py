"""Who is online, kept in Redis for 20 seconds at a time. Best effort: without Redis nobody is.

Synchronous: called from the realtime threads, and by whoever assigns conversations.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import redis
from django.conf import settings

from accounts.models import Membership
from config.database import platform_scope
from config.events import bus
from conversations import shapes

SECONDS = 20
_KEEP = 60


def mark_all(users: Mapping[int, Iterable[int]], contacts: Mapping[int, Iterable[int]] | None = None) -> None:
    """These users and contacts (account id → ids) are here now."""
    until = time.time() + SECONDS
    try:
        with bus().pipeline(transaction=False) as pipe:
            for kind, marks in (("users", users), ("contacts", contacts or {})):
                for account_id, ids in marks.items():
                    key = _key(account_id, kind)
                    pipe.zremrangebyscore(key, 0, time.time())
                    pipe.zadd(key, {str(one): until for one in ids})
                    pipe.expire(key, _KEEP)
            pipe.execute()
    except (redis.RedisError, OSError):
        return


def online_users(account_id: int) -> set[int]:
    return _online(account_id, "users")


def online_contacts(account_id: int) -> set[int]:
    return _online(account_id, "contacts")


def _key(account_id: int, kind: str) -> str:
    return f"{settings.REDIS_PREFIX}:presence:{account_id}:{kind}"


def _online(account_id: int, kind: str) -> set[int]:
    try:
        names: Any = bus().zrangebyscore(_key(account_id, kind), time.time(), "+inf")
    except (redis.RedisError, OSError):
        return set()
    return {int(name) for name in names}


def snapshot(account_id: int, *, for_agents: bool) -> dict[str, Any]:
    """`data` of presence.update: everybody who is here, and who never goes offline by themselves."""
    here = online_users(account_id)
    with platform_scope("realtime: availability of the account's members"):
        members = Membership.objects.for_account(account_id).values_list(
            "user_id", "availability", "auto_offline"
        )
        users = {
            str(user_id): shapes.AVAILABILITIES[availability]
            for user_id, availability, auto_offline in members
            if user_id in here or not auto_offline
        }
    data: dict[str, Any] = {"account_id": account_id, "users": users}
    if for_agents:
        data["contacts"] = {str(contact_id): "online" for contact_id in sorted(online_contacts(account_id))}
    return data
