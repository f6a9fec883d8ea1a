"""Packets as frames: the dashboard's, the widget's, /cable's. No query is made here.

Dashboard and widget speak the envelope `{stream, seq, type, id, html?, data?}`; /cable speaks ActionCable
as Chatwoot's clients expect it (event names and who gets what: `_cable_names`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from channels_ext.realtime import groups
from channels_ext.realtime.packets import Packet
from channels_ext.realtime.sockets import Message, text_frame
from conversations import shapes

logger = logging.getLogger(__name__)

MESSAGE_TEMPLATE = "conversations/_message.html"
ROW_TEMPLATE = "conversations/_row.html"

_HEADER_KEYS = (
    "status",
    "priority",
    "labels",
    "snoozed_until",
    "agent_last_seen_at",
    "contact_last_seen_at",
    "waiting_since",
    "can_reply",
    "muted",
)
# /cable re-reads these at send time in the original, and so loses who did it.
_WITHOUT_PERFORMER = {
    "conversation.read",
    "conversation.updated",
    "conversation.status_changed",
    "assignee.changed",
    "team.changed",
}
_COUNTED_FIELDS = {"status", "assignee_id", "team_id", "labels", "inbox_id"}


# --- dashboard ----------------------------------------------------------------------------------------
def dashboard(packet: Packet, locale: str) -> tuple[Message, ...]:
    """Frames for agents' pages in one language; encoded once per language."""
    form = ("dashboard", locale)
    if form not in packet.forms:
        packet.forms[form] = tuple(text_frame(frame) for frame in _dashboard_frames(packet, locale))
    frames: tuple[Message, ...] = packet.forms[form]
    return frames


def _dashboard_frames(packet: Packet, locale: str) -> Iterable[dict[str, Any]]:
    content = packet.content
    name = content["name"]
    if packet.audience == groups.FORMER:
        return [_frame(packet, "list", "conversation.left", content["display_id"])]
    if name in ("conversation.mentioned", "account.cache_invalidated"):
        return []  # for programs; people are notified
    if name.startswith("message."):
        return [_message_frame(packet, locale), *_row_frames(packet, locale)]
    if name in ("conversation.typing_on", "conversation.typing_off", "conversation.viewing"):
        return [_frame(packet, _stream(content), name, content["display_id"], data=_who(content))]
    if name.startswith("conversation."):
        return [*_row_frames(packet, locale), *_header_frames(packet)]
    if name.startswith("contact."):
        contact = content.get("contact") or {}
        data = {key: contact.get(key) for key in ("id", "name", "thumbnail", "blocked")}
        return [_frame(packet, "list", name, contact.get("id"), data=data)]
    return [_frame(packet, "user", name, content.get("id"), data=content.get("data"))]


def _frame(packet: Packet, stream: str, kind: str, thing: Any, **rest: Any) -> dict[str, Any]:
    """`seq` is missing on what is not in the feed (typing, viewing): it moves nobody's cursor."""
    numbered = {"seq": packet.seq} if packet.seq else {}
    return {"stream": stream, **numbered, "type": kind, "id": thing, **rest}


def _stream(content: dict[str, Any]) -> str:
    return f"conv:{content['display_id']}"


def _message_frame(packet: Packet, locale: str) -> dict[str, Any]:
    message = packet.content["message"]
    data = {
        key: message.get(key)
        for key in ("echo_id", "sender_type", "sender_id", "private", "message_type", "status")
    }
    html = _rendered(MESSAGE_TEMPLATE, locale, message=message, account_id=packet.content["account_id"])
    return _frame(
        packet, _stream(packet.content), packet.content["name"], message["id"], html=html, data=data
    )


