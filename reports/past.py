"""Intervals of conversations that were written without events (the seeding path): what the recorders would have
measured, read from the messages and activity lines themselves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from conversations.models import Conversation, Message
from reports.models import ReportingEvent

Name = ReportingEvent.Name
OPEN, RESOLVED, SNOOZED = "status.0", "status.1", "status.3"
_LINES = (
    "conversation_id", "created_at", "message_type", "private", "sender_user_id", "sender_bot_id", "content_attributes",
    "conversation__created_at", "conversation__inbox_id", "conversation__assignee__user_id",
)  # fmt: skip


def measure_past(*, account_id: int) -> int:
    """Of all conversations of the account that have no interval yet. Returns how many intervals were written."""
    measured = ReportingEvent.objects.for_account(account_id).values("conversation_id")
    unmeasured = Conversation.objects.for_account(account_id).exclude(pk__in=measured)
    lines = (
        Message.objects.for_account(account_id)
        .filter(conversation_id__in=unmeasured.values("pk"))
        .order_by("conversation_id", "id")
        .values(*_LINES)
    )
    rows = [
        interval
        for _id, told in groupby(lines.iterator(), key=lambda line: line["conversation_id"])
        for interval in _Clock(account_id).intervals(list(told))
    ]
    ReportingEvent.objects.bulk_create(rows, batch_size=500)
    return len(rows)


@dataclass
class _Clock:
    """Goes through one conversation. The assignee is the last one: who it was before is not written anywhere."""

    account_id: int
    found: list[ReportingEvent] = field(default_factory=list)
    waiting: datetime.datetime | None = None
    opened: datetime.datetime | None = None
    resolved: datetime.datetime | None = None
    replied: bool = False
    bot: bool = False
    status: str = OPEN
    about: dict[str, Any] = field(default_factory=dict)

    def intervals(self, lines: list[dict[str, Any]]) -> list[ReportingEvent]:
        self.about = lines[0]
        self.waiting = self.about["conversation__created_at"]
        for line in lines:
            if line["message_type"] == Message.Type.INCOMING:
                self._heard(line)
            elif line["message_type"] == Message.Type.OUTGOING and not line["private"]:
                self._answered(line)
            elif line["message_type"] == Message.Type.ACTIVITY:
                self._changed(line)
        return self.found

    def _heard(self, line: dict[str, Any]) -> None:
        self.waiting = self.waiting or line["created_at"]
        if self.status in {RESOLVED, SNOOZED}:
            self._reopened(line["created_at"])

    def _answered(self, line: dict[str, Any]) -> None:
        at = line["created_at"]
        if line["sender_user_id"]:
            if not self.replied:
                start = self.opened or self.about["conversation__created_at"]
                self._record(Name.FIRST_RESPONSE, start, at, line["sender_user_id"])
            elif self.waiting:
                self._record(Name.REPLY_TIME, self.waiting, at, self._assignee)
            self.replied = True
        self.bot = self.bot or bool(line["sender_bot_id"])
        self.waiting = None

    def _changed(self, line: dict[str, Any]) -> None:
        kind, at = line["content_attributes"].get("activity", {}).get("kind", ""), line["created_at"]
        if kind == RESOLVED:
            began = self.about["conversation__created_at"]
            self._record(Name.CONVERSATION_RESOLVED, began, at, self._assignee)
            if self.bot and not self.replied:
                self._record(Name.CONVERSATION_BOT_RESOLVED, began, at, None)
            self.resolved, self.waiting = at, None
        elif kind == OPEN and self.status != OPEN:
            self._reopened(at)
        if kind.startswith("status."):
            self.status = kind

    def _reopened(self, at: datetime.datetime) -> None:
        self._record(Name.CONVERSATION_OPENED, self.resolved or at, at, self._assignee)
        self.opened, self.status = at, OPEN

    @property
    def _assignee(self) -> int | None:
        user_id: int | None = self.about["conversation__assignee__user_id"]
        return user_id

    def _record(
        self, name: str, start: datetime.datetime, end: datetime.datetime, user_id: int | None
    ) -> None:
        self.found.append(
            ReportingEvent(
                account_id=self.account_id,
                name=name,
                value=max(0.0, (end - start).total_seconds()),
                event_start_time=start,
                event_end_time=end,
                inbox_id=self.about["conversation__inbox_id"],
                user_id=user_id,
                conversation_id=self.about["conversation_id"],
            )
        )
