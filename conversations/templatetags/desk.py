"""What the templates of the dashboard need beyond Django: icons, times, kinds of messages, Markdown."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from config.rendering import to_json
from conversations.actions.changes import ACTIVITY_LINES
from conversations.templatetags.markdown import plain, rendered

register = template.Library()

_CHANNEL_ICONS = {
    "Channel::Email": "mail",
    "Channel::Api": "code",
    "Channel::Whatsapp": "phone",
    "Channel::Sms": "phone",
}
_PRIORITY_ICONS = {
    "urgent": "circle-alert",
    "high": "signal-high",
    "medium": "signal-medium",
    "low": "signal-low",
}
_MESSAGE_KINDS = {0: "in", 2: "activity", 3: "template"}
_TOLD_ICONS = {
    "conversation_creation": "inbox",
    "conversation_assignment": "user",
    "conversation_mention": "hash",
}
_STATUS_ICONS = {"progress": "clock", "sent": "check", "delivered": "check-check", "read": "check-check"}


@register.simple_tag
def icon(name: str, modifier: str = "") -> SafeString:
    """A glyph of the sprite, decorative: whoever uses it alone adds a name in words."""
    return _drawn(str(name), modifier, static("icons/sprite.svg") if settings.DEBUG else _sprite())


@cache
def _sprite() -> str:
    return static("icons/sprite.svg")


@lru_cache(maxsize=512)
def _drawn(name: str, modifier: str, sprite: str) -> SafeString:
    classes = f"icon icon--{modifier}" if modifier else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        sprite,
        name,
    )


@register.simple_tag
def local_time(moment: Any, style: str = "clock") -> SafeString:
    """`<local-time>` for epoch seconds or a datetime: UTC as written, the reader's zone once script runs.

    style: clock (09:12), relative (3 min), day (Tuesday 4 March), full.
    """
    at = as_moment(moment)
    if at is None:
        return SafeString("")
    text = at.isoformat(timespec="seconds")  # one call: four of strftime are most of what a row costs
    day, clock = text[:10], text[11:16]
    written = clock if style == "clock" else day if style == "day" else f"{day} {clock}"
    return SafeString(
        f'<local-time data-style="{escape(style)}"><time datetime="{text[:19]}Z" title="{day} {clock} UTC">'
        f"{written}</time></local-time>"
    )


def as_moment(value: Any) -> datetime | None:
    """UTC datetime of epoch seconds, an ISO text or a datetime; None for nothing, zero and nonsense."""
    if not value:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """A form field's control with the class that its kind of widget wears."""
    name = {"select": "select", "textarea": "textarea"}.get(field.widget_type, "input")
    return field.as_widget(attrs={"class": name})


@register.filter
def initials(name: str | None) -> str:
    """One or two letters of a name as written: "Ana Lima" -> "AL", "王小明" -> "王"."""
    words = (name or "").split()
    if not words:
        return "?"
    return "".join(word[0] for word in (words[:1] if len(words) == 1 else [words[0], words[-1]])).upper()


@register.filter
def kind(message: dict[str, Any]) -> str:
    """in, out, bot, note, activity or template: how a message looks."""
    message_type = message.get("message_type")
    if message_type in _MESSAGE_KINDS:
        return _MESSAGE_KINDS[message_type]
    if message.get("private"):
        return "note"
    return "bot" if (message.get("sender") or {}).get("type") in ("agent_bot", "captain_assistant") else "out"


@register.filter
def channel_icon(channel: str | None) -> str:
    return _CHANNEL_ICONS.get(channel or "", "globe")


@register.filter
def told_icon(kind: str) -> str:
    """The glyph of a notification's type."""
    return _TOLD_ICONS.get(kind, "message-circle")


@register.filter
def status_icon(status: str | None) -> str:
    return _STATUS_ICONS.get(status or "", "check")


@register.filter
def priority_icon(priority: str | None) -> str:
    """The glyph of a priority; that of none is an empty circle."""
    return _PRIORITY_ICONS.get(priority or "", "circle-dashed")


@register.filter
def activity(message: dict[str, Any]) -> str:
    """A line of the history in the reader's language; as it was stored, if it is of an unknown kind."""
    told = (message.get("content_attributes") or {}).get("activity") or {}
    sentence = ACTIVITY_LINES.get(told.get("kind", ""))
    try:
        return gettext(sentence) % told if sentence else message.get("content") or ""
    except (KeyError, ValueError, TypeError):
        return message.get("content") or ""


@register.filter
def json(value: Any) -> str:
    """For a data attribute; the template escapes it."""
    return to_json(value).decode()


@register.filter
def undefined(values: dict[str, Any], fields: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Attributes that the account has no definition of: shown, not changed here."""
    known = {field["key"] for field in fields}
    return [(key, value) for key, value in values.items() if key not in known]


@register.filter
def prose(content: str | None) -> SafeString:
    """Markdown of a message as safe HTML."""
    return rendered(content or "")


@register.filter
def preview(content: str | None) -> str:
    """The beginning of a message for its line in the list."""
    return plain(content or "", length=140)


@register.filter
def get(mapping: dict[Any, Any] | None, key: Any) -> Any:
    """mapping[key], or None."""
    return (mapping or {}).get(key)


@register.filter
def words_of(text: str) -> list[str]:
    """A list written in a template."""
    return text.split()


@register.filter
def file_name(url: str | None) -> str:
    """The last part of an address, readable."""
    return unquote(urlsplit(url or "").path.rsplit("/", 1)[-1])


@register.filter
def web_address(url: str | None) -> str:
    """The address if it leads to the web, else "#": others write it, and javascript: would be a link, too."""
    return url if url and urlsplit(url).scheme in ("http", "https") else "#"


@register.filter
def card_address(url: str | None) -> str:
    """Where a card's button leads: the web, a letter or a call; "#" for anything else."""
    return url if url and urlsplit(url).scheme in ("http", "https", "mailto", "tel") else "#"


@register.filter
def answered(attributes: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What a visitor filled in: [(label, value)], by the words that the form had for both."""
    asked = attributes or {}
    if asked.get("submitted_email"):
        return [(gettext("Email"), str(asked["submitted_email"]))]
    given, items = asked.get("submitted_values"), asked.get("items")
    fields = {item.get("name"): item for item in items or [] if isinstance(item, dict)}
    return [
        _answer(one, fields) for one in (given if isinstance(given, list) else []) if isinstance(one, dict)
    ]


def _answer(given: dict[str, Any], fields: dict[Any, dict[str, Any]]) -> tuple[str, str]:
    field = fields.get(given.get("name"), {})
    options = {one.get("value"): one.get("label") for one in field.get("options") or []}
    value = given.get("value")
    label = field.get("label") or given.get("name") or given.get("title") or ""
    return str(label), str(options.get(value) or ("" if value is None else value))


@register.filter
def chosen(option: dict[str, Any], attributes: dict[str, Any] | None) -> bool:
    """Whether the visitor picked this option of an input_select message."""
    submitted = (attributes or {}).get("submitted_values") or []
    values = submitted if isinstance(submitted, list) else [submitted]
    return any(isinstance(value, dict) and value.get("value") == option.get("value") for value in values)
