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
# One second before the last incoming message: that one is new again, and whatever came within this second.
_UNREAD = """
UPDATE conversations_conversation AS c SET agent_last_seen_at = last.seen, assignee_last_seen_at = last.seen,
    unread_count = (SELECT count(*) FROM conversations_message AS m WHERE m.account_id = c.account_id
        AND m.conversation_id = c.id AND m.message_type = 0 AND m.created_at > last.seen)
FROM (SELECT created_at - interval '1 second' AS seen FROM conversations_message
      WHERE account_id = %s AND conversation_id = %s AND message_type = 0 ORDER BY id DESC LIMIT 1) AS last
WHERE c.account_id = %s AND c.id = %s
"""


def mark_agent_seen(*, actor: Actor, access: Access, display_id: int) -> None:
    """An agent has it before their eyes: nothing is unread any more."""
    locked = lock_visible(access=access, display_id=display_id)
    with connection.cursor() as cursor:
        cursor.execute(_SEEN_BY_AGENT, [access.membership_id, locked.account_id, locked.id])
    if locked.unread_count:
        _publish(locked, actor, by="agent")


def mark_unread(*, actor: Actor, access: Access, display_id: int) -> None:
    """For later: the contact's last message counts as new again. Without one there is nothing to be read."""
    locked = lock_visible(access=access, display_id=display_id)
    key = [locked.account_id, locked.id]
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [*key, *key])
        changed = bool(cursor.rowcount)
    if changed:
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
