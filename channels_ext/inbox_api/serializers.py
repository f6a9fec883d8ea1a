"""Validation of inboxes and their channels."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from accounts.actions.input import clean_web_address
from config.fields import IdField, JSONObjectField, NamedChoice
from config.problems import Invalid
from config.rendering import Input

REPLY_TIMES = ("in_a_few_minutes", "in_a_few_hours", "in_a_day")
SENDER_NAMES = ("friendly", "professional")
FLAGS = ("attachments", "emoji_picker", "end_conversation", "use_inbox_avatar_for_bot")
_SITE = re.compile(r"(?:https?://)?[^\s/:?#@\\<>\"'`]+(?::\d{1,5})?(?:[/?#][^\s<>\"'`]*)?", re.I)
_TEXTS = {"greeting_message", "out_of_office_message", "business_name"}


class WorkingDay(Input):
    day_of_week = serializers.IntegerField(min_value=0, max_value=6)
    closed_all_day = serializers.BooleanField(required=False, allow_null=True)
    open_all_day = serializers.BooleanField(required=False, allow_null=True)
    open_hour = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=23)
    open_minutes = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=59)
    close_hour = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=23)
    close_minutes = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=59)


def _text(most: int, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=most, **kwargs)


class SurveyRules(Input):
    operator = serializers.ChoiceField(choices=["contains", "does_not_contain"], required=False)
    values = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=100
    )


class SurveyConfig(Input):
    display_type = serializers.ChoiceField(choices=["emoji", "star"], required=False)
    message = _text(10_000)
    button_text = _text(255)
    language = _text(16)
    survey_rules = SurveyRules(required=False)
    template = JSONObjectField(required=False)


class InboxChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    greeting_enabled = serializers.BooleanField(required=False)
    greeting_message = _text(10_000)
    enable_auto_assignment = serializers.BooleanField(required=False)
    auto_assignment_config = JSONObjectField(required=False)
    enable_email_collect = serializers.BooleanField(required=False)
    csat_survey_enabled = serializers.BooleanField(required=False)
    csat_config = SurveyConfig(required=False)
    allow_messages_after_resolved = serializers.BooleanField(required=False)
    lock_to_single_conversation = serializers.BooleanField(required=False)
    working_hours_enabled = serializers.BooleanField(required=False)
    out_of_office_message = _text(10_000)
    timezone = serializers.CharField(required=False, max_length=64)
    sender_name_type = NamedChoice(SENDER_NAMES, required=False)
    business_name = _text(255)
    working_hours = WorkingDay(many=True, required=False)
    portal_id = IdField(required=False, allow_null=True)
    channel = JSONObjectField(required=False)

    def validate_auto_assignment_config(self, value: dict[str, Any]) -> dict[str, Any]:
        most = value.get("max_assignment_limit")
        if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most <= 0):
            raise serializers.ValidationError("max_assignment_limit must be a number above 0")
        return {"max_assignment_limit": most} if most is not None else {}

    def validate_working_hours(self, value: list[Any]) -> list[Any]:
        if len(value) > 7:
            raise serializers.ValidationError("a week has seven days")
        return value

    @staticmethod
    def columns(given: dict[str, Any]) -> dict[str, Any]:
        """What belongs to the inbox itself."""
        apart = {"working_hours", "channel", "portal_id"}
        texts = {key: given[key] or "" for key in _TEXTS & given.keys()}
        return {**{key: value for key, value in given.items() if key not in apart}, **texts}


class NewInbox(InboxChanges):
    name = serializers.CharField(max_length=255)
    channel = JSONObjectField()


class ChannelChanges(Input):
    """`columns` are those of the settings row."""

    def columns(self) -> dict[str, Any]:
        return dict(self.validated_data)


class PreChatField(Input):
    name = serializers.CharField(max_length=255)
    label = _text(255)  # type: ignore[assignment]
    type = serializers.ChoiceField(
        choices=["text", "email", "number", "checkbox", "date", "link", "list", "select"], required=False
    )
    field_type = serializers.ChoiceField(choices=["standard", "custom"], required=False)
    placeholder = _text(255)
    locale = _text(16)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    enabled = serializers.BooleanField(required=False)
    values = serializers.ListField(
        child=serializers.CharField(max_length=255, allow_blank=True), required=False, max_length=200
    )
    regex_pattern = _text(255)
    regex_cue = _text(255)


class PreChatForm(Input):
    pre_chat_message = _text(10_000)
    pre_chat_fields = PreChatField(many=True, required=False)


class WebWidgetChanges(ChannelChanges):
    website_url = serializers.CharField(required=False, max_length=2048)
    widget_color = serializers.RegexField(r"^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z", required=False)
    welcome_title = _text(255)
    welcome_tagline = _text(255)
    reply_time = NamedChoice(REPLY_TIMES, required=False)
    hmac_mandatory = serializers.BooleanField(required=False)
    pre_chat_form_enabled = serializers.BooleanField(required=False)
    pre_chat_form_options = PreChatForm(required=False)
    continuity_via_email = serializers.BooleanField(required=False)
    allowed_domains = _text(10_000)
    selected_feature_flags = serializers.ListField(
        child=serializers.ChoiceField(choices=FLAGS), required=False, max_length=20
    )

    def validate_website_url(self, value: str) -> str:
        if not _SITE.fullmatch(value):
            raise serializers.ValidationError("must be the address of a site")
        return value

    def validate_pre_chat_form_options(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value.get("pre_chat_fields", ())) > 50:
            raise serializers.ValidationError("has more than 50 fields")
        return value

    def columns(self) -> dict[str, Any]:
        values = dict(self.validated_data)
        flags = values.pop("selected_feature_flags", None)
        if flags is not None:
            values["feature_flags"] = sum(1 << FLAGS.index(name) for name in set(flags))
        return {key: "" if value is None else value for key, value in values.items()}


class NewWebWidget(WebWidgetChanges):
    website_url = serializers.CharField(max_length=2048)


class ApiChannelChanges(ChannelChanges):
    webhook_url = _text(2048)
    hmac_mandatory = serializers.BooleanField(required=False)
    additional_attributes = JSONObjectField(required=False)

    def validate_webhook_url(self, value: str | None) -> str:
        try:
            return clean_web_address(value, field="webhook_url") if value else ""
        except Invalid as problem:
            raise serializers.ValidationError(problem.message) from None

    def validate_additional_attributes(self, value: dict[str, Any]) -> dict[str, Any]:
        hours = value.get("agent_reply_time_window")
        text = str(hours) if not isinstance(hours, bool) else ""
        if hours not in (None, "") and not (
            text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 87_600
        ):
            raise serializers.ValidationError("agent_reply_time_window must be a number of hours above 0")
        return value


def usual_pre_chat_form() -> dict[str, Any]:
    def field(name: str, label: str, kind: str, required: bool) -> dict[str, Any]:
        standard = {"field_type": "standard", "placeholder": label, "enabled": False}
        return {**standard, "name": name, "label": label, "type": kind, "required": required}

    return {
        "pre_chat_message": "Share your queries or comments here.",
        "pre_chat_fields": [
            field("emailAddress", "Email Id", "email", True),
            field("fullName", "Full name", "text", False),
            field("phoneNumber", "Phone number", "text", False),
        ],
    }
