"""The measured intervals behind the figures."""

from __future__ import annotations

import math
from typing import Any

from conversations.shapes import iso
from reports.models import ReportingEvent
from reports.periods import Period

PER_PAGE = 25


def page_of(
    *,
    account_id: int,
    period: Period | None,
    name: str | None = None,
    inbox_id: int | None = None,
    user_id: int | None = None,
    page: int = 1,
) -> dict[str, Any]:
    """{payload: [interval], meta: {count, current_page, total_pages}}, newest first."""
    rows = ReportingEvent.objects.for_account(account_id)
    if period:
        rows = rows.filter(event_end_time__gte=period.since, event_end_time__lt=period.until)
    wanted = {"name": name, "inbox_id": inbox_id, "user_id": user_id}
    rows = rows.filter(**{column: value for column, value in wanted.items() if value is not None})
    count = rows.count()
    start = (page - 1) * PER_PAGE
    found = rows.order_by("-id")[start : start + PER_PAGE] if start < count else []
    meta = {"count": count, "current_page": page, "total_pages": math.ceil(count / PER_PAGE)}
    return {"payload": [shape(row) for row in found], "meta": meta}


def shape(row: ReportingEvent) -> dict[str, Any]:
    """The contract's `reporting event`; `conversation_id` is the internal one there, alone of all shapes."""
    return {
        "id": row.pk,
        "name": row.name,
        "value": row.value,
        "value_in_business_hours": row.value_in_business_hours,
        "event_start_time": iso(row.event_start_time),
        "event_end_time": iso(row.event_end_time),
        "account_id": row.account_id,
        "inbox_id": row.inbox_id,
        "user_id": row.user_id,
        "conversation_id": row.conversation_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }
