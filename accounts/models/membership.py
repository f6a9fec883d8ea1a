from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Role(models.IntegerChoices):
    AGENT = 0, _("agent")
    ADMINISTRATOR = 1, _("administrator")


class Availability(models.IntegerChoices):
    ONLINE = 0, _("online")
    OFFLINE = 1, _("offline")
    BUSY = 2, _("busy")


NOTIFICATION_TYPES = (
    "conversation_creation",
    "conversation_assignment",
    "assigned_conversation_new_message",
    "conversation_mention",
    "participating_conversation_new_message",
    "sla_missed_first_response",
    "sla_missed_next_response",
    "sla_missed_resolution",
)


def first_notifications() -> list[str]:
    return ["conversation_assignment"]


class Membership(TenantModel):
    """A user in an account. All that an account's administrator may change about a person is here."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="memberships")
    role = models.SmallIntegerField(_("role"), choices=Role, default=Role.AGENT)
    availability = models.SmallIntegerField(choices=Availability, default=Availability.ONLINE)
    auto_offline = models.BooleanField(default=True)
    active_at = models.DateTimeField(null=True, blank=True)
    inviter = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What they want to hear of, among NOTIFICATION_TYPES.
    email_notifications = ArrayField(models.TextField(), default=first_notifications, blank=True)
    push_notifications = ArrayField(models.TextField(), default=first_notifications, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            account_key("membership"),
            models.UniqueConstraint(fields=["account", "user"], name="membership_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR


class Team(TenantModel):
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="")
    allow_auto_assign = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints: ClassVar = [
            account_key("team"),
            models.UniqueConstraint(fields=["account", "name"], name="team_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.name = self.name.strip().lower()
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class TeamMember(TenantModel):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_constraint=False, related_name="team_members")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, db_constraint=False, related_name="team_members"
    )

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints: ClassVar = [
            account_key("teammember"),
            models.UniqueConstraint(fields=["team", "membership"], name="teammember_once"),
            SameAccountKey(field="team", to="accounts.Team", name="teammember_team_fk", on_delete="CASCADE"),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="teammember_membership_fk",
                on_delete="CASCADE",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id}: {self.membership_id}"
