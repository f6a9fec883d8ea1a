"""Stored events as packets: what they are about is read in a few statements per account, shaped once.

Used by the relay before publishing, and by hubs and returning sockets, which read the outbox themselves:
so a frame is the same whichever way it came. Shapes show the present, not the moment of the event.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from accounts.cache_keys import cache_keys
from accounts.models import Membership
from channels_ext.realtime import groups, packets
from channels_ext.realtime.groups import Route
from channels_ext.realtime.packets import Content, Packet
from config.database import platform_scope
from conversations import shapes
from conversations.models import Contact
from conversations.queries import notifications, rows
from conversations.queries.messages import messages_by_id

logger = logging.getLogger(__name__)

_NOBODY = {"name": "", "additional_attributes": {}, "custom_attributes": {}, "blocked": False}
_LAST_LINES = ("last_message_id", "last_non_activity_message_id", "last_public_message_id")


class Stored(Protocol):
    """config.events.StoredEvent, or a row of the outbox."""

    @property
    def seq(self) -> int: ...
    @property
    def account_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def payload(self) -> dict[str, Any]: ...


def routes_of(event: Stored) -> list[Route]:
    return groups.routes(account_id=event.account_id, name=event.name, payload=event.payload)


Plan = list[tuple[Stored, list[Route]]]


def build(events: Sequence[Stored], wanted: Callable[[Route], bool] = lambda _route: True) -> list[Packet]:
    """All wanted copies of the events, by seq. An event whose subject is gone makes no packet."""
    planned = plan(events, wanted)
    if not planned:
        return []
    with platform_scope("realtime: one batch of events is of many accounts"):
        return shaped(planned)


def plan(events: Sequence[Stored], wanted: Callable[[Route], bool]) -> Plan:
    """The events of which a copy is wanted, with the routes of those copies. Reads nothing."""
    planned = [(event, [route for route in routes_of(event) if wanted(route)]) for event in events]
    return [(event, routes) for event, routes in planned if routes]


def shaped(planned: Plan) -> list[Packet]:
    """The copies. Within a scope that may read all accounts."""
    by_account: defaultdict[int, list[Stored]] = defaultdict(list)
    for event, _routes in planned:
        by_account[event.account_id].append(event)
    known = {account_id: _load(account_id, some) for account_id, some in by_account.items()}
    return [
        packet for event, routes in planned for packet in _packets(event, routes, known[event.account_id])
    ]


def _packets(event: Stored, routes: list[Route], known: Known) -> Iterable[Packet]:
    for route in routes:
        try:
            content = known.content(event, route.audience)
        except Exception:  # one odd row must not keep the batch from everybody
            logger.exception("event not shaped", extra={"seq": event.seq, "event": event.name})
            continue
        if content is not None:
            yield packets.stored(seq=event.seq, route=route, content=content)


@dataclass
class Known:
    """What was read for the events of one account."""

    account_id: int
    conversations: dict[int, Any] = field(default_factory=dict)
    messages: dict[int, Any] = field(default_factory=dict)
    contacts: dict[int, Any] = field(default_factory=dict)
    users: dict[int, Any] = field(default_factory=dict)
    notifications: dict[int, Any] = field(default_factory=dict)

    def content(self, event: Stored, audience: str) -> Content | None:
        """The body of one copy; None when its subject is gone."""
        base: Content = {"name": event.name, "account_id": event.account_id}
        payload = event.payload
        if audience == groups.CONTROL:
            return base | {"payload": {key: payload.get(key) for key in ("user_id", "contact_id")}}
        if audience == groups.FORMER:
            return base | {"name": "conversation.left", "display_id": payload["display_id"]}
        if event.name == "account.cache_invalidated":
            # The event's own keys win: the cache is written after the commit, and may be behind.
            return base | {"cache_keys": {**cache_keys(event.account_id), **payload["keys"]}}
        if event.name.startswith("contact."):
            contact = self._contact(event)
            return base | {"contact": contact} | self._performer(payload) if contact else None
        if event.name.startswith("notification."):
            return base | self._of_notification(payload)
        if not payload.get("conversation_id"):
            return base | {"id": payload.get("id"), "data": payload}
        return self._of_conversation(event, base, audience)

    def _contact(self, event: Stored) -> Content | None:
        """Of one that was deleted only the id is known."""
        contact_id = event.payload.get("contact_id") or 0
        if event.name == "contact.deleted":
            return shapes.contact_push({**dict.fromkeys(shapes.CONTACT_KEYS), **_NOBODY, "id": contact_id})
        return self.contacts.get(contact_id)

    def _of_conversation(self, event: Stored, base: Content, audience: str) -> Content | None:
        row = self.conversations.get(event.payload["conversation_id"])
        if row is None:
            return None
        for_agents = audience == groups.AGENTS
        content = base | {"display_id": row["display_id"]} | self._performer(event.payload)
        for key in ("changes", "by", "first_reply"):
            if event.payload.get(key):
                content[key] = event.payload[key]
        if event.name.startswith("message."):
            message = self.messages.get(event.payload["message_id"])
            if message is None:
                return None
            content["message"] = rows.with_conversation(message, row)
        else:
            content["conversation"] = self.conversation_push(row)
        if for_agents and self._moves_row(event, row):
            content["row"] = rows.rest_shape(row, account_id=self.account_id, messages=self.messages)
        return content

    def _of_notification(self, payload: dict[str, Any]) -> Content:
        """`data` for the dashboard, which counts and says a line; the whole of it for programs."""
        data = {key: payload[key] for key in ("unread_count", "count")}
        shape = self.notifications.get(payload["id"] or 0)
        if shape:
            data["title"] = shape["push_message_title"]
            data["conversation"] = (shape["primary_actor"] or {}).get("id")
        return {"id": payload["id"], "data": data, "notification": shape}

    def conversation_push(self, row: Any) -> Content:
        return rows.push_shape(row, account_id=self.account_id, messages=self.messages)

    def _moves_row(self, event: Stored, row: Any) -> bool:
        """A list's line changes with everything but a message further up (a receipt, an edit)."""
        if event.name != "message.updated":
            return True
        return event.payload["message_id"] in [row[key] for key in _LAST_LINES]

    def _performer(self, payload: dict[str, Any]) -> Content:
        actor = payload.get("actor") or {}
        if actor.get("kind") == "user" and actor.get("id") in self.users:
            return {"performer": self.users[actor["id"]]}
        if actor.get("kind") == "agent_bot" and actor.get("id"):
            return {"performer": shapes.bot_push(bot_id=actor["id"], name=actor.get("name") or "")}
        return {}


