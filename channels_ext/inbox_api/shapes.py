"""INBOX of the contract (3.4), from rows loaded with their channel and hours."""

from __future__ import annotations

from typing import Any

from accounts.avatars import avatar_url
from accounts.shapes import Row
from channels_ext.inbox_api.kinds import KINDS
from channels_ext.inbox_api.serializers import SENDER_NAMES
from conversations.shapes import CHANNELS
from inboxes.hours import columns_of, day_of_row, week_of
from inboxes.models import Inbox

# There for every inbox, and null where the channel has no such thing.
_OFTEN_NULL = (
    "allowed_domains",
    "widget_color",
    "website_url",
    "hmac_mandatory",
    "welcome_title",
    "welcome_tagline",
    "web_widget_script",
    "website_token",
    "selected_feature_flags",
    "reply_time",
    "messaging_service_sid",
    "phone_number",
    "provider",
)


def inbox(row: Inbox, *, is_administrator: bool, portal: Row | None = None) -> Row:
    """`portal` {name, slug} of the help centre that it points to."""
    kind = KINDS.get(row.kind)
    channel: Any = getattr(row, kind.relation, None) if kind else None
    return {
        **_common(row),
        "channel_id": channel.pk if channel else None,
        "callback_webhook_url": None,
        **dict.fromkeys(_OFTEN_NULL),
        **(kind.shape(channel, is_administrator) if kind and channel else {}),
        **({"help_center": portal} if portal else {}),
    }


def _common(row: Inbox) -> Row:
    week = week_of(day_of_row(one) for one in row.working_hours.all())
    return {
        "id": row.pk,
        "avatar_url": avatar_url(row.avatar),
        "name": row.name,
        "channel_type": CHANNELS.get(row.kind, row.kind),
        "greeting_enabled": row.greeting_enabled,
        "greeting_message": row.greeting_message or None,
        "working_hours_enabled": row.working_hours_enabled,
        "enable_email_collect": row.enable_email_collect,
        "csat_survey_enabled": row.csat_survey_enabled,
        "csat_config": row.csat_config,
        "enable_auto_assignment": row.enable_auto_assignment,
        "auto_assignment_config": row.auto_assignment_config,
        "out_of_office_message": row.out_of_office_message or None,
        "working_hours": [columns_of(day) for _number, day in sorted(week.items())],
        "timezone": row.timezone,
        "allow_messages_after_resolved": row.allow_messages_after_resolved,
        "lock_to_single_conversation": row.lock_to_single_conversation,
        "sender_name_type": SENDER_NAMES[row.sender_name_type],
        "business_name": row.business_name or None,
    }
