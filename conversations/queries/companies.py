"""Companies, with how many contacts each has."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Q, QuerySet

from config.rendering import without_nul
from conversations import shapes
from conversations.models import Company
from conversations.shapes import Row

PAGE = 25
SORTS = ("name", "domain", "created_at")
# Reads the account's contacts once a page. An index would be written with every message of theirs.
_COUNT = """
SELECT split_part(lower(email), '@', 2), count(*) FROM conversations_contact
WHERE account_id = %s AND split_part(lower(email), '@', 2) = ANY(%s) GROUP BY 1
"""


def companies(*, account_id: int, query: str = "", sort: str = "") -> QuerySet[Company]:
    """Those whose name or domain has the words; by name, unless another order is asked for."""
    rows = Company.objects.for_account(account_id)
    text = without_nul(query).strip()
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(domain__icontains=text))
    column = sort.removeprefix("-")
    if column not in SORTS:
        return rows.order_by("name", "id")
    order = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(order, "id")


def shown(account_id: int, rows: Iterable[Company]) -> list[Row]:
    loaded = list(rows)
    counts = _contacts(account_id, [row.domain for row in loaded if row.domain])
    return [
        {
            "id": row.pk,
            "name": row.name,
            "domain": row.domain,
            "description": row.description or None,
            "contacts_count": counts.get(row.domain or "", 0),
            "account_id": row.account_id,
            "avatar_url": "",
            "created_at": shapes.iso(row.created_at),
            "updated_at": shapes.iso(row.updated_at),
        }
        for row in loaded
    ]


def _contacts(account_id: int, domains: list[str]) -> dict[str, int]:
    if not domains:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [account_id, domains])
        return dict(cursor.fetchall())
