from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from conversations.models.conversation import Conversation


class SlaPolicy(TenantModel):
    """What is promised: thresholds in seconds, none for no promise."""

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(max_length=20_000, blank=True, default="")
    first_response_time_threshold = models.FloatField(null=True, blank=True)
    next_response_time_threshold = models.FloatField(null=True, blank=True)
    resolution_time_threshold = models.FloatField(null=True, blank=True)
    only_during_business_hours = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [account_key("slapolicy")]

    def __str__(self) -> str:
        return self.name


class AppliedSla(TenantModel):
    """A promise to one conversation, and how it was kept."""

    class Status(models.IntegerChoices):
        ACTIVE = 0, "active"
        HIT = 1, "hit"
        MISSED = 2, "missed"
        ACTIVE_WITH_MISSES = 3, "active_with_misses"

    sla_policy = models.ForeignKey(
        SlaPolicy, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="slas"
    )
    sla_status = models.SmallIntegerField(choices=Status, default=Status.ACTIVE)

    class Meta:
        verbose_name = _("applied service level")
        verbose_name_plural = _("applied service levels")
        constraints: ClassVar = [
            account_key("appliedsla"),
            models.UniqueConstraint(fields=["account", "conversation"], name="appliedsla_once"),
            SameAccountKey(
                field="sla_policy",
                to="conversations.SlaPolicy",
                name="appliedsla_policy_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="appliedsla_conversation_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "sla_policy"], name="appliedsla_policy"),
            models.Index(fields=["account", "created_at"], name="appliedsla_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.get_sla_status_display()}"


class SlaEvent(TenantModel):
    """A promise that was broken: the first answer, the next one, or the resolution came too late."""

    class Type(models.IntegerChoices):
        FIRST_RESPONSE = 0, "frt"
        NEXT_RESPONSE = 1, "nrt"
        RESOLUTION = 2, "rt"

    applied_sla = models.ForeignKey(
        AppliedSla, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="events"
    )
    event_type = models.SmallIntegerField(choices=Type)
    meta = models.JSONField(default=dict, blank=True)  # {message_id} of a next response

    class Meta:
        verbose_name = _("missed service level")
        verbose_name_plural = _("missed service levels")
        constraints: ClassVar = [
            account_key("slaevent"),
            SameAccountKey(
                field="applied_sla",
                to="conversations.AppliedSla",
                name="slaevent_applied_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "applied_sla"], name="slaevent_applied")]

    def __str__(self) -> str:
        return self.get_event_type_display()
