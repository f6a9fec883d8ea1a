"""Handlers that turn events into measured intervals (contract, data-model.md 7). Running twice adds nothing:
the event's id is part of the row's key."""

from __future__ import annotations

import datetime
from typing import Any

from config.events import StoredEvent
from conversations.models import Conversation, Message
from reports.models import ReportingEvent

Name = ReportingEvent.Name


def record_reply(event: StoredEvent) -> None:
    """first_response for the first human answer, reply_time for every later one to somebody who waited."""
    payload = event.payload
    message = Message.objects.for_account(event.account_id).filter(pk=payload["message_id"]).first()
    if message is None:
        return
    if payload["first_reply"]:
        start = _base_of_first_response(event)
        user = message.sender_user_id
        _record(event, Name.FIRST_RESPONSE, start=start, end=message.created_at, user_id=user)
    elif payload["replied_after"] is not None:
        waited = datetime.timedelta(seconds=float(payload["replied_after"]))
        _record(
            event,
            Name.REPLY_TIME,
            start=message.created_at - waited,
            end=message.created_at,
            user_id=payload["assignee_id"],
        )


def _base_of_first_response(event: StoredEvent) -> datetime.datetime:
    """Since the conversation was last opened again, else since it began."""
    conversation_id = event.payload["conversation_id"]
    opened = (
        ReportingEvent.objects.for_account(event.account_id)
        .filter(conversation_id=conversation_id, name=Name.CONVERSATION_OPENED)
        .order_by("-event_end_time")
        .values_list("event_end_time", flat=True)
        .first()
    )
    created: datetime.datetime = (
        Conversation.objects.for_account(event.account_id)
        .values_list("created_at", flat=True)
        .get(pk=conversation_id)
    )
    return opened or created


def record_status(event: StoredEvent) -> None:
    """conversation_resolved since it began; conversation_opened since it was last resolved."""
    new = event.payload["changes"]["status"][1]
    conversation = (
        Conversation.objects.for_account(event.account_id).filter(pk=event.payload["conversation_id"]).first()
    )
    if conversation is None:
        return
    assignee = event.payload["assignee_id"]
    if new == "resolved":
        resolved = Name.CONVERSATION_RESOLVED
        _record(event, resolved, start=conversation.created_at, end=event.created_at, user_id=assignee)
        if _by_a_bot_alone(event):
            resolved = Name.CONVERSATION_BOT_RESOLVED
            _record(event, resolved, start=conversation.created_at, end=event.created_at, user_id=None)
    elif new == "open":
        if event.payload["actor"]["kind"] == "agent_bot":
            handed = Name.CONVERSATION_BOT_HANDOFF
            _record(event, handed, start=conversation.created_at, end=event.created_at, user_id=None)
        start = _last_resolved(event) or event.created_at
        _record(event, Name.CONVERSATION_OPENED, start=start, end=event.created_at, user_id=assignee)


def _by_a_bot_alone(event: StoredEvent) -> bool:
    """A bot has spoken in it, and no person has."""
    said = Message.objects.for_account(event.account_id).filter(
        conversation_id=event.payload["conversation_id"], private=False
    )
    return (
        said.filter(sender_bot__isnull=False).exists() and not said.filter(sender_user__isnull=False).exists()
    )


def _last_resolved(event: StoredEvent) -> datetime.datetime | None:
    return (
        ReportingEvent.objects.for_account(event.account_id)
        .filter(conversation_id=event.payload["conversation_id"], name=Name.CONVERSATION_RESOLVED)
        .order_by("-event_end_time")
        .values_list("event_end_time", flat=True)
        .first()
    )


def _record(event: StoredEvent, name: str, *, start: Any, end: Any, user_id: int | None) -> None:
    ReportingEvent.objects.bulk_create(
        [
            ReportingEvent(
                account_id=event.account_id,
                name=name,
                value=max(0.0, (end - start).total_seconds()),
                event_start_time=start,
                event_end_time=end,
                inbox_id=event.payload["inbox_id"],
                user_id=user_id,
                conversation_id=event.payload["conversation_id"],
                outbox_event_id=event.id,
            )
        ],
        ignore_conflicts=True,
    )