def _row_frames(packet: Packet, locale: str) -> list[dict[str, Any]]:
    row = packet.content.get("row")
    if not row:
        return []
    meta = row.get("meta") or {}
    data = {
        "status": row.get("status"),
        "assignee_id": (meta.get("assignee") or {}).get("id"),
        "team_id": (meta.get("team") or {}).get("id"),
        "inbox_id": row.get("inbox_id"),
        "sort": row.get("last_activity_at"),
        "unread_count": row.get("unread_count"),
    }
    html = _rendered(ROW_TEMPLATE, locale, row=row, base=_base(packet.content["account_id"]))
    return [_frame(packet, "list", "conversation.row", row["id"], html=html, data=data)]


def _header_frames(packet: Packet) -> list[dict[str, Any]]:
    row = packet.content.get("row")
    if not row:
        return []
    meta = row.get("meta") or {}
    data = {key: row.get(key) for key in _HEADER_KEYS}
    data |= {"assignee": _slim(meta.get("assignee")), "team": _slim(meta.get("team"))}
    data["changed"] = sorted(packet.content.get("changes") or {})
    return [_frame(packet, _stream(packet.content), packet.content["name"], row["id"], data=data)]


def _slim(thing: dict[str, Any] | None) -> dict[str, Any] | None:
    return {"id": thing.get("id"), "name": thing.get("name")} if thing else None


def _who(content: dict[str, Any]) -> dict[str, Any]:
    user = content.get("user") or {}
    data = {"user": {"id": user.get("id"), "name": user.get("name"), "type": user.get("type")}}
    return data | {key: content[key] for key in ("on", "is_private") if key in content}


@lru_cache(maxsize=10_000)
def _base(account_id: int) -> str:
    """The address of the account's pages: what a row's link begins with."""
    return reverse("desk:conversation", args=[account_id, 1]).removesuffix("/conversations/1")


def _rendered(template: str, locale: str, **values: Any) -> str:
    try:
        found: Any = get_template(template)
        with translation.override(locale):
            # A plain context: its numbers are ids and epochs, which must not be written as a language does.
            return str(found.template.render(Context(values, use_l10n=False)))
    except Exception:  # a template that fails costs the page its paint, not its news
        logger.exception("live update not painted", extra={"template": template})
        return ""


def changes_counts(packet: Packet) -> bool:
    """Whether tabs and badges may show another number after this."""
    if "counts" not in packet.forms:
        packet.forms["counts"] = _changes_counts(packet)
    changes: bool = packet.forms["counts"]
    return changes


def _changes_counts(packet: Packet) -> bool:
    content = packet.content
    if packet.audience == groups.FORMER or content["name"] in ("conversation.created", "conversation.read"):
        return True
    if content["name"] == "conversation.updated":
        return bool(_COUNTED_FIELDS & set(content.get("changes") or _COUNTED_FIELDS))
    return False


# --- widget -------------------------------------------------------------------------------------------
def widget(packet: Packet) -> tuple[Message, ...]:
    """Frames for the visitor: JSON only, public fields only."""
    if "widget" not in packet.forms:
        packet.forms["widget"] = tuple(text_frame(frame) for frame in _widget_frames(packet))
    frames: tuple[Message, ...] = packet.forms["widget"]
    return frames


def _widget_frames(packet: Packet) -> list[dict[str, Any]]:
    if packet.audience != groups.VISITORS:
        return []
    content = packet.content
    name = content["name"]
    if name.startswith("message."):
        public = shapes.message_visitor(content["message"])
        return [_frame(packet, _stream(content), name, public["id"], data=public)]
    if name.startswith("conversation.typing"):
        return [_frame(packet, _stream(content), name, content["display_id"], data=_who(content))]
    data = {"id": content["display_id"], "status": (content.get("conversation") or {}).get("status")}
    assignee = ((content.get("conversation") or {}).get("meta") or {}).get("assignee")
    data["assignee"] = _face(assignee)
    data["agent_last_seen_at"] = (content.get("conversation") or {}).get("agent_last_seen_at")
    return [_frame(packet, _stream(content), name, content["display_id"], data=data)]


def _face(agent: dict[str, Any] | None) -> dict[str, Any] | None:
    if not agent:
        return None
    return {
        "name": agent.get("available_name") or agent.get("name"),
        "avatar_url": agent.get("avatar_url") or "",
    }


