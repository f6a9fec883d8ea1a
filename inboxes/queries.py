"""Who may see what: one door into an account, by session or by token, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Role
from config.encryption import digest
from config.prepared import prepared_cursor
from inboxes.models import Inbox


@dataclass(frozen=True)
class Access:
    """A member of an account and what they may see. An administrator sees all of it; `inbox_ids` and
    `team_ids` are the member's own."""

    account_id: int
    account_name: str
    account_locale: str
    membership_id: int
    role: int
    user_id: int
    user_name: str
    user_email: str
    inbox_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    availability: int = 0

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def actor(self) -> Actor:
        return Actor("user", self.user_id, self.user_name, self.membership_id, self.role)

    def sees(self, *, inbox_id: int, assignee_id: int | None, team_id: int | None) -> bool:
        """Whether a conversation with these (assignee: a membership) may be seen."""
        return (
            self.is_administrator
            or inbox_id in self.inbox_ids
            or assignee_id == self.membership_id
            or (team_id is not None and team_id in self.team_ids)
        )


# Asked on every request, hence by hand: a queryset of the same costs three times the time to build.
_DOOR = """
SELECT account.id, account.name, account.locale, member.id, member.role,
       person.id, coalesce(nullif(person.display_name, ''), person.name), person.email,
       ARRAY(SELECT inbox_id FROM inboxes_inboxmember
             WHERE account_id = member.account_id AND membership_id = member.id),
       ARRAY(SELECT team_id FROM accounts_teammember
             WHERE account_id = member.account_id AND membership_id = member.id), member.availability
FROM accounts_membership AS member
JOIN accounts_user AS person ON person.id = member.user_id AND person.is_active
JOIN accounts_account AS account ON account.id = member.account_id AND account.status = 0
"""
_BY_USER = _DOOR + "WHERE member.account_id = %s AND member.user_id = %s"
_BY_TOKEN = (
    _DOOR + "JOIN accounts_accesstoken AS token ON token.user_id = person.id "
    "WHERE member.account_id = %s AND token.token_digest = %s "
    "AND (token.expires_at IS NULL OR token.expires_at > now())"
)


def access_of_user(*, account_id: int, user_id: int) -> Access | None:
    """Call within the account's scope. None if anything between the user and the account is missing,
    inactive or suspended: the caller cannot tell which, and must not."""
    return _access(_BY_USER, [account_id, user_id])


def access_by_token(*, account_id: int, token: str) -> Access | None:
    """The same for the owner of an API token."""
    return _access(_BY_TOKEN, [account_id, digest(token)])


def _access(sql: str, params: list[Any]) -> Access | None:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if row is None:
        return None
    values: Any = (*row[:8], tuple(row[8]), tuple(row[9]), row[10])
    return Access(*values)


def visible_inboxes(access: Access) -> QuerySet[Inbox]:
    """All inboxes for an administrator, else those the agent is a member of; by name."""
    inboxes = Inbox.objects.for_account(access.account_id).order_by("name", "id")
    return inboxes if access.is_administrator else inboxes.filter(pk__in=access.inbox_ids)
