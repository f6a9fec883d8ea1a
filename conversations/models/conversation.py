from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey


class Conversation(TenantModel):
    """A talk with one contact in one inbox. Its row also carries what its line in a list shows, so that a
    list reads 25 rows and joins nothing large."""

    class Status(models.IntegerChoices):
        OPEN = 0, _("open")
        RESOLVED = 1, _("resolved")
        PENDING = 2, _("pending")
        SNOOZED = 3, _("snoozed")

    class Priority(models.IntegerChoices):
        LOW = 0, _("low")
        MEDIUM = 1, _("medium")
        HIGH = 2, _("high")
        URGENT = 3, _("urgent")

    # The number people see. From a counter row of the account; a rolled-back creation leaves a gap.
    display_id = models.BigIntegerField()
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        "conversations.Contact",
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="conversations",
        db_index=False,
    )
    contact_inbox = models.ForeignKey(
        "conversations.ContactInbox",
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="conversations",
        db_index=False,
    )
    status = models.SmallIntegerField(_("status"), choices=Status, default=Status.OPEN)
    priority = models.SmallIntegerField(_("priority"), choices=Priority, null=True, blank=True)
    assignee = models.ForeignKey(
        "accounts.Membership",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    team = models.ForeignKey(
        "accounts.Team",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    # What it began with, and what it was promised: the promise is made once, and never changed.
    campaign = models.ForeignKey(
        "conversations.Campaign",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    sla_policy = models.ForeignKey(
        "conversations.SlaPolicy",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    labels = ArrayField(models.TextField(), default=list, blank=True)
    custom_attributes = models.JSONField(default=dict, blank=True)
    additional_attributes = models.JSONField(default=dict, blank=True)
    identifier = models.CharField(max_length=255, blank=True, default="")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # Since when the contact waits for an answer; null while nobody waits.
    waiting_since = models.DateTimeField(null=True, blank=True, db_default=Now())
    first_reply_created_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField(db_default=Now())
    agent_last_seen_at = models.DateTimeField(null=True, blank=True)
    assignee_last_seen_at = models.DateTimeField(null=True, blank=True)
    contact_last_seen_at = models.DateTimeField(null=True, blank=True)
    # Incoming messages after agent_last_seen_at.
    unread_count = models.IntegerField(default=0)
    # What the list shows, by id and without a key: of any type; not an activity; public and not an activity.
    last_message_id = models.BigIntegerField(null=True)
    last_non_activity_message_id = models.BigIntegerField(null=True)
    last_public_message_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints: ClassVar = [
            account_key("conversation"),
            models.UniqueConstraint(fields=["account", "display_id"], name="conversation_display_id"),
            models.CheckConstraint(
                name="conversation_snoozed", condition=Q(snoozed_until__isnull=True) | Q(status=3)
            ),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="conversation_inbox_fk", on_delete="CASCADE"
            ),
            SameAccountKey(
                field="contact",
                to="conversations.Contact",
                name="conversation_contact_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="contact_inbox",
                to="conversations.ContactInbox",
                name="conversation_session_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="assignee",
                to="accounts.Membership",
                name="conversation_assignee_fk",
                on_delete="SET NULL",
            ),
            SameAccountKey(
                field="team", to="accounts.Team", name="conversation_team_fk", on_delete="SET NULL"
            ),
            SameAccountKey(
                field="campaign",
                to="conversations.Campaign",
                name="conversation_campaign_fk",
                on_delete="SET NULL",
            ),
            SameAccountKey(
                field="sla_policy",
                to="conversations.SlaPolicy",
                name="conversation_sla_fk",
                on_delete="SET NULL",
            ),
        ]
        # One per way the finder walks (conversations.queries.lists): it takes the first 25 in order of
        # every inbox, assignee or team, and never sorts an account.
        indexes: ClassVar = [
            models.Index(fields=["account", "status", "-last_activity_at", "-id"], name="conv_by_status"),
            models.Index(
                fields=["account", "inbox", "status", "-last_activity_at", "-id"], name="conv_by_inbox"
            ),
            models.Index(
                fields=["account", "assignee", "status", "-last_activity_at", "-id"], name="conv_by_assignee"
            ),
            models.Index(
                fields=["account", "team", "status", "-last_activity_at", "-id"],
                name="conv_by_team",
                condition=Q(team__isnull=False),
            ),
            models.Index(
                fields=["account", "status", "waiting_since", "id"],
                name="conv_by_waiting",
                condition=Q(waiting_since__isnull=False),
            ),
            models.Index(fields=["account", "status", "id"], name="conv_by_creation"),
            models.Index(
                fields=["account", "status", "-priority", "-last_activity_at"],
                name="conv_by_priority",
                condition=Q(priority__isnull=False),
            ),
            models.Index(fields=["account", "contact_inbox", "-id"], name="conv_by_session"),
            models.Index(fields=["account", "contact", "-id"], name="conv_by_contact"),
            models.Index(
                fields=["account", "campaign"], name="conv_by_campaign", condition=Q(campaign__isnull=False)
            ),
            models.Index(
                fields=["account", "sla_policy"], name="conv_by_sla", condition=Q(sla_policy__isnull=False)
            ),
            models.Index(fields=["snoozed_until"], name="conv_snoozed", condition=Q(status=3)),
        ]

    def __str__(self) -> str:
        return f"#{self.display_id}"

    @property
    def is_unattended(self) -> bool:
        return self.first_reply_created_at is None or self.waiting_since is not None


class ConversationCounter(models.Model):
    """The last display id of an account. Taken last in a transaction, because creations queue for it."""

    account = models.OneToOneField("accounts.Account", primary_key=True, on_delete=models.CASCADE)
    last_display_id = models.BigIntegerField(default=0)
    last_campaign_id = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.last_display_id}"


class ConversationTally(models.Model):
    """Counts as differences: a trigger adds a row whenever a conversation comes, goes or moves between
    these columns, a sweep folds them, and a count is their sum over what the viewer may see. Counting an
    account of 500,000 takes 86-336 ms; summing this takes less than one."""

    id = models.BigAutoField(primary_key=True)
    # Without a key: the trigger also fires while an account and all of its conversations are deleted.
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    inbox_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True)
    assignee_id = models.BigIntegerField(null=True)  # a Membership
    status = models.SmallIntegerField()
    delta = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [account_key("conversationtally")]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "status", "inbox_id", "assignee_id", "team_id", "delta"], name="tally_sum"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.inbox_id}/{self.status}: {self.delta:+}"


