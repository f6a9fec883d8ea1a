from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class CapacityPolicy(TenantModel):
    """How many conversations an agent has at a time, in each inbox; `exclusion_rules` say which do not count:
    {excluded_labels[], exclude_older_than_hours}."""

    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(max_length=20_000, blank=True, default="")
    exclusion_rules = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("capacity policy")
        verbose_name_plural = _("capacity policies")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [account_key("capacitypolicy")]

    def __str__(self) -> str:
        return self.name


class CapacityMember(TenantModel):
    """The policy of a member, if they have one."""

    policy = models.ForeignKey(
        CapacityPolicy, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="members"
    )
    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            account_key("capacitymember"),
            models.UniqueConstraint(fields=["account", "membership"], name="capacitymember_once"),
            SameAccountKey(
                field="policy",
                to="inboxes.CapacityPolicy",
                name="capacitymember_policy_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="capacitymember_membership_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "policy"], name="capacitymember_policy")]

    def __str__(self) -> str:
        return f"{self.policy_id}: {self.membership_id}"


class CapacityLimit(TenantModel):
    """At most so many conversations of one inbox."""

    policy = models.ForeignKey(
        CapacityPolicy, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="limits"
    )
    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    conversation_limit = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            account_key("capacitylimit"),
            models.UniqueConstraint(fields=["account", "policy", "inbox"], name="capacitylimit_once"),
            models.CheckConstraint(name="capacitylimit_positive", condition=Q(conversation_limit__gt=0)),
            SameAccountKey(
                field="policy",
                to="inboxes.CapacityPolicy",
                name="capacitylimit_policy_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="capacitylimit_inbox_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "inbox"], name="capacitylimit_inbox")]

    def __str__(self) -> str:
        return f"{self.inbox_id}: {self.conversation_limit}"
