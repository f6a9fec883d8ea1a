from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey

CONTENT_LIMIT = 150_000


class Message(TenantModel):
    """One line of a conversation. Written by conversations.actions.messages, in one statement."""

    class Type(models.IntegerChoices):
        INCOMING = 0, _("incoming")
        OUTGOING = 1, _("outgoing")
        ACTIVITY = 2, _("activity")
        TEMPLATE = 3, _("template")

    class ContentType(models.IntegerChoices):
        TEXT = 0, "text"
        INPUT_TEXT = 1, "input_text"
        INPUT_TEXTAREA = 2, "input_textarea"
        INPUT_EMAIL = 3, "input_email"
        INPUT_SELECT = 4, "input_select"
        CARDS = 5, "cards"
        FORM = 6, "form"
        ARTICLE = 7, "article"
        INCOMING_EMAIL = 8, "incoming_email"
        INPUT_CSAT = 9, "input_csat"
        INTEGRATIONS = 10, "integrations"
        STICKER = 11, "sticker"
        VOICE_CALL = 12, "voice_call"

    class Status(models.IntegerChoices):
        SENT = 0, "sent"
        DELIVERED = 1, "delivered"
        READ = 2, "read"
        FAILED = 3, "failed"

    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    conversation = models.ForeignKey(
        "conversations.Conversation",
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="messages",
        db_index=False,
    )
    content = models.TextField(null=True, blank=True)
    message_type = models.SmallIntegerField(choices=Type)
    content_type = models.SmallIntegerField(choices=ContentType, default=ContentType.TEXT)
    content_attributes = models.JSONField(default=dict, blank=True)
    additional_attributes = models.JSONField(default=dict, blank=True)
    private = models.BooleanField(default=False)
    status = models.SmallIntegerField(choices=Status, default=Status.SENT)
    # The client's own id of what it sent: the same one again is the same message.
    echo_id = models.TextField(null=True, blank=True)
    # The outside's id of it, unique within the inbox.
    source_id = models.TextField(null=True, blank=True)
    # One column per kind of sender, so that each can be a real key. The user's is plain: history outlives
    # membership. All empty: the system.
    sender_user = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    sender_contact = models.ForeignKey(
        "conversations.Contact",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    sender_bot = models.ForeignKey(
        "accounts.AgentBot",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )
    updated_at = models.DateTimeField(db_default=Now(), auto_now=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            account_key("message"),
            models.UniqueConstraint(
                fields=["account", "conversation", "echo_id"],
                name="message_echo_id",
                condition=Q(echo_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account", "inbox", "source_id"],
                name="message_source_id",
                condition=Q(source_id__isnull=False),
            ),
            models.CheckConstraint(
                name="message_one_sender",
                condition=Q(sender_user__isnull=True, sender_contact__isnull=True)
                | Q(sender_user__isnull=True, sender_bot__isnull=True)
                | Q(sender_contact__isnull=True, sender_bot__isnull=True),
            ),
            SameAccountKey(field="inbox", to="inboxes.Inbox", name="message_inbox_fk", on_delete="CASCADE"),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="message_conversation_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="sender_contact",
                to="conversations.Contact",
                name="message_contact_fk",
                on_delete="SET NULL",
            ),
            SameAccountKey(
                field="sender_bot", to="accounts.AgentBot", name="message_bot_fk", on_delete="SET NULL"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "conversation", "-id"], name="message_thread"),
            # For reports, which count an account's messages of a time.
            models.Index(
                fields=["account", "created_at"],
                include=["message_type", "private", "inbox", "sender_user"],
                name="message_by_time",
            ),
            models.Index(
                fields=["account", "sender_contact"],
                name="message_by_contact",
                condition=Q(sender_contact__isnull=False),
            ),
            # How many were asked how it was.
            models.Index(
                fields=["account", "created_at"], name="message_surveys", condition=Q(content_type=9)
            ),
            models.Index(
                fields=["account", "sender_bot"], name="message_by_bot", condition=Q(sender_bot__isnull=False)
            ),
            models.Index(
                fields=["sender_user"], name="message_by_user", condition=Q(sender_user__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_message_type_display()} {self.pk}"


class Attachment(TenantModel):
    """A file of a message. Type and size are what was found in it, not what was claimed."""

    class FileType(models.IntegerChoices):
        IMAGE = 0, "image"
        AUDIO = 1, "audio"
        VIDEO = 2, "video"
        FILE = 3, "file"
        LOCATION = 4, "location"
        FALLBACK = 5, "fallback"
        SHARE = 6, "share"
        STORY_MENTION = 7, "story_mention"
        CONTACT = 8, "contact"
        IG_REEL = 9, "ig_reel"
        IG_POST = 10, "ig_post"
        IG_STORY = 11, "ig_story"
        EMBED = 12, "embed"

    class Preview(models.IntegerChoices):
        NONE = 0, _("no picture")
        PENDING = 1, _("in preparation")
        READY = 2, _("ready")
        REFUSED = 3, _("refused")

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, db_constraint=False, related_name="attachments", db_index=False
    )
    file = models.FileField(max_length=255, blank=True)
    # As the sender called it, made harmless; the stored name is random.
    file_name = models.CharField(max_length=255, blank=True, default="")
    file_type = models.SmallIntegerField(choices=FileType, default=FileType.FILE)
    content_type = models.CharField(max_length=127, blank=True, default="")
    extension = models.CharField(max_length=16, blank=True, default="")
    file_size = models.BigIntegerField(default=0)
    width = models.IntegerField(null=True, blank=True)
    height = models.IntegerField(null=True, blank=True)
    # Pictures are shown as copies of our own making, in two sizes; `preview_problem` says why there is none.
    preview = models.SmallIntegerField(choices=Preview, default=Preview.NONE)
    preview_problem = models.CharField(max_length=32, blank=True, default="")
    thumb = models.CharField(max_length=255, blank=True, default="")
    view = models.CharField(max_length=255, blank=True, default="")
    external_url = models.CharField(max_length=2048, blank=True, default="")
    fallback_title = models.CharField(max_length=255, blank=True, default="")
    coordinates_lat = models.FloatField(default=0.0)
    coordinates_long = models.FloatField(default=0.0)
    meta = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints: ClassVar = [
            account_key("attachment"),
            SameAccountKey(
                field="message", to="conversations.Message", name="attachment_message_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "message"], name="attachment_message"),
            models.Index(fields=["created_at"], name="attachment_pending", condition=Q(preview=1)),
        ]

    def __str__(self) -> str:
        return self.file_name or f"attachment {self.pk}"
