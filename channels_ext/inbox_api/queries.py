from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.shapes import Row
from channels_ext.inbox_api import shapes
from channels_ext.inbox_api.kinds import KINDS
from config.problems import NotFound
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
    row = _rows(access).filter(pk=inbox_id).first()
    if row is None:
        raise NotFound(_("Resource could not be found"))
    return shapes.inbox(row, is_administrator=access.is_administrator)
