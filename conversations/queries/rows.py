"""Conversations as dictionaries, with the last messages they show: one statement."""

from __future__ import annotations

from typing import Any

from config.prepared import prepared_cursor
from conversations import shapes
from conversations.queries.messages import LAST_LINES, push_message
from conversations.shapes import Row

COLUMNS = (
    "_id display_id uuid status priority inbox_id kind inbox_name labels custom_attributes additional_attributes "
    "snoozed_until waiting_since first_reply_created_at last_activity_at agent_last_seen_at assignee_last_seen_at "
    "contact_last_seen_at unread_count created_at updated_at last_message_id last_non_activity_message_id "
    "last_public_message_id contact_id contact_name contact_email contact_phone_number contact_identifier "
    "contact_additional_attributes contact_custom_attributes contact_blocked contact_last_activity_at "
    "contact_created_at contact_inbox_id session_source_id hmac_verified session_pubsub_token session_created_at "
    "session_updated_at assignee_membership_id assignee_user_id assignee_email assignee_name assignee_display_name "
    "assignee_role assignee_availability assignee_auto_offline team_id team_name team_description "
    "team_allow_auto_assign sla_policy_id can_reply"
).split()

# OFFSET 0 keeps every table a plain look-up by key, one after the other. Left free, the planner takes longer to
# weigh 40,000 orders of seven tables than the statement takes, and some plans read all members of the account.
_SELECT = """
SELECT c.id, c.display_id, c.uuid, c.status, c.priority, c.inbox_id, inbox.kind, inbox.name, c.labels,
       c.custom_attributes, c.additional_attributes, c.snoozed_until, c.waiting_since, c.first_reply_created_at,
       c.last_activity_at, c.agent_last_seen_at, c.assignee_last_seen_at, c.contact_last_seen_at, c.unread_count,
       c.created_at, c.updated_at, c.last_message_id, c.last_non_activity_message_id, c.last_public_message_id,
       contact.id, contact.name, contact.email, contact.phone_number, contact.identifier,
       contact.additional_attributes, contact.custom_attributes, contact.blocked, contact.last_activity_at,
       contact.created_at, session.id, session.source_id, session.hmac_verified, session.pubsub_token,
       session.created_at, session.updated_at, member.id, person.id, person.email, person.name,
       person.display_name, member.role, member.availability, member.auto_offline, team.id, team.name,
       team.description, team.allow_auto_assign, c.sla_policy_id,
       CASE WHEN inbox.reply_window_hours IS NULL THEN true ELSE coalesce(
           (SELECT max(created_at) FROM conversations_message
            WHERE account_id = c.account_id AND conversation_id = c.id AND message_type = 0)
           > now() - make_interval(hours => inbox.reply_window_hours), false) END {more}
FROM {source}
JOIN conversations_conversation AS c ON c.account_id = %s AND c.id = page.id
JOIN LATERAL (SELECT * FROM conversations_contact
              WHERE account_id = c.account_id AND id = c.contact_id OFFSET 0) AS contact ON true
JOIN LATERAL (SELECT * FROM conversations_contactinbox
              WHERE account_id = c.account_id AND id = c.contact_inbox_id OFFSET 0) AS session ON true
JOIN LATERAL (SELECT * FROM inboxes_inbox
              WHERE account_id = c.account_id AND id = c.inbox_id OFFSET 0) AS inbox ON true
LEFT JOIN LATERAL (SELECT * FROM accounts_membership
                   WHERE account_id = c.account_id AND id = c.assignee_id OFFSET 0) AS member ON true
LEFT JOIN LATERAL (SELECT * FROM accounts_user WHERE id = member.user_id OFFSET 0) AS person ON true
LEFT JOIN LATERAL (SELECT * FROM accounts_team
                   WHERE account_id = c.account_id AND id = c.team_id OFFSET 0) AS team ON true
{joins}
ORDER BY page.place
"""


