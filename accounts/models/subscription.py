from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import Timestamped


class NotificationSubscription(Timestamped):
    """A browser or a telephone that wants to be told when its person is. `identifier` is the browser's endpoint or
    the telephone's device id: whoever signs in there last has it."""

    class Type(models.IntegerChoices):
        BROWSER_PUSH = 1, "browser_push"
        FCM = 2, "fcm"

    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="notification_subscriptions"
    )
    subscription_type = models.SmallIntegerField(choices=Type)
    subscription_attributes = models.JSONField(default=dict)
    identifier = models.CharField(max_length=2048, unique=True)

    class Meta:
        verbose_name = _("notification subscription")
        verbose_name_plural = _("notification subscriptions")

    def __str__(self) -> str:
        return self.identifier[:80]
