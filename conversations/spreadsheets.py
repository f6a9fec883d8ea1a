"""CSV of contacts, in and out. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,()-]*")


def harmless_cell(value: Any) -> str:
    """As a spreadsheet shows it: nothing is taken for a formula. Numbers keep their sign."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def written(header: list[str], rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless_cell(name) for name in header])
    writer.writerows([harmless_cell(value) for value in row] for row in rows)
    return out.getvalue()


def read_rows(text: str) -> list[dict[str, str]]:
    """Rows by column, blank ones left out. Raises csv.Error for what is no table."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    names = [(name or "").strip() for name in reader.fieldnames or []]
    reader.fieldnames = names
    rows = [{name: (row.get(name) or "").strip() for name in names if name} for row in reader]
    return [row for row in rows if any(row.values())]
