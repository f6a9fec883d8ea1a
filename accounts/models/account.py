from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import Timestamped


class Account(Timestamped):
    """A tenant. The application sees only the row of its own scope."""

    class Status(models.IntegerChoices):
        ACTIVE = 0, _("active")
        SUSPENDED = 1, _("suspended")

    name = models.CharField(max_length=255)
    locale = models.CharField(max_length=16, default="en")
    domain = models.CharField(max_length=100, blank=True, default="")
    support_email = models.EmailField(max_length=100, blank=True, default="")
    status = models.SmallIntegerField(choices=Status, default=Status.ACTIVE)
    features = models.JSONField(default=dict, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    custom_attributes = models.JSONField(default=dict, blank=True)
    limits = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def upload_limit(self) -> int:
        """Bytes that one file may have."""
        megabytes = self.limits.get("upload_megabytes")
        if isinstance(megabytes, int) and megabytes > 0:
            return min(megabytes * 1024 * 1024, settings.MAX_MESSAGE_BYTES)
        return int(settings.MAX_UPLOAD_BYTES)

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE
