"""The seeding path: conversations of the past, written at once.

For accounts that are filled, not for people who write. Weeks of history are told to nobody: no events (but those of
previews), no deliveries, no notifications. Everything else is what the actions would have left behind, column by
column (tests/conversations/test_seeding.py plays the same steps through both). Tallies come by themselves: they are
a trigger's.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from accounts.models import AgentBot, Membership, Team
from config import filestore
from conversations import files, shapes
from conversations.actions import changes
from conversations.actions.messages import attach_stored
from conversations.actions.previews import make_previews
from conversations.models import (
    Contact,
    ContactInbox,
    Conversation,
    ConversationCounter,
    ConversationLabel,
    Message,
)

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that happened. `kind` is says (the contact), replies, notes, answers (the bot), sees, assigns, teams or
    status; `by` a membership (with user) for all but says and answers."""

    at: datetime.datetime
    kind: str
    by: Membership | None = None
    bot: AgentBot | None = None
    content: str = ""
    content_type: str = "text"
    content_attributes: dict[str, Any] = field(default_factory=dict)
    files: tuple[Any, ...] = ()  # uploaded ones, not yet looked at
    assignee: Membership | None = None
    team: Team | None = None
    status: str = ""
    until: datetime.datetime | None = None
    delivery: int = Message.Status.SENT  # how far it came; a failed one has external_error in its attributes


@dataclass(frozen=True, kw_only=True)
class Past:
    """One conversation: who with, where, what happened in order of time, and what it was called and sorted as."""

    session: ContactInbox
    steps: tuple[Step, ...]
    labels: tuple[str, ...] = ()
    priority: int | None = None
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    additional_attributes: dict[str, Any] = field(default_factory=dict)


def write_past(*, account_id: int, past: Sequence[Past]) -> list[Conversation]:
    """Inside the account's scope. Sessions and contacts are stored already; all of them belong to the account."""
    ordered = sorted(past, key=lambda one: one.steps[0].at)
    conversations = [_fresh(account_id, one) for one in ordered]
    written = [
        (step, message)
        for one, conversation in zip(ordered, conversations, strict=True)
        for step, message in _Told(one, conversation).messages()
    ]
    written.sort(key=lambda line: line[0].at)  # ids run with time, as if they had been written then
    _identify(account_id, conversations, [message for _step, message in written])
    Conversation.objects.bulk_create(conversations, batch_size=BATCH)
    _store([message for _step, message in written])
    _keep_times(account_id, conversations, written)
    _label(account_id, ordered, conversations)
    _attach(account_id, written)
    return conversations


def _fresh(account_id: int, past: Past) -> Conversation:
    began = past.steps[0].at
    return Conversation(
        account_id=account_id,
        inbox_id=past.session.inbox_id,
        contact_id=past.session.contact_id,
        contact_inbox=past.session,
        labels=list(past.labels),
        priority=past.priority,
        custom_attributes=past.custom_attributes,
        additional_attributes=past.additional_attributes,
        waiting_since=began,
        last_activity_at=began,
        created_at=began,
    )


def _identify(account_id: int, conversations: list[Conversation], messages: list[Message]) -> None:
    """Give numbers to all of them before any is stored: so each row is written once, as it is in the end."""
    for conversation, identifier in zip(
        conversations, _new_ids(Conversation, len(conversations)), strict=True
    ):
        conversation.pk = identifier
    for message, identifier in zip(messages, _new_ids(Message, len(messages)), strict=True):
        message.pk = identifier
        conversation = message.conversation
        message.conversation = conversation  # which has got its id by now
        _note_last(message, conversation)
    _number(account_id, conversations)


