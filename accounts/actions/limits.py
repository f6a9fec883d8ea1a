"""How many of a thing an account may have: Account.limits, set by the platform. Without one there is no limit."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.permissions import Asker
from config.problems import LimitReached


def require_room(*, access: Asker, kind: str, taken: int) -> None:
    """For one more of `kind` ("agents", "inboxes"). Raises LimitReached."""
    limits = Account.objects.filter(pk=access.account_id).values_list("limits", flat=True).first() or {}
    most = limits.get(kind)
    if isinstance(most, int) and not isinstance(most, bool) and taken >= most:
        raise LimitReached(_("This account may have %(most)d of these. Nothing was added.") % {"most": most})
