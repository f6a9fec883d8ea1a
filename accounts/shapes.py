"""The JSON of people and what they are in (contract: api-contract.md 3.3, 3.5), made from loaded rows.

Times: `ts` are epoch seconds as int, missing ones 0; `iso` are ISO 8601 in UTC with milliseconds.
"""

from __future__ import annotations

import datetime
from typing import Any

from accounts.avatars import avatar_url
from accounts.models import Account, AgentBot, Membership, SystemBot, Team
from accounts.models.membership import NOTIFICATION_TYPES

ROLES = ("agent", "administrator")
AVAILABILITIES = ("online", "offline", "busy")
ACCOUNT_STATUSES = ("active", "suspended")
# What a language is called outside, where it differs.
LOCALES = {"zh-hans": "zh_CN"}

Row = dict[str, Any]


def ts(moment: datetime.datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0


def iso(moment: datetime.datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def agent(*, account_id: int, user_id: int, email: str, name: str, available_name: str, role: int, availability: int,
          auto_offline: bool, confirmed: bool = True, thumbnail: str = "") -> Row:  # fmt: skip
    return {
        "id": user_id,
        "account_id": account_id,
        "availability_status": AVAILABILITIES[availability],
        "auto_offline": auto_offline,
        "confirmed": confirmed,
        "email": email,
        "provider": "email",
        "available_name": available_name,
        "name": name,
        "role": ROLES[role],
        "thumbnail": thumbnail,
    }


def member(membership: Membership, status: int) -> Row:
    """AGENT. With its user; `status` is what accounts.presence says of them."""
    user = membership.user
    shape = agent(
        account_id=membership.account_id,
        user_id=user.pk,
        email=user.email,
        name=user.name,
        available_name=user.available_name,
        role=membership.role,
        availability=status,
        auto_offline=membership.auto_offline,
        confirmed=user.is_confirmed,
        thumbnail=avatar_url(user.avatar),
    )
    if user.custom_attributes:
        shape["custom_attributes"] = user.custom_attributes
    return shape


def team(row: Team, *, is_member: bool) -> Row:
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description or None,
        "allow_auto_assign": row.allow_auto_assign,
        "account_id": row.account_id,
        "is_member": is_member,
    }


def bot(row: AgentBot | SystemBot, *, token: str | None = None) -> Row:
    """AGENT_BOT. Where a system bot listens and how it signs in is the platform's business."""
    own = isinstance(row, AgentBot)
    shape: Row = {
        "id": row.pk,
        "name": row.name,
        "description": row.description or None,
        "thumbnail": avatar_url(row.avatar),
        "bot_type": "webhook",
        "bot_config": row.bot_config,
        "account_id": row.account_id if isinstance(row, AgentBot) else None,
        "system_bot": not own,
    }
    if own:
        shape["outgoing_url"] = row.outgoing_url or None
    if own and token is not None:
        shape["access_token"] = token
    return shape


def account(row: Account, *, features: dict[str, bool], cache_keys: dict[str, str]) -> Row:
    shape: Row = {
        "settings": row.settings,
        "created_at": iso(row.created_at),
        "domain": row.domain or None,
        "features": features,
        "id": row.pk,
        "locale": LOCALES.get(row.locale, row.locale),
        "name": row.name,
        "support_email": row.support_email or None,
        "status": ACCOUNT_STATUSES[row.status],
        "cache_keys": cache_keys,
    }
    shown = {key: row.custom_attributes[key] for key in ACCOUNT_ATTRIBUTES if key in row.custom_attributes}
    if shown:
        shape["custom_attributes"] = shown
    return shape


ACCOUNT_ATTRIBUTES = (
    "industry",
    "company_size",
    "timezone",
    "logo",
    "onboarding_step",
    "marked_for_deletion_at",
)


def notification_settings(membership: Membership) -> Row:
    return {
        "id": membership.pk,
        "user_id": membership.user_id,
        "account_id": membership.account_id,
        "all_email_flags": [f"email_{kind}" for kind in NOTIFICATION_TYPES],
        "selected_email_flags": [f"email_{kind}" for kind in membership.email_notifications],
        "all_push_flags": [f"push_{kind}" for kind in NOTIFICATION_TYPES],
        "selected_push_flags": [f"push_{kind}" for kind in membership.push_notifications],
    }


def dashboard_app(row: Any) -> Row:
    return {"id": row.pk, "title": row.title, "content": row.content, "created_at": iso(row.created_at)}
