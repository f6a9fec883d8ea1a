"""Who may see what: one door into an account, by session or by token, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Role
from accounts.queries.door import (
    ACTIVE,
    BY_TOKEN,
    COLUMNS,
    MEMBER_FIELDS,
    OF_SESSION,
    OF_TOKEN,
    OPENED_BY_SESSION,
    OPENED_BY_TOKEN,
    ROWS,
    STILL_GOOD,
    Credential,
    MemberAccess,
    Opened,
    first_row,
    opened,
)
from inboxes.models import Inbox


@dataclass(frozen=True, kw_only=True)
class Access(MemberAccess):
    """A member of an account and what they may see. An administrator sees all of it; `inbox_ids` and
    `team_ids` are the member's own."""

    inbox_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    availability: int = 0
    # The newest event of the feed when the request came in, for pages: what a page misses has a greater number.
    seq: int = 0

    def sees(self, *, inbox_id: int, assignee_id: int | None, team_id: int | None) -> bool:
        """Whether a conversation with these (assignee: a membership) may be seen."""
        return (
            self.is_administrator
            or inbox_id in self.inbox_ids
            or assignee_id == self.membership_id
            or (team_id is not None and team_id in self.team_ids)
        )


@dataclass(frozen=True, kw_only=True)
class BotAccess(Access):
    """A bot with its own token. It sees every conversation of its account, has no membership, and reaches only
    what says so (inboxes.api.base.AccountAPIView.bot_methods)."""

    bot_id: int = 0

    @property
    def actor(self) -> Actor:
        return Actor("agent_bot", self.bot_id, self.user_name)


# Asked on every request, hence by hand: a queryset of the same costs three times the time to build.
_SEES = """
ARRAY(SELECT inbox_id FROM inboxes_inboxmember
      WHERE account_id = member.account_id AND membership_id = member.id),
ARRAY(SELECT team_id FROM accounts_teammember
      WHERE account_id = member.account_id AND membership_id = member.id), member.availability
"""
_NEWEST = "(SELECT coalesce(max(last_seq), 0) FROM config_relaystate)"
_BY_USER = (
    f"SELECT NULL, NULL, {COLUMNS}, {_SEES}, {_NEWEST} {ROWS} "
    f"WHERE member.account_id = %s AND member.user_id = %s AND {ACTIVE}"
)
_BY_TOKEN = f"SELECT {OPENED_BY_TOKEN}, {COLUMNS}, {_SEES}, 0 {ROWS} {OF_TOKEN} WHERE {BY_TOKEN} AND {ACTIVE}"
_BY_SESSION = (
    f"SELECT {OPENED_BY_SESSION}, {COLUMNS}, {_SEES}, 0 {ROWS} {OF_SESSION} WHERE {BY_TOKEN} AND {ACTIVE}"
)


def access_of_user(*, account_id: int, user_id: int) -> Access | None:
    """Call within the account's scope. None if anything between the user and the account is missing,
    inactive or suspended: the caller cannot tell which, and must not."""
    return _access(_BY_USER, [account_id, user_id])


def access_by_token(*, account_id: int, shown: Credential) -> Access | None:
    """The same for the owner of an API token, or of a device's session."""
    return _access(_BY_SESSION if shown.is_session else _BY_TOKEN, [account_id, shown.digest])


_BY_BOT_TOKEN = f"""
SELECT account.id, account.name, account.locale, bot.id, bot.name, token.id
FROM accounts_accesstoken AS token
JOIN accounts_agentbot AS bot ON bot.id = token.agent_bot_id
JOIN accounts_account AS account ON account.id = bot.account_id AND account.status = 0
WHERE bot.account_id = %s AND token.token_digest = %s AND {STILL_GOOD}
"""


def bot_access_by_token(*, account_id: int, shown: Credential) -> BotAccess | None:
    """The same for the token of one of the account's bots."""
    row = None if shown.is_session else first_row(_BY_BOT_TOKEN, [account_id, shown.digest])
    if row is None:
        return None
    return BotAccess(
        account_id=row[0],
        account_name=row[1],
        account_locale=row[2],
        membership_id=0,
        role=Role.ADMINISTRATOR,
        user_id=0,
        user_name=row[4],
        user_email="",
        bot_id=row[3],
        opened=Opened(f"t{row[5]}"),
    )


def _access(sql: str, params: list[Any]) -> Access | None:
    row = first_row(sql, params)
    if row is None:
        return None
    values: Any = dict(zip(MEMBER_FIELDS, row[2:10], strict=True))
    return Access(
        **values,
        inbox_ids=tuple(row[10]),
        team_ids=tuple(row[11]),
        availability=row[12],
        seq=row[13],
        opened=opened(row[0], row[1]) if row[0] else None,
    )


def visible_inboxes(access: Access) -> QuerySet[Inbox]:
    """All inboxes for an administrator, else those the agent is a member of; by name."""
    inboxes = Inbox.objects.for_account(access.account_id).order_by("name", "id")
    return inboxes if access.is_administrator else inboxes.filter(pk__in=access.inbox_ids)
