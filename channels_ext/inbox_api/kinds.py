"""What the API has to know about each kind of channel: a new one is added here, and in conversations.shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.shapes import Row
from channels_ext.inbox_api import serializers
from channels_ext.models import ApiChannel, WebWidget

FLAGS = ("attachments", "emoji_picker", "end_conversation", "use_inbox_avatar_for_bot")
REPLY_TIMES = serializers.REPLY_TIMES


@dataclass(frozen=True)
class ChannelKind:
    """`relation` is the name of the settings row on the inbox; `shape` its keys for (channel, administrator)."""

    model: type[Any]
    relation: str
    changes: type[serializers.ChannelChanges]
    new: type[serializers.ChannelChanges]
    shape: Callable[[Any, bool], Row]


def _web_widget(channel: WebWidget, is_administrator: bool) -> Row:
    shape: Row = {
        "allowed_domains": channel.allowed_domains,
        "widget_color": channel.widget_color,
        "website_url": channel.website_url,
        "hmac_mandatory": channel.hmac_mandatory,
        "welcome_title": channel.welcome_title or None,
        "welcome_tagline": channel.welcome_tagline or None,
        "web_widget_script": snippet(channel),
        "website_token": channel.website_token,
        "selected_feature_flags": [
            name for bit, name in enumerate(FLAGS) if channel.feature_flags & (1 << bit)
        ],
        "reply_time": REPLY_TIMES[channel.reply_time],
        "pre_chat_form_enabled": channel.pre_chat_form_enabled,
        "pre_chat_form_options": channel.pre_chat_form_options or serializers.usual_pre_chat_form(),
        "continuity_via_email": channel.continuity_via_email,
    }
    return {**shape, "hmac_token": channel.hmac_token} if is_administrator else shape


def snippet(channel: WebWidget) -> str:
    """For the pages of the site."""
    source = f"{settings.PUBLIC_URL}/widget.js"
    return f'<script src="{source}" data-website-token="{channel.website_token}" async></script>'


def _api(channel: ApiChannel, is_administrator: bool) -> Row:
    shape: Row = {
        "hmac_mandatory": channel.hmac_mandatory,
        "webhook_url": channel.webhook_url or None,
        "inbox_identifier": channel.identifier,
        "additional_attributes": channel.additional_attributes,
    }
    return {**shape, "hmac_token": channel.hmac_token} if is_administrator else shape


KINDS: dict[str, ChannelKind] = {
    "web_widget": ChannelKind(
        model=WebWidget,
        relation="web_widget",
        changes=serializers.WebWidgetChanges,
        new=serializers.NewWebWidget,
        shape=_web_widget,
    ),
    "api": ChannelKind(
        model=ApiChannel,
        relation="api_channel",
        changes=serializers.ApiChannelChanges,
        new=serializers.ApiChannelChanges,
        shape=_api,
    ),
}
