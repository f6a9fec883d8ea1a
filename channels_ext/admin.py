"""The settings of channels in the admin: part of their inbox's page. Deliveries are the operators' to look at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from channels_ext.models import ApiChannel, Delivery, WebWidget
from config.admin import ReadOnlyAdmin
from inboxes.admin import CHANNELS, Channel, ChannelInline
from inboxes.models import Inbox


class WebWidgetInline(ChannelInline):
    model = WebWidget
    readonly_fields = ("snippet",)
    fields = (
        "website_url",
        "allowed_domains",
        "widget_color",
        "welcome_title",
        "welcome_tagline",
        "reply_time",
        "hmac_mandatory",
        "snippet",
    )

    @admin.display(description=_("for your pages"))
    def snippet(self, widget: WebWidget) -> str:
        """Escaped by the admin: it is shown, not run."""
        source = f"{settings.PUBLIC_URL}/widget.js"
        return f'<script src="{source}" data-website-token="{widget.website_token}" async></script>'


class ApiChannelInline(ChannelInline):
    model = ApiChannel
    readonly_fields = ("identifier",)
    fields = ("identifier", "webhook_url", "hmac_mandatory")


def _open_website(inbox: Inbox) -> WebWidget:
    return WebWidget.objects.create(account_id=inbox.account_id, inbox=inbox, website_url="")


def _open_api(inbox: Inbox) -> ApiChannel:
    return ApiChannel.objects.create(account_id=inbox.account_id, inbox=inbox)


CHANNELS["web_widget"] = Channel(_("Website"), WebWidgetInline, _open_website)
CHANNELS["api"] = Channel(_("API"), ApiChannelInline, _open_api)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What left the house, or should have."""

    list_display = (
        "id",
        "account",
        "event_name",
        "state",
        "attempts",
        "answer_status",
        "due_at",
        "reason_start",
    )
    list_select_related = ("account",)
    list_filter = ("state",)
    search_fields = ("=account__id", "=key")
    ordering = ("-id",)
    exclude: ClassVar = ["body"]  # somebody's conversation

    @admin.display(description=_("reason"))
    def reason_start(self, delivery: Any) -> str:
        return str(delivery.reason)[:120]
