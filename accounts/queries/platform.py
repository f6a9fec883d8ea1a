"""What a platform app may reach, in the contract's shapes."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import shapes
from accounts.features import features_in
from accounts.models import (
    Account,
    AgentBot,
    Membership,
    PlatformApp,
    PlatformAppPermissible,
    SystemBot,
    User,
)
from config.problems import Forbidden


def _grants(program: PlatformApp, model: type[Any]) -> QuerySet[PlatformAppPermissible]:
    kind = ContentType.objects.get_for_model(model)
    return PlatformAppPermissible.objects.filter(platform_app=program, permissible_type=kind)


def permitted(program: PlatformApp, model: type[Any]) -> QuerySet[Any]:
    """All of these that the program may reach, the oldest first."""
    ids = _grants(program, model).values("permissible_id")
    return model._default_manager.filter(pk__in=ids).order_by("pk")


def find_permitted(program: PlatformApp, model: type[Any], pk: int) -> Any:
    """Raises Forbidden, whether there is one or not."""
    row = permitted(program, model).filter(pk=pk).first()
    if row is None:
        raise Forbidden(_("Non permissible resource"))
    return row


def find_bot(program: PlatformApp, bot_id: int) -> Any:
    """Raises Forbidden."""
    found = permitted(program, AgentBot).filter(pk=bot_id).first()
    return found or find_permitted(program, SystemBot, bot_id)


def may_be(program: PlatformApp, user: User) -> bool:
    """Whether the program may change the person and sign in as them: it brought them, and everywhere they work is
    the program's too. Nobody's program is an operator's."""
    own = _grants(program, User).filter(permissible_id=user.pk, is_own=True).exists()
    accounts = _grants(program, Account).values("permissible_id")
    elsewhere = Membership.objects.filter(user=user).exclude(account_id__in=accounts).exists()
    return own and user.is_active and not user.is_superuser and not elsewhere


def account(row: Account) -> shapes.Row:
    return {
        "id": row.pk,
        "name": row.name,
        "locale": shapes.LOCALES.get(row.locale, row.locale),
        "domain": row.domain or None,
        "support_email": row.support_email or None,
        "features": features_in(row.features),
        "custom_attributes": row.custom_attributes,
        "limits": row.limits,
        "status": shapes.ACCOUNT_STATUSES[row.status],
    }


def account_user(row: Membership) -> shapes.Row:
    """All columns, as the contract has it."""
    return {
        "id": row.pk,
        "account_id": row.account_id,
        "user_id": row.user_id,
        "role": shapes.ROLES[row.role],
        "inviter_id": row.inviter_id,
        "created_at": shapes.iso(row.created_at),
        "updated_at": shapes.iso(row.updated_at),
        "active_at": shapes.iso(row.active_at),
        "availability": shapes.AVAILABILITIES[row.availability],
        "auto_offline": row.auto_offline,
        "custom_role_id": None,
        "agent_capacity_policy_id": None,
    }


def account_users(row: Account) -> list[shapes.Row]:
    return [account_user(one) for one in Membership.objects.for_account(row).order_by("id")]


def bot(row: AgentBot | SystemBot) -> shapes.Row:
    held = getattr(row, "access_token", None)
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description or None,
        "outgoing_url": row.outgoing_url or None,
        "account_id": row.account_id if isinstance(row, AgentBot) else None,
        "access_token": held.token if held else None,
    }


def bots(program: PlatformApp) -> list[shapes.Row]:
    rows = [
        *permitted(program, SystemBot).select_related("access_token"),
        *permitted(program, AgentBot).select_related("access_token"),
    ]
    return [bot(row) for row in sorted(rows, key=lambda row: row.pk)]
