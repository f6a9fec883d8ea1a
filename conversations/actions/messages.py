"""Writing messages. One statement stores the message, moves its conversation and publishes the event: it is
the busiest path there is, and one of the three written by hand."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import AgentBot
from config import filestore
from config.events import wake_on_commit
from config.fields import MOST_ATTRIBUTE_BYTES
from config.prepared import prepared_cursor
from config.problems import Conflict, Invalid
from config.rendering import without_nul
from conversations import files, links, shapes
from conversations.actions.blobs import take_blobs
from conversations.actions.changes import reopened_by_contact
from conversations.actions.following import record_mentions
from conversations.actions.locking import Locked, check_visible, lock_visible
from conversations.actions.uploads import claim_uploads
from conversations.content import check_shape, with_safe_html
from conversations.models import Attachment
from conversations.models.message import CONTENT_LIMIT
from conversations.queries.messages import messages_by_id, push_message, replied_to
from conversations.queries.rows import with_conversation
from conversations.shapes import Row
from inboxes.queries import Access

INCOMING, OUTGOING, ACTIVITY, TEMPLATE = range(4)


@dataclass(frozen=True)
class MessageDraft:
    """What somebody wants to send. `files` are uploaded files, not yet looked at; `uploads` the ids of a member's
    files that were stored ahead (actions.uploads), `blobs` signed ids of what a program uploaded (actions.blobs)."""

    content: str | None = None
    message_type: str = "outgoing"
    private: bool = False
    content_type: str = "text"
    content_attributes: dict[str, Any] = field(default_factory=dict)
    additional_attributes: dict[str, Any] = field(default_factory=dict)
    echo_id: str | None = None
    source_id: str | None = None
    files: tuple[Any, ...] = ()
    uploads: tuple[int, ...] = ()
    blobs: tuple[str, ...] = ()

    @property
    def waiting(self) -> int:
        """How many of its files are in the storage already."""
        return len(self.uploads) + len(self.blobs)


_WRITE = """
WITH existing AS (
    SELECT id FROM conversations_message WHERE account_id = %(account)s AND conversation_id = %(conversation)s
      AND echo_id = %(echo_id)s
    UNION ALL
    SELECT id FROM conversations_message WHERE account_id = %(account)s AND inbox_id = %(inbox)s
      AND source_id = %(source_id)s
), written AS (
    INSERT INTO conversations_message (account_id, inbox_id, conversation_id, content, message_type, content_type,
        content_attributes, additional_attributes, private, status, echo_id, source_id, sender_user_id,
        sender_contact_id, sender_bot_id, created_at, updated_at)
    SELECT %(account)s, %(inbox)s, %(conversation)s, %(content)s, %(message_type)s, %(content_type)s,
        %(content_attributes)s::jsonb, %(additional_attributes)s::jsonb, %(private)s, 0, %(echo_id)s, %(source_id)s,
        %(sender_user)s, %(sender_contact)s, %(sender_bot)s, clock_timestamp(), clock_timestamp()
    WHERE NOT EXISTS (SELECT 1 FROM existing)
    RETURNING id, created_at, updated_at
), moved AS (
    UPDATE conversations_conversation AS c SET
        last_activity_at = written.created_at, updated_at = written.created_at,
        last_message_id = written.id,
        last_non_activity_message_id = CASE WHEN %(is_activity)s THEN c.last_non_activity_message_id
                                            ELSE written.id END,
        last_public_message_id = CASE WHEN %(is_public)s THEN written.id ELSE c.last_public_message_id END,
        unread_count = c.unread_count + %(unread)s,
        waiting_since = CASE %(waiting)s WHEN 'start' THEN coalesce(c.waiting_since, written.created_at)
                                         WHEN 'stop' THEN NULL ELSE c.waiting_since END,
        first_reply_created_at = CASE WHEN %(first_reply)s THEN written.created_at
                                      ELSE c.first_reply_created_at END
    FROM written WHERE c.account_id = %(account)s AND c.id = %(conversation)s
    RETURNING c.unread_count, c.last_activity_at
), active AS (
    UPDATE conversations_contact AS contact SET last_activity_at = written.created_at
    FROM written WHERE %(from_contact)s AND contact.account_id = %(account)s AND contact.id = %(contact)s
), told AS (
    INSERT INTO config_outboxevent (account_id, name, version, payload)
    SELECT %(account)s, 'message.created', 1,
           %(payload)s::jsonb || jsonb_build_object('message_id', written.id, 'replied_after',
               CASE WHEN %(is_reply)s THEN extract(epoch FROM written.created_at - %(waited_since)s::timestamptz) END)
    FROM written WHERE %(publish)s
)
SELECT written.id, written.created_at, written.updated_at, moved.unread_count, moved.last_activity_at
FROM written, moved
"""

_EXISTING = """
SELECT id, conversation_id FROM conversations_message WHERE account_id = %s AND
    ((conversation_id = %s AND echo_id = %s) OR (inbox_id = %s AND source_id = %s)) LIMIT 1
