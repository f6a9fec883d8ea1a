"""Changing a locked conversation: the row, the activity line and the event, once per act."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_noop

from accounts.actors import Actor
from config.events import publish
from conversations import shapes
from conversations.actions.locking import Locked
from conversations.events import ConversationUpdated

OPEN, RESOLVED, PENDING, SNOOZED = range(4)

_ACTIVITY = """
WITH written AS (
    INSERT INTO conversations_message (account_id, inbox_id, conversation_id, content, message_type, content_type,
        content_attributes, additional_attributes, private, status, created_at, updated_at)
    VALUES (%s, %s, %s, %s, 2, 0, %s::jsonb, '{}', false, 0, clock_timestamp(), clock_timestamp())
    RETURNING id, created_at
), moved AS (
    UPDATE conversations_conversation AS c SET last_message_id = written.id, last_activity_at = written.created_at
    FROM written WHERE c.account_id = %s AND c.id = %s
)
INSERT INTO config_outboxevent (account_id, name, version, payload)
SELECT %s, 'message.created', 1, %s::jsonb || jsonb_build_object('message_id', written.id) FROM written WHERE %s
"""


def apply_changes(
    locked: Locked, *, actor: Actor, columns: dict[str, Any], changes: dict[str, list[Any]], cause: Any = None
) -> None:
    """Write `columns` (name → value) and publish one event with `changes` (field → [old, new])."""
    assignments = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE conversations_conversation SET {assignments}, updated_at = clock_timestamp() "
            "WHERE account_id = %s AND id = %s",
            [*columns.values(), locked.account_id, locked.id],
        )
    publish(
        ConversationUpdated(account_id=locked.account_id, changes=changes, **locked.routing(actor, cause))
    )


def status_columns(status: int, *, snoozed_until: Any = None) -> dict[str, Any]:
    """A resolved conversation waits for nobody; only a snoozed one has a time to wake."""
    columns: dict[str, Any] = {
        "status": status,
        "snoozed_until": snoozed_until if status == SNOOZED else None,
    }
    if status == RESOLVED:
        columns["waiting_since"] = None
    return columns


def set_status(locked: Locked, *, actor: Actor, status: int, snoozed_until: Any = None) -> bool:
    """Returns whether anything changed."""
    if status == locked.status and snoozed_until == locked.snoozed_until:
        return False
    old = shapes.CONVERSATION_STATUSES[locked.status]
    changes: dict[str, list[Any]] = {"status": [old, shapes.CONVERSATION_STATUSES[status]]}
    if snoozed_until != locked.snoozed_until:
        changes["snoozed_until"] = [shapes.iso(locked.snoozed_until), shapes.iso(snoozed_until)]
    locked.status, locked.snoozed_until = status, snoozed_until
    columns = status_columns(status, snoozed_until=snoozed_until)
    apply_changes(locked, actor=actor, columns=columns, changes=changes)
    return True


def reopened_by_contact(locked: Locked, *, actor: Actor) -> None:
    """A new message of the contact wakes a snoozed conversation and reopens a resolved one, unless the contact
    is blocked."""
    if locked.status in {SNOOZED, RESOLVED} and not locked.contact["blocked"]:
        set_status(locked, actor=actor, status=OPEN)


def write_activity(locked: Locked, *, actor: Actor, kind: str, text: str, **values: Any) -> None:
    """One line that tells what happened. The sentence is stored in English, with its kind and values, so that
    a face can say it in its reader's language."""
    from_event = {
        **locked.routing(actor),
        "message_type": 2,
        "private": False,
        "first_reply": False,
        "echo_id": None,
    }
    attributes = json.dumps({"activity": {"kind": kind, **values}})
    key = [locked.account_id, locked.id]
    with connection.cursor() as cursor:
        cursor.execute(
            _ACTIVITY,
            [
                locked.account_id,
                locked.inbox_id,
                locked.id,
                text % values,
                attributes,
                *key,
                locked.account_id,
                json.dumps(from_event),
                settings.OUTBOX_ENABLED,
            ],
        )


ASSIGNED = gettext_noop("Assigned to %(name)s by %(by)s")
SELF_ASSIGNED = gettext_noop("%(by)s self-assigned this conversation")
UNASSIGNED = gettext_noop("Conversation unassigned by %(by)s")
TEAM_ASSIGNED = gettext_noop("Assigned to %(name)s by %(by)s")
TEAM_REMOVED = gettext_noop("Unassigned from %(name)s by %(by)s")
LABELS_ADDED = gettext_noop("%(by)s added %(labels)s")
LABELS_REMOVED = gettext_noop("%(by)s removed %(labels)s")
PRIORITY_ADDED = gettext_noop("%(by)s set the priority to %(new)s")
PRIORITY_CHANGED = gettext_noop("%(by)s changed the priority from %(old)s to %(new)s")
PRIORITY_REMOVED = gettext_noop("%(by)s removed the priority")
MUTED = gettext_noop("%(by)s has muted the conversation")
UNMUTED = gettext_noop("%(by)s has unmuted the conversation")
SURVEY_NOT_SENT = gettext_noop("The survey was not sent: the time to reply is over")
STATUS_LINES = {
    OPEN: gettext_noop("Conversation was reopened by %(by)s"),
    RESOLVED: gettext_noop("Conversation was marked resolved by %(by)s"),
    PENDING: gettext_noop("Conversation was marked as pending by %(by)s"),
    SNOOZED: gettext_noop("Conversation was snoozed by %(by)s"),
}
# The kind of a line, as write_activity stores it: its sentence, for faces that say it in their reader's language.
ACTIVITY_LINES: dict[str, str] = {
    "assigned": ASSIGNED,
    "self_assigned": SELF_ASSIGNED,
    "unassigned": UNASSIGNED,
    "team_assigned": TEAM_ASSIGNED,
    "team_removed": TEAM_REMOVED,
    "labels_added": LABELS_ADDED,
    "labels_removed": LABELS_REMOVED,
    "priority_added": PRIORITY_ADDED,
    "priority_changed": PRIORITY_CHANGED,
    "priority_removed": PRIORITY_REMOVED,
    "survey_not_sent": SURVEY_NOT_SENT,
    "muted": MUTED,
    "unmuted": UNMUTED,
    **{f"status.{status}": line for status, line in STATUS_LINES.items()},
}
