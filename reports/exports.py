"""Reports as CSV: a line with the period, a header, the rows. What a spreadsheet would take for a formula is
written as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from reports.periods import Period

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: Any) -> Any:
    """Names come from outside, and spreadsheets run what begins like a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def heading(period: Period | None) -> list[str]:
    if period is None:
        return [_("Reporting period: none")]
    days = (period.since.date().isoformat(), period.until.date().isoformat())
    return [_("Reporting period %(since)s to %(until)s") % {"since": days[0], "until": days[1]}]


def duration(seconds: float | None) -> str:
    """The two largest units: `2 days 3 hours`; `N/A` for what was never measured."""
    if not seconds:
        return "N/A"
    left, parts = round(seconds), []
    for size, name in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
        if len(parts) == 2 or (parts and not count):
            break
    return " ".join(parts) or "less than a second"
