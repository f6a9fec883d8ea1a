from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import Timestamped


class DeviceSession(Timestamped):
    """A sign-in of a program of the person's, an app on a telephone as a rule: five headers instead of a cookie.
    Holds no token, only its digest. Void as soon as the person's streams rotate, like every other session."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="device_sessions")
    client = models.CharField(max_length=32)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    opened_under = models.CharField(max_length=24, editable=False)  # the person's pubsub_token of then
    device = models.CharField(_("device"), max_length=255, blank=True, default="")  # as it calls itself
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("device session")
        verbose_name_plural = _("device sessions")

    def __str__(self) -> str:
        return f"session {self.pk}"
