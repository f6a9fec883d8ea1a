from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Inbox(TenantModel):
    """Where conversations arrive. `kind` names the channel; its settings are a row above, that points here."""

    class SenderName(models.IntegerChoices):
        FRIENDLY = 0, _("friendly")
        PROFESSIONAL = 1, _("professional")

    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("kind"), max_length=32)
    greeting_enabled = models.BooleanField(default=False)
    greeting_message = models.TextField(max_length=10_000, blank=True, default="")
    enable_auto_assignment = models.BooleanField(default=True)
    auto_assignment_config = models.JSONField(default=dict, blank=True)
    enable_email_collect = models.BooleanField(default=True)
    csat_survey_enabled = models.BooleanField(default=False)
    csat_config = models.JSONField(default=dict, blank=True)
    allow_messages_after_resolved = models.BooleanField(default=True)
    lock_to_single_conversation = models.BooleanField(default=False)
    working_hours_enabled = models.BooleanField(default=False)
    out_of_office_message = models.TextField(max_length=10_000, blank=True, default="")
    timezone = models.CharField(max_length=64, default="UTC")
    sender_name_type = models.SmallIntegerField(choices=SenderName, default=SenderName.FRIENDLY)
    business_name = models.CharField(max_length=255, blank=True, default="")
    # Members may answer for so long after the contact's last message; null: always. Kept by the channel's settings.
    reply_window_hours = models.IntegerField(null=True, blank=True, editable=False)
    avatar = models.CharField(max_length=64, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("inbox")
        verbose_name_plural = _("inboxes")
        permissions: ClassVar = [("manage_inbox", _("Can manage this inbox beyond their role"))]
        constraints: ClassVar = [account_key("inbox")]

    def __str__(self) -> str:
        return self.name


class InboxMember(TenantModel):
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_constraint=False, related_name="members")
    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, db_constraint=False, related_name="inbox_members"
    )

    class Meta:
        verbose_name = _("inbox member")
        verbose_name_plural = _("inbox members")
        constraints: ClassVar = [
            account_key("inboxmember"),
            models.UniqueConstraint(fields=["account", "membership", "inbox"], name="inboxmember_once"),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="inboxmember_inbox_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="membership",
                to="accounts.Membership",
                name="inboxmember_membership_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "inbox"], name="inboxmember_inbox")]

    def __str__(self) -> str:
        return f"{self.inbox_id}: {self.membership_id}"


class InboxUserObjectPermission(UserObjectPermissionBase):
    """A grant on one inbox beyond role and membership (django-guardian, with a real foreign key, so that
    it goes with the inbox). Never asked for conversations or messages: those filter by inbox ids.

    (account, user) refers to the membership (migration 0002): the grant ends with it, and somebody who is
    invited again does not find it waiting.
    """

    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, editable=False, related_name="+"
    )
    content_object: Any = models.ForeignKey(
        Inbox, on_delete=models.CASCADE, db_constraint=False, related_name="grants"
    )

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        verbose_name = _("inbox grant")
        verbose_name_plural = _("inbox grants")
        constraints: ClassVar = [
            account_key("inboxgrant"),
            SameAccountKey(
                field="content_object", to="inboxes.Inbox", name="inboxgrant_inbox_fk", on_delete="CASCADE"
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.account_id = self.content_object.account_id  # guardian knows nothing of accounts
        super().save(*args, **kwargs)