"""


def create_message(*, actor: Actor, access: Access, display_id: int, draft: MessageDraft) -> Row:
    """A member writes into a conversation they may see. Returns the message (PUSH_MESSAGE). The same echo_id
    or source_id again returns the message there is."""
    uploads = checked(draft, account_id=access.account_id)
    if uploads:
        # Before the lock: nobody has to wait for a slow storage but who sends.
        check_visible(access=access, display_id=display_id)
        uploads = files.store(uploads, account_id=access.account_id)
    locked = lock_visible(access=access, display_id=display_id)
    kind = kind_of(draft=draft, locked=locked)
    return write_message(actor=actor, locked=locked, draft=draft, kind=kind, uploads=uploads)


def bot_actor(*, access: Access, bot_id: int) -> Actor:
    """A bot of the account, in whose name a member writes. Raises Invalid."""
    name = (
        AgentBot.objects.for_account(access.account_id)
        .filter(pk=bot_id)
        .values_list("name", flat=True)
        .first()
    )
    if name is None:
        raise Invalid(_("There is no such bot. Nothing was sent."), attributes=["sender_id"])
    return Actor("agent_bot", bot_id, name)


def kind_of(*, draft: MessageDraft, locked: Locked) -> int:
    """The number of its type, if a member may write such a message here. Raises Invalid."""
    kind = shapes.MESSAGE_TYPES.index(draft.message_type)
    if kind == ACTIVITY:
        raise Invalid(_("Activity lines are written by the system."), attributes=["message_type"])
    if kind == INCOMING and locked.inbox_kind != "api":
        raise Invalid(_("Incoming messages are only allowed in Api inboxes"), attributes=["message_type"])
    if kind == INCOMING and draft.private:
        raise Invalid(_("What comes from a contact cannot be private"), attributes=["private"])
    return kind


def checked(draft: MessageDraft, *, account_id: int) -> list[files.Upload]:
    """Refuse what cannot be stored, before anything is locked. Returns the examined files."""
    if len(draft.content or "") > CONTENT_LIMIT:
        text = _("Content is too long (maximum is %(limit)d characters)") % {"limit": CONTENT_LIMIT}
        raise Invalid(text, attributes=["content"])
    if draft.message_type not in shapes.MESSAGE_TYPES:
        raise Invalid(_("message_type is not known"), attributes=["message_type"])
    if draft.content_type not in shapes.CONTENT_TYPES:
        raise Invalid(_("content_type is not known"), attributes=["content_type"])
    if len(orjson.dumps(draft.content_attributes)) > MOST_ATTRIBUTE_BYTES:
        raise Invalid(_("content_attributes is too large"), attributes=["content_attributes"])
    for name in ("echo_id", "source_id"):
        if len(getattr(draft, name) or "") > 255:
            raise Invalid(
                _("%(name)s is too long (maximum is 255 characters)") % {"name": name}, attributes=[name]
            )
    check_shape(draft.content_type, draft.content_attributes, field="content_attributes")
    if len(draft.files) + draft.waiting > files.MOST_FILES:
        raise files.too_many_files()
    uploads = files.examine(draft.files, account_id=account_id)
    if (
        not uploads
        and not draft.waiting
        and not without_nul(draft.content or "").strip()
        and draft.content_type == "text"
    ):
        raise Invalid(_("Content can't be blank"), attributes=["content"])
    return uploads


def write_message(
    *,
    actor: Actor,
    locked: Locked,
    draft: MessageDraft,
    kind: int,
    uploads: list[files.Upload] | None = None,
    cause: dict[str, Any] | None = None,
) -> Row:
    """Store a checked draft in a locked conversation, with all that follows from it (contract, events.md 1)."""
    params = _params(actor=actor, locked=locked, draft=_resolved(draft, locked), kind=kind, cause=cause)
    with prepared_cursor() as cursor:
        cursor.execute(_WRITE, params)
        row = cursor.fetchone()
    if row is None:
        sent_twice = [upload.stored.name for upload in uploads or [] if upload.stored]
        if sent_twice:
            filestore.discard(sent_twice, account_id=locked.account_id)
        return _existing(locked, params)
    message = _shape(actor, locked, params, row)
    if uploads or draft.waiting:
        found = _uploads(actor, locked, draft, uploads or [])
        message["attachments"] = attach_stored(
            account_id=locked.account_id, message_id=message["id"], uploads=found
        )
    if kind == INCOMING:
        reopened_by_contact(locked, actor=actor)
    elif draft.private and "mention://" in (draft.content or ""):
        record_mentions(locked, actor=actor, content=draft.content or "")
    wake_on_commit()
    locked.unread_count = row[3]
    return with_conversation(message, _about(locked, row)) or {}


def _resolved(draft: MessageDraft, locked: Locked) -> MessageDraft:
    """With what it replies to under both of its ids, and its HTML clean."""
    given = draft.content_attributes
    if not given.keys() & {"email", "in_reply_to", "in_reply_to_external_id"}:
        return draft
    attributes = with_safe_html(given)
    if given.keys() & {"in_reply_to", "in_reply_to_external_id"}:
        found = replied_to(
            account_id=locked.account_id,
            conversation_id=locked.id,
            message_id=given.get("in_reply_to"),
            source_id=given.get("in_reply_to_external_id"),
        )
        attributes = {**attributes, "in_reply_to": found[0], "in_reply_to_external_id": found[1]}
    return replace(draft, content_attributes=attributes)


def _params(*, actor: Actor, locked: Locked, draft: MessageDraft, kind: int, cause: Any) -> dict[str, Any]:
    human_reply = kind == OUTGOING and not draft.private and actor.kind in {"user", "agent_bot"}
    first_reply = human_reply and actor.kind == "user" and locked.first_reply_created_at is None
    payload = {
        **locked.routing(actor, cause),
        "message_type": kind,
        "private": draft.private,
        "first_reply": first_reply,
        "echo_id": draft.echo_id,
        "files": len(draft.files) + draft.waiting,
    }
    from_contact = kind in {INCOMING, TEMPLATE}
    return {
        "account": locked.account_id,
        "inbox": locked.inbox_id,
        "conversation": locked.id,
        "contact": locked.contact_id,
        "content": None if draft.content is None else without_nul(draft.content),
        "message_type": kind,
        "content_type": shapes.CONTENT_TYPES.index(draft.content_type),
        "content_attributes": orjson.dumps(draft.content_attributes).decode(),
        "additional_attributes": orjson.dumps(draft.additional_attributes).decode(),
        "private": draft.private,
        "echo_id": draft.echo_id,
        "source_id": draft.source_id,
        "sender_user": actor.id if kind == OUTGOING and actor.kind == "user" else None,
        "sender_bot": actor.id if kind == OUTGOING and actor.kind == "agent_bot" else None,
        "sender_contact": locked.contact_id if from_contact else None,
        "is_activity": kind == ACTIVITY,
        "is_public": kind != ACTIVITY and not draft.private,
        "from_contact": kind == INCOMING,
        "unread": 1 if kind == INCOMING else 0,
        "waiting": "start" if kind == INCOMING else "stop" if human_reply else "keep",
        "first_reply": first_reply,
        "is_reply": human_reply and actor.kind == "user" and locked.waiting_since is not None,
        "waited_since": locked.waiting_since,
        "payload": orjson.dumps(payload).decode(),
        "publish": settings.OUTBOX_ENABLED,
    }


def _existing(locked: Locked, params: dict[str, Any]) -> Row:
    with prepared_cursor() as cursor:
        keys = ("account", "conversation", "echo_id", "inbox", "source_id")
        cursor.execute(_EXISTING, [params[key] for key in keys])
        message_id, conversation_id = cursor.fetchone()
    if conversation_id != locked.id:
        raise Conflict(
            _("This source_id belongs to a message of another conversation."), code="duplicate_source_id"
        )
    return messages_by_id(account_id=locked.account_id, ids=[message_id])[message_id]


def _shape(actor: Actor, locked: Locked, params: dict[str, Any], row: tuple[Any, ...]) -> Row:
    """The message as messages_by_id would read it, without reading it."""
    contact: tuple[Any, ...] = (None,) * 8
    if params["sender_contact"]:
        known = locked.contact
        keys = ("id", "name", "email", "phone_number", "identifier")
        contact = (
            *(known[key] for key in keys),
            known["additional_attributes"],
            known["custom_attributes"],
            known["blocked"],
        )
    bot_name = actor.name if params["sender_bot"] else None
    return push_message(
        (
            row[0],
            params["content"],
            locked.account_id,
            locked.inbox_id,
            locked.display_id,
            params["message_type"],
            row[1],
            row[2],
            params["private"],
            0,
            params["source_id"],
            params["content_type"],
            params["content_attributes"],
            params["additional_attributes"],
            params["echo_id"],
            params["sender_user"],
            actor.name,
            "",
            params["sender_bot"],
            bot_name,
            *contact,
            None,
        )
    )


def _about(locked: Locked, row: tuple[Any, ...]) -> Row:
    last: datetime.datetime = row[4]
    return {
        "assignee_user_id": locked.assignee_user_id,
        "unread_count": row[3],
        "last_activity_at": last,
        "session_source_id": locked.session_source_id,
    }


def _uploads(
    actor: Actor, locked: Locked, draft: MessageDraft, uploads: list[files.Upload]
) -> list[files.Upload]:
    """All files of the message, stored, and part of it if this transaction commits."""
    found = files.store(uploads, account_id=locked.account_id)
    if draft.uploads:
        found += claim_uploads(draft.uploads, account_id=locked.account_id, user_id=actor.id or 0)
    if draft.blobs:
        found += take_blobs(draft.blobs, account_id=locked.account_id)
    if draft.waiting:
        files.check_sum(found)
    names = [upload.stored.name for upload in found if upload.stored]
    filestore.keep(names, account_id=locked.account_id)
    return found


def attach_stored(*, account_id: int, message_id: int, uploads: list[files.Upload]) -> list[Row]:
    """The rows of stored files."""
    rows = Attachment.objects.bulk_create(
        Attachment(
            account_id=account_id,
            message_id=message_id,
            file=upload.stored.name if upload.stored else "",
            file_name=upload.name,
            file_type=upload.file_type,
            content_type=upload.content_type,
            extension=upload.extension,
            file_size=upload.size,
            width=upload.width,
            height=upload.height,
            preview=upload.preview,
        )
        for upload in uploads
    )
    return [links.attachment_shape(message_id, account_id, links.columns_of(row)) for row in rows]
