from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.shapes import Row
from channels_ext.inbox_api import shapes
from channels_ext.inbox_api.kinds import KINDS
from config.problems import found
from conversations.queries.help_centre import portals_of_inboxes
from inboxes.models import Inbox
from inboxes.queries import Access, visible_inboxes


def _rows(access: Access) -> QuerySet[Inbox]:
    """With channels and hours."""
    channels = [kind.relation for kind in KINDS.values()]
    return visible_inboxes(access).select_related(*channels).prefetch_related("working_hours")


def inboxes(access: Access) -> list[Row]:
    """INBOX of all that the asker may see, by name."""
    return _shapes(access, _rows(access).order_by(Lower("name"), "id"))


def inboxes_by_id(access: Access, ids: Iterable[int]) -> dict[int, Row]:
    """INBOX of those among these that the asker may see."""
    wanted = set(ids)
    return {one["id"]: one for one in _shapes(access, _rows(access).filter(pk__in=wanted))} if wanted else {}


def inbox(access: Access, inbox_id: int) -> Row:
    """INBOX. Raises NotFound."""
    row = found(_rows(access).filter(pk=inbox_id).first())
    return _shapes(access, [row])[0]


def _shapes(access: Access, rows: Iterable[Inbox]) -> list[Row]:
    portals = portals_of_inboxes(access.account_id)
    return [
        shapes.inbox(row, is_administrator=access.is_administrator, portal=portals.get(row.pk))
        for row in rows
    ]
