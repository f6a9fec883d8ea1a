"""Validation of what comes in. Shapes of what goes out are in accounts.shapes."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models.membership import NOTIFICATION_TYPES
from accounts.shapes import AVAILABILITIES, ROLES
from config.fields import IdField, IdsField, JSONObjectField, NamedChoice
from config.rendering import Input

MOST_TEXT = 20_000
MOST_PAGE = 1_000_000


class SubscriptionInput(Input):
    subscription_type = serializers.ChoiceField(["browser_push", "fcm"])
    subscription_attributes = JSONObjectField()


class ProfileInput(Input):
    name = serializers.CharField(required=False, max_length=255)
    display_name = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    email = serializers.CharField(required=False, max_length=254)
    message_signature = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT, trim_whitespace=False
    )
    ui_settings = JSONObjectField(required=False)
    phone_number = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=64)
    current_password = serializers.CharField(required=False, max_length=128, trim_whitespace=False)
    password = serializers.CharField(required=False, max_length=128, trim_whitespace=False)
    password_confirmation = serializers.CharField(required=False, max_length=128, trim_whitespace=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        password = attrs.get("password")
        if password is not None and attrs.get("password_confirmation", password) != password:
            raise serializers.ValidationError({"password_confirmation": "doesn't match Password"})
        return attrs


class SignInInput(Input):
    """By password; by a platform app's link; or, after 206, by a code."""

    email = serializers.CharField(required=False, max_length=254)
    password = serializers.CharField(required=False, max_length=128, trim_whitespace=False)
    sso_auth_token = serializers.CharField(required=False)
    mfa_token = serializers.CharField(required=False)
    otp_code = serializers.CharField(required=False)
    backup_code = serializers.CharField(required=False)


class ResetRequestInput(Input):
    email = serializers.CharField(max_length=254)


class ResetInput(Input):
    reset_password_token = serializers.CharField()
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    password_confirmation = serializers.CharField(required=False, max_length=128, trim_whitespace=False)


class ConfirmationInput(Input):
    confirmation_token = serializers.CharField()


class CodeInput(Input):
    otp_code = serializers.CharField(max_length=64)


class EnrolInput(Input):
    """With an API token only."""

    password = serializers.CharField(required=False, max_length=128, trim_whitespace=False)


class RemoveFactorInput(CodeInput):
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class TokenInput(Input):
    """Without scopes all that the person may do, without an end for good."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, allow_null=True, max_length=100
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class ActiveAccountInput(Input):
    account_id = IdField()


class AvailabilityInput(ActiveAccountInput):
    availability = NamedChoice(AVAILABILITIES)


class AutoOfflineInput(ActiveAccountInput):
    auto_offline = serializers.BooleanField()


class AgentChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    role = NamedChoice(ROLES, required=False)
    availability = NamedChoice(AVAILABILITIES, required=False)
    auto_offline = serializers.BooleanField(required=False)


class NewAgent(AgentChanges):
    email = serializers.CharField(max_length=254)
    name = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)


class ManyAgents(Input):
    emails = serializers.ListField(child=serializers.CharField(max_length=254), min_length=1, max_length=100)


class TeamChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    description = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT
    )
    allow_auto_assign = serializers.BooleanField(required=False)


class NewTeam(TeamChanges):
    name = serializers.CharField(max_length=255)


class UserIds(Input):
    user_ids = IdsField()


class AccountChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    locale = serializers.CharField(required=False, max_length=16)
    domain = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=100)
    support_email = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=100)
    industry = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    company_size = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    timezone = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=64)
    auto_resolve_after = serializers.IntegerField(
        required=False, allow_null=True, min_value=10, max_value=1_439_856, help_text="minutes"
    )
    auto_resolve_message = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT
    )
    auto_resolve_label = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=255
    )
    auto_resolve_ignore_waiting = serializers.BooleanField(required=False, allow_null=True)
    audio_transcriptions = serializers.BooleanField(required=False, allow_null=True)
    conversation_required_attributes = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, allow_null=True, max_length=100
    )

    ATTRIBUTES = ("industry", "company_size", "timezone")
    SETTINGS = (
        "auto_resolve_after",
        "auto_resolve_message",
        "auto_resolve_label",
        "auto_resolve_ignore_waiting",
        "audio_transcriptions",
        "conversation_required_attributes",
    )


class BotChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    description = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT
    )
    outgoing_url = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=2048)
    bot_type = serializers.ChoiceField(choices=["webhook"], required=False)
    bot_config = JSONObjectField(required=False)

    def values(self) -> dict[str, object]:
        given = {**self.validated_data}
        given.pop("bot_type", None)
        return {key: "" if value is None else value for key, value in given.items()}


class NewBot(BotChanges):
    name = serializers.CharField(max_length=255)


class DashboardAppChanges(Input):
    title = serializers.CharField(required=False, max_length=255)
    content = serializers.ListField(child=JSONObjectField(), required=False, max_length=20)


class NewDashboardApp(DashboardAppChanges):
    title = serializers.CharField(max_length=255)
    content = serializers.ListField(child=JSONObjectField(), min_length=1, max_length=20)


def _flags(prefix: str) -> serializers.ListField:
    names = [f"{prefix}_{kind}" for kind in NOTIFICATION_TYPES]
    return serializers.ListField(child=serializers.ChoiceField(choices=names), required=False, max_length=100)


class NotificationFlags(Input):
    selected_email_flags = _flags("email")
    selected_push_flags = _flags("push")


class NotificationSettingsInput(Input):
    notification_settings = NotificationFlags()


class PageInput(Input):
    page = serializers.IntegerField(default=1, min_value=1, max_value=MOST_PAGE)
