from __future__ import annotations

from django.db import connection

from accounts.actors import Actor
from config.events import publish
from conversations.actions.locking import Locked, lock_by_id, lock_latest_of_session, lock_visible
from conversations.events import ConversationRead
from inboxes.queries import Access

_SEEN_BY_AGENT = """
UPDATE conversations_conversation SET agent_last_seen_at = now(), unread_count = 0,
    assignee_last_seen_at = CASE WHEN assignee_id = %s THEN now() ELSE assignee_last_seen_at END
WHERE account_id = %s AND id = %s
"""
_SEEN_BY_CONTACT = """
UPDATE conversations_conversation SET contact_last_seen_at = now() WHERE account_id = %s AND id = %s
"""


def mark_agent_seen(*, actor: Actor, access: Access, display_id: int) -> None:
    """An agent has it before their eyes: nothing is unread any more."""
    locked = lock_visible(access=access, display_id=display_id)
    with connection.cursor() as cursor:
        cursor.execute(_SEEN_BY_AGENT, [access.membership_id, locked.account_id, locked.id])
    if locked.unread_count:
        _publish(locked, actor, by="agent")


def mark_contact_seen(
    *, actor: Actor, account_id: int, contact_inbox_id: int, conversation_id: int | None = None
) -> bool:
    """The visitor has seen their newest conversation, or the one named. Returns whether there is one."""
    if conversation_id is None:
        locked = lock_latest_of_session(account_id=account_id, contact_inbox_id=contact_inbox_id)
    else:
        locked = lock_by_id(account_id=account_id, conversation_id=conversation_id)
    if locked is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_SEEN_BY_CONTACT, [account_id, locked.id])
    _publish(locked, actor, by="contact")
    return True


def _publish(locked: Locked, actor: Actor, *, by: str) -> None:
    publish(ConversationRead(account_id=locked.account_id, by=by, **locked.routing(actor)))