# --- cable --------------------------------------------------------------------------------------------
def cable(packet: Packet) -> tuple[str, ...]:
    """`"message":{…}}` for each event the packet stands for; the socket puts its identifier before it."""
    if "cable" not in packet.forms:
        packet.forms["cable"] = tuple(_cable_endings(packet))
    endings: tuple[str, ...] = packet.forms["cable"]
    return endings


def _cable_endings(packet: Packet) -> Iterable[str]:
    content = packet.content
    for name in _cable_names(packet):
        data = _cable_data(content, name)
        if data is None:
            continue
        data = {**data, "account_id": content["account_id"]}
        if content.get("performer") and name not in _WITHOUT_PERFORMER:
            data["performer"] = content["performer"]
        yield cable_ending(name, data if packet.audience == groups.AGENTS else _discreet(data))


def _discreet(value: Any) -> Any:
    """For a visitor: without what is known of contacts (shapes.blank_contact says why)."""
    if isinstance(value, list):
        return [_discreet(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "contact" and "identifier" in value:
        return shapes.blank_contact(value)
    return {key: _discreet(one) for key, one in value.items()}


def cable_ending(event: str, data: Any) -> str:
    return '"message":' + orjson.dumps({"event": event, "data": data}).decode() + "}"


def _cable_names(packet: Packet) -> list[str]:
    """Chatwoot's event names for one of ours, in the order in which it sends them."""
    content, for_agents = packet.content, packet.audience == groups.AGENTS
    name = content["name"]
    if packet.audience not in (groups.AGENTS, groups.VISITORS) or name == "conversation.viewing":
        return []
    if name == "message.created":
        return [name, "first.reply.created"] if for_agents and content.get("first_reply") else [name]
    if name == "conversation.created":
        row = (content.get("conversation") or {}).get("meta") or {}
        extra = [
            event
            for field, event in (("assignee", "assignee.changed"), ("team", "team.changed"))
            if row.get(field)
        ]
        return [name, *extra] if for_agents else [name]
    if name == "conversation.read" and (content.get("by") == "agent" or not for_agents):
        return []  # in the original only the contact's reading is told
    if name == "conversation.updated":
        return _updated_names(set(content.get("changes") or ()), for_agents=for_agents)
    return [name]


def _updated_names(changed: set[str], *, for_agents: bool) -> list[str]:
    if changed == {"contact_id"}:  # contacts were merged: in the original no update of the conversation
        return ["conversation.contact_changed"] if for_agents else []
    names = ["conversation.status_changed"] if "status" in changed else []
    names.append("conversation.updated")
    if for_agents:
        names += [
            event
            for field, event in (
                ("contact_id", "conversation.contact_changed"),
                ("assignee_id", "assignee.changed"),
                ("team_id", "team.changed"),
            )
            if field in changed
        ]
    return names


def _cable_data(content: dict[str, Any], name: str) -> dict[str, Any] | None:
    if name == "message.updated":
        return {**content["message"], "previous_changes": content.get("changes") or {}}
    if name in ("message.created", "first.reply.created"):
        data: dict[str, Any] = content["message"]
        return data
    if name.startswith("conversation.typing"):
        return {key: content.get(key) for key in ("conversation", "user", "is_private")}
    if name.startswith("contact."):
        return content.get("contact")
    if name == "account.cache_invalidated":
        return {"cache_keys": content["cache_keys"]}
    if name.startswith("notification."):
        return _cable_notification(content, name)
    return content.get("conversation")


def _cable_notification(content: dict[str, Any], name: str) -> dict[str, Any] | None:
    """None for many at once, which these clients do not know."""
    counts = {key: content["data"][key] for key in ("unread_count", "count")}
    if name == "notification.deleted":
        return {"notification": {"id": content["id"]}, **counts}
    shape = content.get("notification")
    if shape is None:
        return None
    whole = {**shape, "account_id": content["account_id"], "push_message_body": shape["push_message_title"]}
    return {"notification": whole, **counts}
