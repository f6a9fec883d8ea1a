"""The widget's texts in the visitor's language. The keys are those of static/widget/look.js, which holds the
English; placeholders in braces are filled in by the browser."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

_TEXTS = {
    "close": _("Close chat"),
    "log": _("Conversation"),
    "older": _("Loading earlier messages"),
    "write": _("Write a message…"),
    "message": _("Message"),
    "attach": _("Attach files"),
    "send": _("Send"),
    "jump": _("Go to the newest message"),
    "you": _("You"),
    "agent": _("Support"),
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "typing": _("{name} is typing"),
    "unread_one": _("Chat, 1 new message"),
    "unread_other": _("Chat, {n} new messages"),
    "new_one": _("1 new message"),
    "new_other": _("{n} new messages"),
    "sending": _("Sending"),
    "uploading": _("Uploading, {percent} %"),
    "sent": _("Sent"),
    "waiting": _("Waiting for connection"),
    "limited": _("Too many messages at once. Sending again in {seconds} s"),
    "failed": _("Not sent"),
    "retry": _("Retry"),
    "discard": _("Delete"),
    "stale": _("Written while you were offline more than a day ago"),
    "reconnecting": _("Reconnecting – what you send is kept"),
    "too_large": _("{name} is too large: at most {limit}"),
    "too_many": _("At most {n} files in one message"),
    "remove": _("Remove {name}"),
    "file": _("File"),
    "picture": _("Picture: {name}"),
    "error_413": _("This file is too large"),
    "error_415": _("This type of file is not accepted"),
    "error_422": _("This message was not accepted"),
    "error_403": _("You cannot write here"),
    "error_other": _("Something went wrong ({status})"),
    "history_failed": _("Earlier messages could not be loaded"),
    "unavailable": _("The chat is not available right now"),
}


def visitor_texts() -> dict[str, str]:
    """Nothing for English: the script has it."""
    if (get_language() or "en").startswith("en"):
        return {}
    return {key: str(text) for key, text in _TEXTS.items()}
