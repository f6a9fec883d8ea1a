"""What an account can do: what everybody has, and what the platform switched on or off for this one. Remembered
for an hour, and forgotten when it is changed."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import Account
from config.database import platform_scope
from config.remembered import Remembered

SECONDS = 60 * 60

EVERYBODYS = frozenset(
    {
        "agent_bots",
        "agent_management",
        "audit_logs",
        "auto_resolve_conversations",
        "automations",
        "campaigns",
        "canned_responses",
        "channel_email",
        "channel_facebook",
        "channel_instagram",
        "channel_tiktok",
        "channel_twitter",
        "channel_website",
        "chatwoot_v4",
        "contact_chatwoot_support_team",
        "crm",
        "custom_attributes",
        "help_center",
        "inbound_emails",
        "inbox_management",
        "integrations",
        "labels",
        "macros",
        "report_v4",
        "reports",
        "team_management",
        "voice_recorder",
    }
)


def features_in(overrides: Mapping[str, object]) -> dict[str, bool]:
    """{name: true} of all that is on."""
    on = {name for name, value in overrides.items() if value is True}
    off = {name for name, value in overrides.items() if value is False}
    return dict.fromkeys(sorted((EVERYBODYS | on) - off), True)


def _read(account_id: int) -> dict[str, bool]:
    with platform_scope("which features an account has is asked before and beside its own scope"):
        overrides = Account.objects.filter(pk=account_id).values_list("features", flat=True).first()
    return features_in(overrides or {})


_features = Remembered("features", SECONDS, _read)
# Call with every change of Account.features.
forget_features = _features.forget
features_of = _features.get


def is_enabled(account_id: int, name: str) -> bool:
    return name in features_of(account_id)
