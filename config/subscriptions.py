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


def _always(_payload: Payload) -> bool:
    return True


@dataclass(frozen=True)
class Queued:
    handler: str
    # Pure and cheap, decided by the relay from the payload alone: no run is stored for nothing.
    when: Callable[[Payload], bool] = _always
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


def _begun_by_contact(payload: Payload) -> bool:
    return (payload.get("actor") or {}).get("kind") == "contact"


def _reopened_by_contact(payload: Payload) -> bool:
    return _begun_by_contact(payload) and payload.get("changes", {}).get("status", ["", ""])[1] == "open"


_TO_CHANNEL = Queued("channels_ext.delivery.plan", when=_in_api_inbox, in_order_of="conversation_id")

INLINE: dict[str, tuple[str, ...]] = {"*": ("channels_ext.realtime.feed.broadcast",)}

QUEUED: dict[str, tuple[Queued, ...]] = {
    "message.created": (
        _TO_CHANNEL,
        Queued("reports.recorders.record_reply", when=_is_measured, in_order_of="conversation_id"),
        Queued("conversations.actions.previews.on_message", when=_has_files),
    ),
    "inbox.deletion_asked": (Queued("conversations.actions.deletion.delete_inbox"),),
    "label.renamed": (Queued("conversations.actions.account_labels.rename_everywhere"),),
    "message.updated": (_TO_CHANNEL,),
    "transcript.requested": (Queued("conversations.handlers.transcripts.send_transcript"),),
    "contacts.import_requested": (Queued("conversations.handlers.transfers.run_import"),),
    "contacts.export_requested": (Queued("conversations.handlers.transfers.send_export"),),
    "conversation.created": (
        _TO_CHANNEL,
        Queued("channels_ext.greetings.greet", when=_begun_by_contact, in_order_of="conversation_id"),
    ),
    "conversation.updated": (
        _TO_CHANNEL,
        Queued(
            "channels_ext.greetings.tell_closed", when=_reopened_by_contact, in_order_of="conversation_id"
        ),
        Queued("reports.recorders.record_status", when=_status_changed, in_order_of="conversation_id"),
    ),
}
