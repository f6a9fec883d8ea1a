"""How many of a thing an account may have: Account.limits, set by the platform (without one there is no limit), and
a number for everybody, so that a program in a loop does not fill an account up."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.permissions import Asker
from config.problems import Invalid, LimitReached


def require_room(*, access: Asker, kind: str, taken: int) -> None:
    """For one more of `kind` ("agents", "inboxes"). Raises LimitReached."""
    limits = Account.objects.filter(pk=access.account_id).values_list("limits", flat=True).first() or {}
    most = limits.get(kind)
    if isinstance(most, int) and not isinstance(most, bool) and taken >= most:
        raise LimitReached(_("This account may have %(most)d of these. Nothing was added.") % {"most": most})


def require_space(rows: QuerySet[Any], *, most: int) -> None:
    """For one more beside these. Raises Invalid."""
    if rows[:most].count() >= most:
        message = _("There are %(most)d of these, and more there cannot be. Nothing was added.")
        raise Invalid(message % {"most": most}, code="too_many_rows")
