"""Who knocks: the member behind a token or session, the person behind a token, the program of the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models import AccessToken, PlatformApp, Role, User
from config.encryption import digest
from config.prepared import prepared_cursor


@dataclass(frozen=True)
class MemberAccess:
    """A member of an account."""

    account_id: int
    account_name: str
    account_locale: str
    membership_id: int
    role: int
    user_id: int
    user_name: str
    user_email: str

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def actor(self) -> Actor:
        return Actor("user", self.user_id, self.user_name, self.membership_id, self.role)


COLUMNS = """
account.id, account.name, account.locale, member.id, member.role,
person.id, coalesce(nullif(person.display_name, ''), person.name), person.email
"""
ROWS = """
FROM accounts_membership AS member
JOIN accounts_user AS person ON person.id = member.user_id AND person.is_active
JOIN accounts_account AS account ON account.id = member.account_id
"""
ACTIVE = "account.status = 0"
OF_TOKEN = "JOIN accounts_accesstoken AS token ON token.user_id = person.id "
BY_TOKEN = (
    "member.account_id = %s AND token.token_digest = %s "
    "AND (token.expires_at IS NULL OR token.expires_at > now())"
)


def first_row(sql: str, params: list[Any]) -> Any:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


_MEMBER = f"SELECT {COLUMNS} {ROWS} {OF_TOKEN} WHERE {BY_TOKEN} AND {ACTIVE}"
_MEMBER_OF_ANY = f"SELECT {COLUMNS} {ROWS} {OF_TOKEN} WHERE {BY_TOKEN}"


def member_by_token(*, account_id: int, token: str, suspended_too: bool = False) -> MemberAccess | None:
    """Call within the account's scope. None if anything between the token and the account is missing, inactive or
    suspended: the caller cannot tell which, and must not."""
    row = first_row(_MEMBER_OF_ANY if suspended_too else _MEMBER, [account_id, digest(token)])
    return MemberAccess(*row) if row else None


def _valid() -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=Now())


def person_by_token(token: str) -> User | None:
    """The active user of an API token, whatever accounts they are in."""
    tokens = AccessToken.objects.filter(_valid(), token_digest=digest(token), user__is_active=True)
    found = tokens.select_related("user").first()
    return found.user if found else None


def platform_app_by_token(token: str) -> PlatformApp | None:
    tokens = AccessToken.objects.filter(_valid(), token_digest=digest(token), platform_app__isnull=False)
    found = tokens.select_related("platform_app").first()
    return found.platform_app if found else None
