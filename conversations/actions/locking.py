"""The first step of every change to a conversation: fetch, authorise and lock its row in one statement.

Whoever holds the lock may compute the new values in Python: nobody else changes the row before the commit.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.prepared import prepared_cursor
from config.problems import NotFound
from conversations.queries.json_columns import decoded
from conversations.shapes import Row
from inboxes.queries import Access

_COLUMNS = """
SELECT c.id, c.account_id, c.display_id, c.inbox_id, inbox.kind, c.contact_id, c.contact_inbox_id, c.status,
       c.priority, c.assignee_id, member.user_id, c.team_id, c.labels, c.waiting_since, c.first_reply_created_at,
       c.snoozed_until, c.unread_count, c.custom_attributes, contact.name, contact.email, contact.phone_number,
       contact.identifier, contact.additional_attributes, contact.custom_attributes, contact.blocked,
       session.source_id
FROM conversations_conversation AS c
JOIN inboxes_inbox AS inbox ON inbox.account_id = c.account_id AND inbox.id = c.inbox_id
JOIN conversations_contact AS contact ON contact.account_id = c.account_id AND contact.id = c.contact_id
JOIN conversations_contactinbox AS session
  ON session.account_id = c.account_id AND session.id = c.contact_inbox_id
LEFT JOIN accounts_membership AS member ON member.account_id = c.account_id AND member.id = c.assignee_id
"""
_LOCK = " FOR UPDATE OF c"
_SEEN = _COLUMNS + "WHERE c.account_id = %s AND c.display_id = %s"
_BY_DISPLAY_ID = _SEEN + _LOCK
_BY_ID = _COLUMNS + "WHERE c.account_id = %s AND c.id = %s" + _LOCK
_LATEST_OF_CONTACT = (
    _COLUMNS
    + "WHERE c.account_id = %s AND c.contact_id = %s AND c.inbox_id = %s ORDER BY c.id DESC LIMIT 1"
    + _LOCK
)
_LATEST = _COLUMNS + "WHERE c.account_id = %s AND c.contact_inbox_id = %s ORDER BY c.id DESC LIMIT 1" + _LOCK


@dataclass
class Locked:
    """A conversation as it is while we hold it, with the contact it is with."""

    id: int
    account_id: int
    display_id: int
    inbox_id: int
    inbox_kind: str
    contact_id: int
    contact_inbox_id: int
    status: int
    priority: int | None
    assignee_id: int | None  # a membership
    assignee_user_id: int | None
    team_id: int | None
    labels: list[str]
    waiting_since: datetime.datetime | None
    first_reply_created_at: datetime.datetime | None
    snoozed_until: datetime.datetime | None
    unread_count: int
    custom_attributes: dict[str, Any]
    contact: Row
    session_source_id: str

    def routing(self, actor: Actor, cause: dict[str, Any] | None = None) -> dict[str, Any]:
        """The fields that every event of a conversation carries, but for the account."""
        return {
            "conversation_id": self.id,
            "display_id": self.display_id,
            "inbox_id": self.inbox_id,
            "inbox_kind": self.inbox_kind,
            "contact_id": self.contact_id,
            "contact_inbox_id": self.contact_inbox_id,
            "assignee_id": self.assignee_user_id,
            "team_id": self.team_id,
            "actor": actor.as_payload(),
            "cause": cause,
        }


def lock_visible(*, access: Access, display_id: int) -> Locked:
    """By its number, as a member. Raises NotFound for what is missing, foreign or not theirs to see."""
    locked = _fetch(_BY_DISPLAY_ID, [access.account_id, display_id])
    if locked is None or not access.sees(
        inbox_id=locked.inbox_id, assignee_id=locked.assignee_id, team_id=locked.team_id
    ):
        raise NotFound(_("There is no such conversation, or it is not in your inboxes."))
    return locked


def check_visible(*, access: Access, display_id: int) -> None:
    """The same question without the lock: for what takes long, before it is done."""
    found = _fetch(_SEEN, [access.account_id, display_id])
    if found is None or not access.sees(
        inbox_id=found.inbox_id, assignee_id=found.assignee_id, team_id=found.team_id
    ):
        raise NotFound(_("There is no such conversation, or it is not in your inboxes."))


def lock_by_id(*, account_id: int, conversation_id: int) -> Locked:
    locked = _fetch(_BY_ID, [account_id, conversation_id])
    if locked is None:
        raise NotFound(_("There is no such conversation."))
    return locked


def lock_latest_of_session(*, account_id: int, contact_inbox_id: int) -> Locked | None:
    """The visitor's newest conversation, if there is one."""
    return _fetch(_LATEST, [account_id, contact_inbox_id])


def lock_latest_of_contact(*, account_id: int, contact_id: int, inbox_id: int) -> Locked | None:
    """Their newest conversation in the inbox, whatever session it came by."""
    return _fetch(_LATEST_OF_CONTACT, [account_id, contact_id, inbox_id])


def lock_latest_through(
    *, door: str, where: str, column: str, params: list[Any]
) -> tuple[Locked, Any] | tuple[None, None]:
    """The same in the statement of an edge that knows the session by something of its own: `door` are its joins,
    `where` its conditions (on `session` and its tables), and `column` one value it wants beside."""
    sql = (
        _COLUMNS.replace("\nFROM", f", {column}\nFROM", 1)
        + f"{door}\nWHERE {where} ORDER BY c.id DESC LIMIT 1"
    )
    row = _row(sql + _LOCK, params)
    return (_locked(row[:-1]), row[-1]) if row else (None, None)


def _fetch(sql: str, params: list[Any]) -> Locked | None:
    row = _row(sql, params)
    return _locked(row) if row else None


def _row(sql: str, params: list[Any]) -> Any:
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def _locked(row: tuple[Any, ...]) -> Locked:
    contact = {
        "id": row[5],
        "name": row[18],
        "email": row[19],
        "phone_number": row[20],
        "identifier": row[21],
        "additional_attributes": row[22],
        "custom_attributes": row[23],
        "blocked": row[24],
    }
    values: Any = (*row[:17], decoded(row[17]), contact, row[25])
    return Locked(*values)
