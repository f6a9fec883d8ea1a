from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class AssignmentPolicy(TenantModel):
    """How conversations find their agents, for as many inboxes as want it."""

    class Order(models.IntegerChoices):
        ROUND_ROBIN = 0, "round_robin"
        BALANCED = 1, "balanced"

    class Priority(models.IntegerChoices):
        EARLIEST_CREATED = 0, "earliest_created"
        LONGEST_WAITING = 1, "longest_waiting"

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(max_length=20_000, blank=True, default="")
    assignment_order = models.SmallIntegerField(choices=Order, default=Order.ROUND_ROBIN)
    conversation_priority = models.SmallIntegerField(choices=Priority, default=Priority.EARLIEST_CREATED)
    # At most so many in so many seconds, to one agent.
    fair_distribution_limit = models.IntegerField(default=100)
    fair_distribution_window = models.IntegerField(default=3600)
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("assignment policy")
        verbose_name_plural = _("assignment policies")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            account_key("assignmentpolicy"),
            models.UniqueConstraint(fields=["account", "name"], name="assignmentpolicy_name"),
            models.CheckConstraint(
                name="assignmentpolicy_fair",
                condition=Q(fair_distribution_limit__gt=0, fair_distribution_window__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InboxAssignmentPolicy(TenantModel):
    """The policy of an inbox, if it has one."""

    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    assignment_policy = models.ForeignKey(
        AssignmentPolicy,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="inbox_links",
    )

    class Meta:
        constraints: ClassVar = [
            account_key("inboxassignmentpolicy"),
            models.UniqueConstraint(fields=["account", "inbox"], name="inboxassignmentpolicy_once"),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="inboxassignmentpolicy_inbox_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="assignment_policy",
                to="inboxes.AssignmentPolicy",
                name="inboxassignmentpolicy_policy_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "assignment_policy"], name="inboxassignmentpolicy_policy")
        ]

    def __str__(self) -> str:
        return f"{self.inbox_id}: {self.assignment_policy_id}"
