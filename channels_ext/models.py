from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from config.encryption import EncryptedTextField, new_token


class WebWidget(TenantModel):
    """The settings of a website inbox."""

    class ReplyTime(models.IntegerChoices):
        IN_A_FEW_MINUTES = 0, "in_a_few_minutes"
        IN_A_FEW_HOURS = 1, "in_a_few_hours"
        IN_A_DAY = 2, "in_a_day"

    inbox = models.OneToOneField(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="web_widget"
    )
    website_token = models.CharField(max_length=24, unique=True, default=new_token, editable=False)
    website_url = models.CharField(max_length=2048)
    widget_color = models.CharField(max_length=16, default="#1f93ff")
    welcome_title = models.CharField(max_length=255, blank=True, default="")
    welcome_tagline = models.CharField(max_length=255, blank=True, default="")
    reply_time = models.SmallIntegerField(choices=ReplyTime, default=ReplyTime.IN_A_FEW_MINUTES)
    hmac_token = EncryptedTextField(default=new_token, editable=False)
    hmac_mandatory = models.BooleanField(default=False)
    # 1 attachments, 2 emoji picker, 4 end conversation, 8 inbox avatar for the bot
    feature_flags = models.IntegerField(default=7)
    pre_chat_form_enabled = models.BooleanField(default=False)
    pre_chat_form_options = models.JSONField(default=dict, blank=True)
    continuity_via_email = models.BooleanField(default=True)
    allowed_domains = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("website widget")
        verbose_name_plural = _("website widgets")
        constraints: ClassVar = [
            account_key("webwidget"),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="webwidget_inbox_fk", on_delete="CASCADE"),
        ]

    def __str__(self) -> str:
        return self.website_url


class ApiChannel(TenantModel):
    """The settings of an API inbox: others write into it, and hear of it by webhook."""

    inbox = models.OneToOneField(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="api_channel"
    )
    identifier = models.CharField(max_length=24, unique=True, default=new_token, editable=False)
    webhook_url = models.CharField(max_length=2048, blank=True, default="")
    # Signs what we send to webhook_url.
    secret = EncryptedTextField(default=new_token, editable=False)
    hmac_token = EncryptedTextField(default=new_token, editable=False)
    hmac_mandatory = models.BooleanField(default=False)
    additional_attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("API channel")
        verbose_name_plural = _("API channels")
        constraints: ClassVar = [
            account_key("apichannel"),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="apichannel_inbox_fk", on_delete="CASCADE"
            ),
        ]

    def __str__(self) -> str:
        return self.identifier


class Delivery(TenantModel):
    """Something that has to leave the house, once. `key` is its identity outside: the same at every try."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")  # recorded before the call: after a crash it is unknown
        ACCEPTED = "accepted", _("accepted")
        DELIVERED = "delivered", _("delivered")
        READ = "read", _("read")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("possibly sent")

    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    conversation = models.ForeignKey(
        "conversations.Conversation",
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    message = models.ForeignKey(
        "conversations.Message",
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    key = models.CharField(max_length=80)
    event_name = models.CharField(max_length=64)
    url = models.CharField(max_length=2048)
    body = models.TextField()
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    answer_status = models.IntegerField(null=True)
    reason = models.TextField(blank=True, default="")
    latency_ms = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            account_key("delivery"),
            models.UniqueConstraint(fields=["account", "key"], name="delivery_key"),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="delivery_inbox_fk", on_delete="CASCADE"),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="delivery_conversation_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="message", to="conversations.Message", name="delivery_message_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="delivery_due",
                condition=Q(state__in=["queued", "sending", "unknown"]),
            ),
            models.Index(
                fields=["account", "conversation", "id"],
                name="delivery_order",
                condition=Q(state__in=["queued", "sending", "unknown"]),
            ),
            models.Index(fields=["account", "message"], name="delivery_message"),
            models.Index(fields=["account", "inbox"], name="delivery_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.key}"
