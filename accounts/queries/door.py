"""Who knocks: the member behind a token or session, the person behind one, the program of the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.actors import Actor
from accounts.models import AccessToken, DeviceSession, PlatformApp, Role, User
from config.encryption import digest
from config.prepared import prepared_cursor


@dataclass(frozen=True)
class Credential:
    """What a request shows: an API token, or the session of a device."""

    digest: str
    is_session: bool = False

    @classmethod
    def of_token(cls, token: str) -> Credential:
        return cls(digest(token))

    @classmethod
    def of_session(cls, *, uid: str, client: str, token: str) -> Credential:
        """The three together, so that none of them opens with another's."""
        return cls(digest(f"{uid.lower()}\n{client}\n{token}"), is_session=True)


@dataclass(frozen=True)
class Opened:
    """What opened the door, and what it is limited to. `key` names it for counting: `t7` is a person's or a bot's
    own token, `n7` one of the named ones, `s7` a session."""

    key: str
    scopes: tuple[str, ...] | None = None

    @property
    def is_named(self) -> bool:
        """Made for a purpose, perhaps for a while: what it opens must not give away more than that."""
        return self.key.startswith("n")


@dataclass(frozen=True, kw_only=True)
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
    opened: Opened | None = None  # None: a session of the dashboard

    @property
    def scopes(self) -> tuple[str, ...] | None:
        return self.opened.scopes if self.opened else None

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def actor(self) -> Actor:
        return Actor("user", self.user_id, self.user_name, self.membership_id, self.role)


MEMBER_FIELDS = (
    "account_id",
    "account_name",
    "account_locale",
    "membership_id",
    "role",
    "user_id",
    "user_name",
    "user_email",
)
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
# Rotating the person's streams ends sessions (User.rotate_streams): theirs were opened under another one.
OF_SESSION = (
    "JOIN accounts_devicesession AS token ON token.user_id = person.id "
    "AND token.opened_under = person.pubsub_token "
)
OPENED_BY_TOKEN = "CASE token.name WHEN '' THEN 't' ELSE 'n' END || token.id, token.scopes"
OPENED_BY_SESSION = "'s' || token.id, NULL::text[]"
STILL_GOOD = "(token.expires_at IS NULL OR token.expires_at > now())"
BY_TOKEN = f"member.account_id = %s AND token.token_digest = %s AND {STILL_GOOD}"


def first_row(sql: str, params: list[Any]) -> Any:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def opened(key: str, scopes: list[str] | None) -> Opened:
    return Opened(key, None if scopes is None else tuple(scopes))


_MEMBER_OF_ANY = f"SELECT {OPENED_BY_TOKEN}, {COLUMNS} {ROWS} {OF_TOKEN} WHERE {BY_TOKEN}"
_SESSION_OF_ANY = f"SELECT {OPENED_BY_SESSION}, {COLUMNS} {ROWS} {OF_SESSION} WHERE {BY_TOKEN}"


def member_by_token(
    *, account_id: int, shown: Credential, suspended_too: bool = False
) -> MemberAccess | None:
    """Call within the account's scope. None if anything between the token and the account is missing, inactive or
    suspended: the caller cannot tell which, and must not."""
    sql = _SESSION_OF_ANY if shown.is_session else _MEMBER_OF_ANY
    row = first_row(sql if suspended_too else f"{sql} AND {ACTIVE}", [account_id, shown.digest])
    if row is None:
        return None
    values: Any = dict(zip(MEMBER_FIELDS, row[2:], strict=True))
    return MemberAccess(**values, opened=opened(row[0], row[1]))


def _valid() -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=Now())


def person_by_token(shown: Credential) -> tuple[User, Opened] | None:
    """The active user of an API token or a session, whatever accounts they are in."""
    if shown.is_session:
        session = session_of(shown)
        return (session.user, Opened(f"s{session.pk}")) if session else None
    tokens = AccessToken.objects.filter(_valid(), token_digest=shown.digest, user__is_active=True)
    found = tokens.defer("token").select_related("user").first()
    if found is None or found.user is None:
        return None
    return found.user, opened(f"{'n' if found.name else 't'}{found.pk}", found.scopes)


def session_of(shown: Credential) -> DeviceSession | None:
    """With its user; None for one that is over."""
    if not shown.is_session:
        return None
    living = DeviceSession.objects.filter(
        token_digest=shown.digest,
        expires_at__gt=Now(),
        user__is_active=True,
        opened_under=F("user__pubsub_token"),
    )
    return living.select_related("user").first()


def platform_app_by_token(shown: Credential) -> PlatformApp | None:
    if shown.is_session:
        return None
    tokens = AccessToken.objects.filter(_valid(), token_digest=shown.digest, platform_app__isnull=False)
    found = tokens.defer("token").select_related("platform_app").first()
    return found.platform_app if found else None