def raw_rows(*, account_id: int, source: str, params: list[Any]) -> list[Row]:
    """Rows of COLUMNS for `source`, a relation `page(id, place)`."""
    with prepared_cursor() as cursor:
        cursor.execute(_SELECT.format(source=source, more="", joins=""), [*params, account_id])
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def rows_and_lines(*, account_id: int, source: str, params: list[Any]) -> tuple[list[Row], dict[int, Row]]:
    """The same, and the messages that a list shows of them (by id, PUSH_MESSAGE), in one statement."""
    sql = _SELECT.format(source=source, more=", line.*", joins=LAST_LINES)
    found: dict[int, Row] = {}
    lines: dict[int, Row] = {}
    with prepared_cursor() as cursor:
        cursor.execute(sql, [*params, account_id])
        for row in cursor.fetchall():
            if row[0] not in found:
                found[row[0]] = dict(zip(COLUMNS, row, strict=False))
            line = row[len(COLUMNS) :]
            if line[0] is not None:
                lines[line[0]] = push_message(line)
    return list(found.values()), lines


BY_ID = (
    "(SELECT id, ordinality AS place FROM unnest(%s::bigint[]) WITH ORDINALITY AS t(id, ordinality)) AS page"
)
BY_DISPLAY_ID = (
    "(SELECT id, 1 AS place FROM conversations_conversation "
    "WHERE account_id = %s AND display_id = %s) AS page"
)


def conversation_rows(*, account_id: int, source: str, params: list[Any]) -> list[Row]:
    """Conversations in the REST shape of the contract (3.1), in the order of `source`."""
    found, lines = rows_and_lines(account_id=account_id, source=source, params=params)
    return [rest_shape(row, account_id=account_id, messages=lines) for row in found]


def conversations_by_id(*, account_id: int, ids: list[int]) -> list[Row]:
    return conversation_rows(account_id=account_id, source=BY_ID, params=[ids])


def contact_columns(row: Row) -> Row:
    return {name: row[key] for name, key in _OF_CONTACT}


_OF_CONTACT = [
    (key.removeprefix("contact_"), key)
    for key in COLUMNS
    if key.startswith("contact_") and key not in {"contact_last_seen_at", "contact_inbox_id"}
]


def assignee_shape(row: Row, *, account_id: int) -> Row:
    return shapes.agent(
        account_id=account_id,
        user_id=row["assignee_user_id"],
        email=row["assignee_email"],
        name=row["assignee_name"],
        available_name=row["assignee_display_name"] or row["assignee_name"],
        role=row["assignee_role"],
        availability=row["assignee_availability"],
        auto_offline=row["assignee_auto_offline"],
    )


def team_shape(row: Row, *, account_id: int) -> Row:
    return {
        "id": row["team_id"],
        "name": row["team_name"],
        "description": row["team_description"] or None,
        "allow_auto_assign": row["team_allow_auto_assign"],
        "account_id": account_id,
        "is_member": False,
    }


def with_conversation(message: Row | None, row: Row) -> Row | None:
    """The PUSH_MESSAGE with its block about the conversation."""
    return {**message, "conversation": shapes.conversation_of_message(row)} if message else None


