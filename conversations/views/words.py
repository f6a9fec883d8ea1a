"""Names of things that several pages show."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PRIORITY_WORDS: dict[str, Promise] = {
    "urgent": _("Urgent"),
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
}
