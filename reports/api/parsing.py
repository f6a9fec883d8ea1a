"""What a report's query says: about what, which time, in which hours. Blank is absent; nonsense is a 422."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.periods import Period, parse_period
from reports.queries.scopes import Scope, find_scope

_TRUE = ("true", "1", "on", "yes")


@dataclass(frozen=True)
class Wanted:
    account_id: int
    period: Period | None
    business_hours: bool


def wanted(request: Any) -> Wanted:
    query = request.query_params
    period = parse_period(
        query.get("since"),
        query.get("until"),
        offset=query.get("timezone_offset"),
        group_by=query.get("group_by") or "day",
    )
    in_hours = query.get("business_hours", "").lower() in _TRUE
    return Wanted(request.access.account_id, period, in_hours)


def scope_of(request: Any) -> Scope:
    query = request.query_params
    return find_scope(
        account_id=request.access.account_id, kind=query.get("type", ""), key=query.get("id", "")
    )


def number(text: str | None) -> int | None:
    """An id of a query; None for what cannot be one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