def _load(account_id: int, events: Iterable[Stored]) -> Known:
    payloads = [event.payload for event in events]
    known = load(
        account_id=account_id,
        conversation_ids=_ids(payloads, "conversation_id"),
        message_ids=_ids(payloads, "message_id"),
    )
    contact_ids = [
        event.payload["contact_id"]
        for event in events
        if event.name.startswith("contact.") and event.payload.get("contact_id")
    ]
    if contact_ids:
        found = (
            Contact.objects.for_account(account_id).filter(pk__in=contact_ids).values(*shapes.CONTACT_KEYS)
        )
        known.contacts = {row["id"]: shapes.contact_push(row) for row in found}
    told = [
        event.payload["id"]
        for event in events
        if event.name.startswith("notification.") and event.payload.get("id")
    ]
    if told:
        found_told = notifications.by_ids(account_id=account_id, ids=told)
        known.notifications = {row["id"]: row for row in found_told}
    actors = [payload.get("actor") or {} for payload in payloads]
    known.users = users_by_id(account_id, {actor["id"] for actor in actors if actor.get("kind") == "user"})
    return known


def load(*, account_id: int, conversation_ids: list[int], message_ids: list[int]) -> Known:
    """Conversations, the messages, and the last lines the conversations show. The message of an event is nearly
    always such a last line, so one statement is nearly always enough; else two."""
    known = Known(account_id)
    wanted = set(message_ids)
    if conversation_ids:
        found, known.messages = rows.rows_and_lines(
            account_id=account_id, source=rows.BY_ID, params=[conversation_ids]
        )
        known.conversations = {row["_id"]: row for row in found}
        wanted |= {row[key] for row in found for key in _LAST_LINES if row[key]}
    missing = wanted - known.messages.keys()
    if missing:
        known.messages |= messages_by_id(account_id=account_id, ids=sorted(missing))
    return known


def users_by_id(account_id: int, ids: Iterable[int | None]) -> dict[int, Content]:
    """id → USER_PUSH, of the account's members."""
    wanted = [one for one in ids if one]
    if not wanted:
        return {}
    members = (
        Membership.objects.for_account(account_id)
        .filter(user_id__in=wanted)
        .values_list("user_id", "user__name", "user__display_name", "availability")
    )
    return {
        user_id: shapes.user_push(
            user_id=user_id, name=name, available_name=shown or name, availability=availability
        )
        for user_id, name, shown, availability in members
    }


def _ids(payloads: Iterable[dict[str, Any]], key: str) -> list[int]:
    return sorted({payload[key] for payload in payloads if payload.get(key)})
