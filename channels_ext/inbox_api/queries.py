from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.shapes import Row
from channels_ext.inbox_api import shapes
from channels_ext.inbox_api.kinds import KINDS
from config.problems import found
from inboxes.models import Inbox
from inboxes.queries import Access, visible_inboxes


def _rows(access: Access) -> QuerySet[Inbox]:
    """With channels and hours."""
    channels = [kind.relation for kind in KINDS.values()]
    return visible_inboxes(access).select_related(*channels).prefetch_related("working_hours")


def inboxes(access: Access) -> list[Row]:
    """INBOX of all that the asker may see, by name."""
    rows = _rows(access).order_by(Lower("name"), "id")
    return [shapes.inbox(row, is_administrator=access.is_administrator) for row in rows]


def inbox(access: Access, inbox_id: int) -> Row:
    """INBOX. Raises NotFound."""
    row = found(_rows(access).filter(pk=inbox_id).first())
    return shapes.inbox(row, is_administrator=access.is_administrator)