def rest_shape(row: Row, *, account_id: int, messages: dict[int, Row]) -> Row:
    meta: Row = {
        "sender": shapes.contact_rest(contact_columns(row)),
        "channel": shapes.CHANNELS[row["kind"]],
        "hmac_verified": row["hmac_verified"],
    }
    if row["assignee_membership_id"]:
        meta["assignee"] = assignee_shape(row, account_id=account_id)
        meta["assignee_type"] = "User"
    if row["team_id"]:
        meta["team"] = team_shape(row, account_id=account_id)
    last = said = with_conversation(messages.get(row["last_message_id"]), row)
    if row["last_non_activity_message_id"] != row["last_message_id"]:
        said = with_conversation(messages.get(row["last_non_activity_message_id"]), row)
    priority = row["priority"]
    return {
        "meta": meta,
        "id": row["display_id"],
        "messages": [last] if last else [],
        "account_id": account_id,
        "uuid": str(row["uuid"]),
        "additional_attributes": row["additional_attributes"],
        "agent_last_seen_at": shapes.ts(row["agent_last_seen_at"]),
        "assignee_last_seen_at": shapes.ts(row["assignee_last_seen_at"]),
        "can_reply": row["can_reply"],
        "contact_last_seen_at": shapes.ts(row["contact_last_seen_at"]),
        "custom_attributes": row["custom_attributes"],
        "inbox_id": row["inbox_id"],
        "labels": row["labels"],
        "muted": row["contact_blocked"],
        "snoozed_until": shapes.iso(row["snoozed_until"]),
        "status": shapes.CONVERSATION_STATUSES[row["status"]],
        "created_at": shapes.ts(row["created_at"]),
        "updated_at": row["updated_at"].timestamp(),
        "timestamp": shapes.ts(row["last_activity_at"]),
        "first_reply_created_at": shapes.ts(row["first_reply_created_at"]),
        "unread_count": min(row["unread_count"], shapes.MOST_UNREAD),
        "last_non_activity_message": said,
        "last_activity_at": shapes.ts(row["last_activity_at"]),
        "priority": shapes.PRIORITIES[priority] if priority is not None else None,
        "waiting_since": shapes.ts(row["waiting_since"]),
        "sla_policy_id": row["sla_policy_id"],
    }


def push_shape(row: Row, *, account_id: int, messages: dict[int, Row]) -> Row:
    """CONV of the contract (events.md 2): what realtime and webhooks carry. Only public lines in it."""
    assignee = None
    if row["assignee_membership_id"]:
        assignee = shapes.user_push(
            user_id=row["assignee_user_id"],
            name=row["assignee_name"],
            available_name=row["assignee_display_name"] or row["assignee_name"],
            availability=row["assignee_availability"],
        )
    last = with_conversation(messages.get(row["last_public_message_id"]), row)
    priority = row["priority"]
    return {
        "additional_attributes": row["additional_attributes"],
        "can_reply": row["can_reply"],
        "channel": shapes.CHANNELS[row["kind"]],
        "contact_inbox": {
            "id": row["contact_inbox_id"],
            "contact_id": row["contact_id"],
            "inbox_id": row["inbox_id"],
            "source_id": row["session_source_id"],
            "created_at": shapes.iso(row["session_created_at"]),
            "updated_at": shapes.iso(row["session_updated_at"]),
            "hmac_verified": row["hmac_verified"],
            "pubsub_token": row["session_pubsub_token"],
        },
        "id": row["display_id"],
        "inbox_id": row["inbox_id"],
        "messages": [last] if last else [],
        "labels": row["labels"],
        "meta": {
            "sender": shapes.contact_push(contact_columns(row)),
            "assignee": assignee,
            "assignee_type": "User" if assignee else None,
            "team": {"id": row["team_id"], "name": row["team_name"]} if row["team_id"] else None,
            "hmac_verified": row["hmac_verified"],
        },
        "status": shapes.CONVERSATION_STATUSES[row["status"]],
        "custom_attributes": row["custom_attributes"],
        "snoozed_until": shapes.iso(row["snoozed_until"]),
        "unread_count": min(row["unread_count"], shapes.MOST_UNREAD),
        "first_reply_created_at": shapes.iso(row["first_reply_created_at"]),
        "priority": shapes.PRIORITIES[priority] if priority is not None else None,
        "waiting_since": shapes.ts(row["waiting_since"]),
        "agent_last_seen_at": shapes.ts(row["agent_last_seen_at"]),
        "contact_last_seen_at": shapes.ts(row["contact_last_seen_at"]),
        "last_activity_at": shapes.ts(row["last_activity_at"]),
        "timestamp": shapes.ts(row["last_activity_at"]),
        "created_at": shapes.ts(row["created_at"]),
        "updated_at": row["updated_at"].timestamp(),
    }
