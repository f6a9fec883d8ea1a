"""Integrations that an account can switch on, and the settings each of them needs. A setting is a text unless said
otherwise; `shown`: what everybody of the account may see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class App:
    """`of_inbox`: it is switched on for one inbox at a time, else for the account."""

    id: str
    name: str
    description: Any
    settings: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    of_inbox: bool = False
    many: bool = False


APPS = {
    app.id: app
    for app in (
        App(
            "openai",
            "OpenAI",
            gettext_lazy("Suggest, summarise and rephrase with any OpenAI-compatible endpoint."),
            settings=("api_key", "base_url", "model", "label_suggestion"),
            required=("api_key",),
            shown=("base_url", "model", "label_suggestion"),
        ),
        App(
            "dialogflow",
            "Dialogflow",
            gettext_lazy("Let a Dialogflow agent answer first."),
            settings=("project_id", "credentials", "region"),
            required=("project_id", "credentials"),
            shown=("project_id", "region"),
            of_inbox=True,
            many=True,
        ),
        App(
            "google_translate",
            "Google Translate",
            gettext_lazy("Translate messages where you read them."),
            settings=("project_id", "credentials"),
            required=("project_id", "credentials"),
            shown=("project_id",),
        ),
        App(
            "slack",
            "Slack",
            gettext_lazy("Follow and answer conversations in Slack."),
            settings=("channel_name",),
            shown=("channel_name",),
        ),
        App(
            "webhook",
            "Webhooks",
            gettext_lazy("Hear of what happens, at an address of yours."),
        ),
        App(
            "dashboard_apps",
            "Dashboard apps",
            gettext_lazy("Show a page of yours beside a conversation."),
        ),
    )
}


def flaws(app: App, settings: Any) -> list[str]:
    """What is wrong with the settings, in sentences."""
    if not isinstance(settings, dict):
        return [_("settings must be an object.")]
    found = [_("%s is missing.") % name for name in app.required if not settings.get(name)]
    unknown = sorted(str(name) for name in settings if name not in app.settings)
    found += [_("%s is not a setting of this integration.") % name for name in unknown]
    kept = _KINDS
    found += [
        _("%s does not fit.") % name
        for name in app.settings
        if settings.get(name) is not None and not kept.get(name, _is_text)(settings[name])
    ]
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 4096 and "\x00" not in value


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_KINDS: dict[str, Callable[[Any], bool]] = {"credentials": _is_object, "label_suggestion": _is_flag}
