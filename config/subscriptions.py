"""The table: which event reaches which handler. Handlers are named by dotted path, so that nothing here
imports an app, and a new one is added without touching who publishes.

*Inline* handlers run in the relay, on whole batches, right after the stamping transaction. They must be
quick and may fail: what they do can be read again from the outbox.
*Queued* handlers run in a worker, one event at a time, each with a retry row of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Payload = dict[str, Any]
_ACTIVITY = 2  # message_type


def _always(_payload: Payload) -> bool:
    return True


@dataclass(frozen=True)
class Among:
    """Which of a batch's events concern anybody: those whose `key` (of the payload; account_id is the event's own) is
    among what the SQL finds of %(keys)s, within %(accounts)s. Asked once per batch, in the relay's transaction, so
    that nobody pays for a feature that they do not use."""

    sql: str
    key: str = "account_id"


@dataclass(frozen=True)
class Queued:
    handler: str
    # Pure and cheap, decided by the relay from the payload alone: no run is stored for nothing.
    when: Callable[[Payload], bool] = _always
    among: Among | None = None
    # Payload key whose value puts runs of this handler into a queue of their own, kept in order.
    in_order_of: str | None = None


def _in_api_inbox(payload: Payload) -> bool:
    return payload.get("inbox_kind") == "api"


def _is_measured(payload: Payload) -> bool:
    return bool(payload.get("first_reply") or payload.get("replied_after") is not None)


def _has_files(payload: Payload) -> bool:
    return bool(payload.get("files"))


def _status_changed(payload: Payload) -> bool:
    return "status" in payload.get("changes", {})


def _is_resolved(payload: Payload) -> bool:
    return bool(payload.get("changes", {}).get("status", ["", ""])[1] == "resolved")


def _begun_by_contact(payload: Payload) -> bool:
    return (payload.get("actor") or {}).get("kind") == "contact"


def _reopened_by_contact(payload: Payload) -> bool:
    return _begun_by_contact(payload) and payload.get("changes", {}).get("status", ["", ""])[1] == "open"


_WITH_WEBHOOKS = Among("SELECT DISTINCT account_id FROM inboxes_webhook WHERE account_id = ANY(%(keys)s)")
_WITH_PARTICIPANTS = Among(
    "SELECT DISTINCT conversation_id FROM conversations_participant "
    "WHERE account_id = ANY(%(accounts)s) AND conversation_id = ANY(%(keys)s)",
    key="conversation_id",
)
_WITH_SURVEYS = Among(
    "SELECT DISTINCT id FROM inboxes_inbox "
    "WHERE account_id = ANY(%(accounts)s) AND id = ANY(%(keys)s) AND csat_survey_enabled",
    key="inbox_id",
)
_WITH_CURIOUS = Among(
    "SELECT DISTINCT account_id FROM accounts_membership WHERE account_id = ANY(%(keys)s) "
    "AND 'conversation_creation' = ANY(push_notifications || email_notifications)"
)


def _to_webhooks(lane: str) -> Queued:
    return Queued("automation.webhooks.plan", among=_WITH_WEBHOOKS, in_order_of=lane)


_TO_WEBHOOKS = _to_webhooks("conversation_id")
_TO_CHANNEL = Queued("channels_ext.delivery.plan", when=_in_api_inbox, in_order_of="conversation_id")


def _may_concern(payload: Payload) -> bool:
    """A message, for the assignee, or for whom a private note names."""
    if payload.get("message_type") == _ACTIVITY:
        return False
    return bool(payload.get("private") or payload.get("assignee_id"))


def _is_said(payload: Payload) -> bool:
    return payload.get("message_type") != _ACTIVITY


def _is_assigned(payload: Payload) -> bool:
    return bool((payload.get("changes", {}).get("assignee_id") or [None, None])[1])


_NOTIFY = "conversations.handlers.notifications.notify"
_MAIL = Queued("conversations.handlers.notifications.send_by_mail", in_order_of="user_id")

INLINE: dict[str, tuple[str, ...]] = {"*": ("channels_ext.realtime.feed.broadcast",)}

QUEUED: dict[str, tuple[Queued, ...]] = {
    "message.created": (
        _TO_CHANNEL,
        _TO_WEBHOOKS,
        Queued(_NOTIFY, when=_may_concern, in_order_of="conversation_id"),
        Queued(
            "conversations.handlers.notifications.notify_participants",
            when=_is_said,
            among=_WITH_PARTICIPANTS,
            in_order_of="conversation_id",
        ),
        Queued("reports.recorders.record_reply", when=_is_measured, in_order_of="conversation_id"),
        Queued("conversations.actions.previews.on_message", when=_has_files),
    ),
    "message.updated": (_TO_CHANNEL, _TO_WEBHOOKS),
    "bulk.conversation_asked": (
        Queued("conversations.handlers.bulk.change_asked_conversation", in_order_of="conversation_id"),
    ),
    "bulk.contact_asked": (
        Queued("conversations.handlers.bulk.change_asked_contact", in_order_of="contact_id"),
    ),
    "macro.run_asked": (Queued("automation.handlers.macros.run_macro", in_order_of="conversation_id"),),
    "macro.webhook_asked": (
        Queued("automation.handlers.macros.post_conversation", in_order_of="conversation_id"),
    ),
    "inbox.deletion_asked": (Queued("conversations.actions.deletion.delete_inbox"),),
    "label.renamed": (Queued("conversations.actions.account_labels.rename_everywhere"),),
    "transcript.requested": (Queued("conversations.handlers.transcripts.send_transcript"),),
    "portal.instructions_requested": (Queued("conversations.handlers.portals.send_instructions"),),
    "contacts.import_requested": (Queued("conversations.handlers.transfers.run_import"),),
    "contacts.export_requested": (Queued("conversations.handlers.transfers.send_export"),),
    "conversation.created": (
        _TO_CHANNEL,
        _TO_WEBHOOKS,
        Queued("channels_ext.greetings.greet", when=_begun_by_contact, in_order_of="conversation_id"),
        Queued(_NOTIFY, among=_WITH_CURIOUS, in_order_of="conversation_id"),
    ),
    "conversation.updated": (
        _TO_CHANNEL,
        _TO_WEBHOOKS,
        Queued(
            "channels_ext.greetings.tell_closed", when=_reopened_by_contact, in_order_of="conversation_id"
        ),
        Queued(_NOTIFY, when=_is_assigned, in_order_of="conversation_id"),
        Queued(
            "conversations.handlers.surveys.ask",
            when=_is_resolved,
            among=_WITH_SURVEYS,
            in_order_of="conversation_id",
        ),
        Queued("reports.recorders.record_status", when=_status_changed, in_order_of="conversation_id"),
    ),
    "contact.created": (_to_webhooks("contact_id"),),
    "contact.updated": (_to_webhooks("contact_id"),),
    "notification.created": (_MAIL,),
}