def _new_ids(model: type[Conversation] | type[Message], count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _number(account_id: int, conversations: list[Conversation]) -> None:
    """From the account's counter, whose row is locked until the commit."""
    ConversationCounter.objects.get_or_create(account_id=account_id)
    counter = ConversationCounter.objects.select_for_update().get(account_id=account_id)
    for number, conversation in enumerate(conversations, counter.last_display_id + 1):
        conversation.display_id = number
    counter.last_display_id += len(conversations)
    counter.save(update_fields=["last_display_id"])


class _Told:
    """Goes through the steps of one conversation and moves its row along."""

    def __init__(self, past: Past, conversation: Conversation) -> None:
        self._past, self._row = past, conversation

    def messages(self) -> list[tuple[Step, Message]]:
        told = [(step, self._happens(step)) for step in self._past.steps]
        return [(step, message) for step, message in told if message is not None]

    def _happens(self, step: Step) -> Message | None:
        happens: Any = getattr(self, f"_{step.kind}")
        message: Message | None = happens(step)
        return message

    # --- messages: as in actions.messages ---

    def _says(self, step: Step) -> Message:
        row = self._row
        row.unread_count += 1
        row.waiting_since = row.waiting_since or step.at
        if row.status in {changes.RESOLVED, changes.SNOOZED}:
            row.status, row.snoozed_until = changes.OPEN, None
        return self._message(step, Message.Type.INCOMING, sender_contact_id=row.contact_id)

    def _replies(self, step: Step) -> Message:
        self._row.waiting_since = None
        self._row.first_reply_created_at = self._row.first_reply_created_at or step.at
        return self._message(step, Message.Type.OUTGOING, sender_user_id=_person(step).user_id)

    def _notes(self, step: Step) -> Message:
        return self._message(step, Message.Type.OUTGOING, private=True, sender_user_id=_person(step).user_id)

    def _answers(self, step: Step) -> Message:
        self._row.waiting_since = None
        return self._message(step, Message.Type.OUTGOING, sender_bot=step.bot)

    def _message(self, step: Step, kind: int, **more: Any) -> Message:
        row = self._row
        row.last_activity_at = step.at
        return Message(
            account_id=row.account_id,
            inbox_id=row.inbox_id,
            conversation=row,
            content=step.content,
            message_type=kind,
            content_type=shapes.CONTENT_TYPES.index(step.content_type),
            content_attributes=step.content_attributes,
            status=step.delivery,
            created_at=step.at,
            **more,
        )

    # --- changes: as in actions.status, .assignment and .reading ---

    def _sees(self, step: Step) -> None:
        row = self._row
        row.unread_count, row.agent_last_seen_at = 0, step.at
        if row.assignee_id == _person(step).pk:
            row.assignee_last_seen_at = step.at

    def _status(self, step: Step) -> Message:
        status = shapes.CONVERSATION_STATUSES.index(step.status)
        for name, value in changes.status_columns(status, snoozed_until=step.until).items():
            setattr(self._row, name, value)
        line = changes.STATUS_LINES[status]
        return self._activity(step, f"status.{status}", line, by=_name(_person(step)))

    def _assigns(self, step: Step) -> Message:
        by, assignee = _person(step), step.assignee
        assert assignee is not None
        self._row.assignee_id = assignee.pk
        if assignee.pk == by.pk:
            return self._activity(step, "self_assigned", changes.SELF_ASSIGNED, by=_name(by))
        return self._activity(step, "assigned", changes.ASSIGNED, name=_name(assignee), by=_name(by))

    def _teams(self, step: Step) -> Message:
        assert step.team is not None
        self._row.team_id = step.team.pk
        by = _name(_person(step))
        return self._activity(step, "team_assigned", changes.TEAM_ASSIGNED, name=step.team.name, by=by)

    def _activity(self, step: Step, kind: str, text: str, **values: str) -> Message:
        message = self._message(step, Message.Type.ACTIVITY)
        message.content = text % values
        message.content_attributes = {"activity": {"kind": kind, **values}}
        return message


def _person(step: Step) -> Membership:
    assert step.by is not None, f"somebody {step.kind}"
    return step.by


def _name(member: Membership) -> str:
    return member.user.available_name


def _note_last(message: Message, conversation: Conversation) -> None:
    """Called in the order of time."""
    conversation.last_message_id = message.pk
    if message.message_type != Message.Type.ACTIVITY:
        conversation.last_non_activity_message_id = message.pk
        if not message.private:
            conversation.last_public_message_id = message.pk


# By hand: the model would say that all of them were changed just now.
_STORE = """
INSERT INTO conversations_message (id, account_id, inbox_id, conversation_id, content, message_type, content_type,
    content_attributes, additional_attributes, private, status, sender_user_id, sender_contact_id, sender_bot_id,
    created_at, updated_at)
SELECT id, account_id, inbox_id, conversation_id, content, message_type, content_type, content_attributes, '{}',
    private, status, sender_user_id, sender_contact_id, sender_bot_id, created_at, created_at
FROM jsonb_to_recordset(%s::jsonb) AS line (id bigint, account_id bigint, inbox_id bigint, conversation_id bigint,
    content text, message_type smallint, content_type smallint, content_attributes jsonb, private boolean,
    status smallint, sender_user_id bigint, sender_contact_id bigint, sender_bot_id bigint, created_at timestamptz)
"""
_COLUMNS = (
    "id", "account_id", "inbox_id", "conversation_id", "content", "message_type", "content_type", "content_attributes",
    "private", "status", "sender_user_id", "sender_contact_id", "sender_bot_id", "created_at",
)  # fmt: skip
_HEARD = """
UPDATE conversations_contact AS contact SET last_activity_at = heard.at, updated_at = heard.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS heard(id, at)
WHERE contact.account_id = %s AND contact.id = heard.id
"""
_CHANGED = """
UPDATE conversations_conversation AS conversation SET updated_at = last_activity_at
FROM unnest(%s::bigint[]) AS written(id) WHERE conversation.account_id = %s AND conversation.id = written.id
"""


def _store(messages: list[Message]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(messages), BATCH):
            lines = [
                {name: getattr(message, name) for name in _COLUMNS}
                for message in messages[start : start + BATCH]
            ]
            cursor.execute(_STORE, [orjson.dumps(lines).decode()])


def _keep_times(
    account_id: int, conversations: list[Conversation], written: list[tuple[Step, Message]]
) -> None:
    heard = {
        message.sender_contact_id: message.created_at
        for _step, message in written
        if message.message_type == Message.Type.INCOMING
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [[conversation.pk for conversation in conversations], account_id])
        cursor.execute(_HEARD, [list(heard), list(heard.values()), account_id])


def _label(account_id: int, past: list[Past], conversations: list[Conversation]) -> None:
    ConversationLabel.objects.bulk_create(
        ConversationLabel(account_id=account_id, conversation=conversation, title=title)
        for one, conversation in zip(past, conversations, strict=True)
        for title in one.labels
    )


def _attach(account_id: int, written: list[tuple[Step, Message]]) -> None:
    for step, message in written:
        if step.files:
            looked_at = files.examine(step.files, account_id=account_id)
            stored = files.store(looked_at, account_id=account_id)
            attach_stored(account_id=account_id, message_id=message.pk, uploads=stored)
            filestore.keep([one.stored.name for one in stored if one.stored], account_id=account_id)
            make_previews(account_id=account_id, message_id=message.pk)


def write_contacts(*, account_id: int, contacts: Sequence[tuple[Contact, int]]) -> list[ContactInbox]:
    """Each contact with a session in the inbox (id) beside it, in the same order."""
    Contact.objects.bulk_create([contact for contact, _inbox in contacts], batch_size=BATCH)
    sessions = [
        ContactInbox(
            account_id=account_id, contact=contact, inbox_id=inbox_id, source_id=f"seeded-{contact.pk}",
            created_at=contact.created_at,
        )
        for contact, inbox_id in contacts
    ]  # fmt: skip
    return ContactInbox.objects.bulk_create(sessions, batch_size=BATCH)