class LabelTally(models.Model):
    """The same for each label of a conversation: what a list by label, and the label's folder, count."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    title = models.TextField()
    inbox_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True)
    assignee_id = models.BigIntegerField(null=True)  # a Membership
    status = models.SmallIntegerField()
    delta = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [account_key("labeltally")]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "title", "status", "inbox_id", "assignee_id", "team_id", "delta"],
                name="labeltally_sum",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.title}/{self.inbox_id}/{self.status}: {self.delta:+}"


class Label(TenantModel):
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="")
    color = models.CharField(_("colour"), max_length=16, default="#1f93ff")
    show_on_sidebar = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering: ClassVar = ["title"]
        constraints: ClassVar = [
            account_key("label"),
            models.UniqueConstraint(fields=["account", "title"], name="label_title"),
        ]

    def __str__(self) -> str:
        return self.title


class ConversationLabel(models.Model):
    """A label on a conversation, for finding; `Conversation.labels` has the same for showing. Free tags:
    a title needs no Label row."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    title = models.TextField()

    class Meta:
        constraints: ClassVar = [
            account_key("conversationlabel"),
            models.UniqueConstraint(
                fields=["account", "conversation", "title"], name="conversationlabel_once"
            ),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="conversationlabel_conversation_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "title", "conversation"], name="conversationlabel_title"),
        ]

    def __str__(self) -> str:
        return self.title
