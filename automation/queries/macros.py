from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.permissions import Asker
from automation.models import Macro


def visible_macros(access: Asker) -> QuerySet[Macro]:
    """Global ones and one's own, with their people."""
    mine = Q(visibility=Macro.Visibility.GLOBAL) | Q(created_by_id=access.user_id)
    rows = Macro.objects.for_account(access.account_id).filter(mine)
    return rows.select_related("created_by", "updated_by").order_by("id")
