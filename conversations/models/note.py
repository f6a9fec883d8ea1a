from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Note(TenantModel):
    """What agents wrote about a contact; the contact never sees it."""

    contact = models.ForeignKey(
        "conversations.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="notes",
    )
    # Plain: a note outlives its author's membership.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    content = models.TextField(_("content"), max_length=20_000)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints: ClassVar = [
            account_key("note"),
            SameAccountKey(
                field="contact", to="conversations.Contact", name="note_contact_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "contact", "-id"], name="note_newest")]

    def __str__(self) -> str:
        return self.content[:60]
