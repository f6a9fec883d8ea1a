"""Named reads about accounts and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F

from accounts.models import Account, Membership, Role
from config.database import platform_scope


def accounts_of(user: Any) -> list[dict[str, Any]]:
    """The active accounts of a user, the one used last first: {id, name, role, locale}."""
    with platform_scope("a user's own list of accounts spans accounts"):
        rows = (
            Membership.objects.filter(user_id=user.pk, account__status=Account.Status.ACTIVE)
            .order_by(F("active_at").desc(nulls_last=True), "account_id")
            .values("account_id", "account__name", "account__locale", "role")
        )
        return [
            {
                "id": row["account_id"],
                "name": row["account__name"],
                "locale": row["account__locale"],
                "role": row["role"],
            }
            for row in rows
        ]


@dataclass(frozen=True)
class AdministeredAccount:
    id: int
    name: str
    membership_id: int


def administered_accounts(user: Any) -> tuple[AdministeredAccount, ...]:
    """The active accounts in which the user is an administrator, by name."""
    with platform_scope("which accounts a user administers spans accounts"):
        rows = (
            Membership.objects.filter(
                user_id=user.pk, role=Role.ADMINISTRATOR, account__status=Account.Status.ACTIVE
            )
            .order_by("account__name", "account_id")
            .values_list("account_id", "account__name", "pk")
        )
        return tuple(AdministeredAccount(*row) for row in rows)
