"""What comes from a contact: find or open the conversation, then write."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.events import publish
from config.problems import NotFound
from conversations import files
from conversations.actions.changes import OPEN, RESOLVED
from conversations.actions.locking import Locked, lock_by_id, lock_latest_of_session
from conversations.actions.messages import INCOMING, MessageDraft, checked, write_message
from conversations.events import ConversationCreated
from conversations.models import ContactInbox
from conversations.shapes import Row
from inboxes.models import Inbox

# The counter's row is locked until commit, so all creations of an account queue for it: it is asked last,
# in the statement that creates. A roll-back leaves a gap.
_OPEN = """
WITH number AS (
    INSERT INTO conversations_conversationcounter (account_id, last_display_id) VALUES (%(account)s, 1)
    ON CONFLICT (account_id) DO UPDATE
    SET last_display_id = conversations_conversationcounter.last_display_id + 1
    RETURNING last_display_id
)
INSERT INTO conversations_conversation (account_id, display_id, uuid, inbox_id, contact_id, contact_inbox_id, status,
    snoozed_until, assignee_id, team_id, priority, labels, custom_attributes, additional_attributes, identifier,
    waiting_since, last_activity_at, unread_count, created_at, updated_at)
SELECT %(account)s, last_display_id, gen_random_uuid(), %(inbox)s, %(contact)s, %(session)s, %(status)s,
    %(snoozed_until)s, %(assignee)s, %(team)s, %(priority)s, '{}', %(custom)s::jsonb, %(additional)s::jsonb, '',
    now(), now(), 0, now(), now() FROM number
RETURNING id
"""


@dataclass(frozen=True)
class Start:
    """How a conversation begins, when somebody else than its contact begins it."""

    status: int = OPEN
    snoozed_until: datetime.datetime | None = None
    assignee_id: int | None = None  # a membership
    team_id: int | None = None
    priority: int | None = None


AT_ONCE = Start()


def receive_message(
    *,
    session: ContactInbox,
    draft: MessageDraft,
    conversation_id: int | None = None,
    additional_attributes: dict[str, Any] | None = None,
    custom_attributes: dict[str, Any] | None = None,
    locked: Locked | None = None,
) -> Row:
    """A message of the session's contact, into their newest conversation (opened if there is none) or into
    the one named. Returns PUSH_MESSAGE; the same echo_id or source_id again returns what there is. `locked` is
    that newest conversation, if the edge has locked it already."""
    # Stored before anything is locked: nobody has to wait for a slow storage but who sends.
    uploads = files.store(checked(draft, account_id=session.account_id), account_id=session.account_id)
    actor = contact_actor(session)
    locked = locked or _find(session, conversation_id)
    if locked is None or (conversation_id is None and _is_over(locked)):
        locked = _open_once(
            session=session,
            actor=actor,
            additional_attributes=additional_attributes or {},
            custom_attributes=custom_attributes or {},
        )
    return write_message(actor=actor, locked=locked, draft=draft, kind=INCOMING, uploads=uploads)


def _is_over(locked: Locked) -> bool:
    """Whether what was resolved stays resolved in this inbox, and a new message opens a new conversation."""
    if locked.status != RESOLVED or locked.contact["blocked"]:
        return False
    inboxes = Inbox.objects.for_account(locked.account_id).filter(pk=locked.inbox_id)
    return not inboxes.values_list("allow_messages_after_resolved", flat=True).get()


def contact_actor(session: ContactInbox) -> Actor:
    return Actor("contact", session.contact_id, session.contact.name)


def _find(session: ContactInbox, conversation_id: int | None) -> Locked | None:
    if conversation_id is None:
        return lock_latest_of_session(account_id=session.account_id, contact_inbox_id=session.pk)
    locked = lock_by_id(account_id=session.account_id, conversation_id=conversation_id)
    # A verified contact's sessions are one; anybody else's reach their own conversations only.
    verified = session.hmac_verified and locked.contact_id == session.contact_id
    if locked.contact_inbox_id != session.pk and not verified:
        raise NotFound(_("There is no such conversation."))
    return locked


def _open_once(
    *,
    session: ContactInbox,
    actor: Actor,
    additional_attributes: dict[str, Any],
    custom_attributes: dict[str, Any],
) -> Locked:
    """Two first messages at once open one conversation: the session's row is locked, then asked again."""
    ContactInbox.objects.for_account(session.account_id).select_for_update().get(pk=session.pk)
    found = lock_latest_of_session(account_id=session.account_id, contact_inbox_id=session.pk)
    if found is not None and not _is_over(found):
        return found
    return open_conversation(
        session=session,
        actor=actor,
        additional_attributes=additional_attributes,
        custom_attributes=custom_attributes,
    )


def open_conversation(
    *,
    session: ContactInbox,
    actor: Actor,
    additional_attributes: dict[str, Any],
    custom_attributes: dict[str, Any],
    start: Start = AT_ONCE,
) -> Locked:
    """A new conversation of this session, locked. A blocked contact's starts resolved."""
    blocked = session.contact.blocked
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "account": session.account_id,
                "inbox": session.inbox_id,
                "contact": session.contact_id,
                "session": session.pk,
                "status": RESOLVED if blocked else start.status,
                "snoozed_until": None if blocked else start.snoozed_until,
                "assignee": start.assignee_id,
                "team": start.team_id,
                "priority": start.priority,
                "custom": orjson.dumps(custom_attributes).decode(),
                "additional": orjson.dumps(additional_attributes).decode(),
            },
        )
        (conversation_id,) = cursor.fetchone()
    locked = lock_by_id(account_id=session.account_id, conversation_id=conversation_id)
    publish(ConversationCreated(account_id=session.account_id, **locked.routing(actor)))
    return locked
