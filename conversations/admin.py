"""Customers and conversations in the admin: to look at. They are worked on in the dashboard."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.tenant_admin import TenantAdmin
from config.admin import ReadOnlyAdmin
from conversations.demo_admin import AccountWithDemoAdmin  # noqa: F401 - registers itself
from conversations.models import (
    Attachment,
    Contact,
    ContactInbox,
    Conversation,
    ConversationCounter,
    ConversationLabel,
    ConversationTally,
    Label,
    LabelTally,
    Message,
)

EXCERPT = 120


@admin.register(Label)
class LabelAdmin(TenantAdmin):
    capabilities: ClassVar = {
        "view": "label.read",
        "add": "label.manage",
        "change": "label.manage",
        "delete": "label.manage",
    }
    list_display = ("title", "description", "color", "show_on_sidebar")
    search_fields = ("title",)
    fields = ("title", "description", "color", "show_on_sidebar")


@admin.register(Contact)
class ContactAdmin(TenantAdmin):
    capabilities: ClassVar = {"view": "contact.read"}
    list_display = ("__str__", "email", "phone_number", "blocked", "last_activity_at")
    list_filter = ("blocked", "contact_type")
    search_fields = ("name", "=email", "=phone_number", "=identifier")
    ordering = ("-id",)
    fields = (
        "name",
        "email",
        "phone_number",
        "identifier",
        "contact_type",
        "blocked",
        "custom_attributes",
        "additional_attributes",
        "last_activity_at",
        "created_at",
    )


@admin.register(Conversation)
class ConversationAdmin(TenantAdmin):
    capabilities: ClassVar = {"view": "conversation.read"}
    list_display = (
        "__str__",
        "contact",
        "last_activity_at",
        "inbox",
        "status",
        "assignee_name",
        "team",
        "priority",
    )
    list_select_related = ("contact", "inbox", "assignee__user", "team")
    list_filter = ("status", "priority", "inbox", "team")
    search_fields = ("=display_id",)
    ordering = ("-id",)
    fields = (
        "display_id",
        "contact",
        "inbox",
        "status",
        "priority",
        "assignee_name",
        "team",
        "labels",
        "custom_attributes",
        "waiting_since",
        "first_reply_created_at",
        "last_activity_at",
        "created_at",
        "messages_link",
    )

    @admin.display(description=_("assignee"))
    def assignee_name(self, conversation: Conversation) -> str:
        return conversation.assignee.user.available_name if conversation.assignee else ""

    @admin.display(description=_("messages"))
    def messages_link(self, conversation: Conversation) -> str:
        query = urlencode({"conversation__id__exact": conversation.pk})
        url = f"{reverse('admin:conversations_message_changelist')}?{query}"
        return format_html('<a href="{}">{}</a>', url, _("Show"))


@admin.register(Message)
class MessageAdmin(TenantAdmin):
    capabilities: ClassVar = {"view": "conversation.read"}
    list_display = ("created_at", "conversation", "message_type", "private", "sender", "excerpt")
    list_select_related = ("conversation", "sender_user", "sender_contact", "sender_bot")
    list_filter = ("message_type", "private")
    ordering = ("-id",)
    fields = (
        "created_at",
        "conversation",
        "inbox",
        "message_type",
        "content_type",
        "private",
        "status",
        "sender",
        "content",
        "content_attributes",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        # A message may have 150,000 characters; a line of the list shows 120.
        rows = super().get_queryset(request)
        in_list = request.resolver_match is not None and str(request.resolver_match.url_name).endswith(
            "_changelist"
        )
        return rows.defer("content").annotate(start=Substr("content", 1, EXCERPT)) if in_list else rows

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "conversation__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("sender"))
    def sender(self, message: Message) -> str:
        sender = message.sender_user or message.sender_contact or message.sender_bot
        return str(getattr(sender, "available_name", None) or sender or "")

    @admin.display(description=_("content"))
    def excerpt(self, message: Any) -> str:
        return message.start or ""


@admin.register(
    Attachment, ContactInbox, ConversationCounter, ConversationLabel, ConversationTally, LabelTally
)
class MachineryAdmin(ReadOnlyAdmin):
    """For operators who look into something. Files are named, not linked."""

    list_display = ("pk", "account", "__str__")
    list_select_related = ("account",)
    search_fields = ("=account__id",)
    ordering = ("-pk",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name != "file"]
