"""/cable: ActionCable (`actioncable-v1-json`) for the clients that exist, as the contract has it.

There is no cursor: the hub's own re-reading serves these sockets. A subscription that cannot be had is
answered with silence, as in the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from channels_ext.realtime import doors, frames, limits
from channels_ext.realtime.consumer import Closed, LiveConsumer, is_id
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.doors import Refused
from channels_ext.realtime.packets import Packet
from channels_ext.realtime.rights import Agent, Owner, Verdict
from channels_ext.realtime.sockets import TOO_MUCH, UNAUTHENTICATED, Message, text_frame

PROTOCOL = "actioncable-v1-json"
CHANNEL = "RoomChannel"
TOKEN_LENGTH = 256
WELCOME = text_frame({"type": "welcome"})

admit_by_user_token = in_thread(doors.admit_by_user_token)
admit_by_contact_token = in_thread(doors.admit_by_contact_token)


@dataclass
class Subscription:
    identifier: str
    owner: Owner
    groups: frozenset[str]
    typist: str

    def __post_init__(self) -> None:
        # What all of its event frames begin with; the rest is shared by every socket.
        self.prefix = '{"identifier":' + orjson.dumps(self.identifier).decode() + ","

    def frame(self, ending: str) -> Message:
        return {"type": "websocket.send", "text": self.prefix + ending}


class CableConsumer(LiveConsumer):
    kind = "cable"
    last_word: ClassVar[Message] = text_frame(
        {"type": "disconnect", "reason": "slow_reader", "reconnect": True}
    )

    def subprotocol(self) -> str | None:
        self.subscriptions: dict[str, Subscription] = {}
        return PROTOCOL if PROTOCOL in self.scope.get("subprotocols", ()) else None

    async def opened(self) -> None:
        self.socket.push(WELCOME)

    def refuse(self, code: str, message: str) -> None:
        """Silence: these clients know no error frame."""

    def unavailable(self) -> None:
        """The client asks again by itself."""

    async def _act(self, text: str | None) -> None:
        frame = _object(text)
        command, identifier = frame.get("command"), frame.get("identifier")
        if not isinstance(identifier, str):
            return
        if command == "subscribe":
            await self._subscribe(identifier)
        elif command == "unsubscribe":
            self._unsubscribe(identifier)
        elif command == "message":
            await self._perform(identifier, frame.get("data"))

    async def _subscribe(self, identifier: str) -> None:
        if identifier in self.subscriptions:
            return
        if len(self.subscriptions) >= limits.SUBSCRIPTIONS:
            raise Closed(TOO_MUCH)
        try:
            owner, verdict = await _admitted(_object(identifier))
        except Refused:
            self.bucket.take(limits.BAD_FRAME_COST)
            return
        self.subscriptions[identifier] = Subscription(identifier, owner, verdict.groups, _typist(owner))
        self._regroup()
        self.note("socket opened", subscriptions=len(self.subscriptions))
        await self.hub.settled(self.socket)
        # Our own spelling and order; the identifier is the client's, byte for byte.
        self.socket.push(text_frame({"type": "confirm_subscription", "identifier": identifier}))
        await self._be_present(identifier)

    def _unsubscribe(self, identifier: str) -> None:
        if self.subscriptions.pop(identifier, None) is not None:
            self._regroup()

    def _regroup(self) -> None:
        subscriptions = self.subscriptions.values()
        self.socket.owners = tuple(subscription.owner for subscription in subscriptions)
        self.hub.regroup(
            self.socket,
            wanted=frozenset().union(*(subscription.groups for subscription in subscriptions)),
            accounts=frozenset(subscription.owner.account_id for subscription in subscriptions),
        )

    async def _perform(self, identifier: str, data: Any) -> None:
        if identifier in self.subscriptions and _object(data).get("action") == "update_presence":
            await self._be_present(identifier)

    async def _be_present(self, identifier: str) -> None:
        """Say that this one is here, and tell it (only it) who else is."""
        owner = self.subscriptions[identifier].owner
        self.hub.attendance.mark(owner)
        data = await self.hub.attendance.told_to(owner)
        subscription = self.subscriptions.get(identifier)
        if subscription is not None:
            self.socket.push(subscription.frame(frames.cable_ending("presence.update", data)))

    # --- frames out, rights ---------------------------------------------------------------------------
    def render(self, packet: Packet) -> list[Message]:
        endings = frames.cable(packet)
        typist = packet.content.get("typist") if packet.seq == 0 else None
        return [
            subscription.frame(ending)
            for subscription in self.subscriptions.values()
            if not subscription.groups.isdisjoint(packet.groups)
            and (typist is None or typist != subscription.typist)
            for ending in endings
        ]

    def reauthorised(self, verdicts: dict[Owner, Verdict]) -> None:
        changed = False
        for identifier, subscription in list(self.subscriptions.items()):
            verdict = verdicts.get(subscription.owner)
            if verdict is None or verdict.groups == subscription.groups:
                continue
            changed = True
            subscription.groups = verdict.groups
            if verdict.code:
                del self.subscriptions[identifier]
        if changed:
            self._regroup()
        if not self.subscriptions:
            self.socket.close(UNAUTHENTICATED)


def _object(text: Any) -> dict[str, Any]:
    """A JSON object, or an empty one for anything else."""
    if not isinstance(text, str):
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


async def _admitted(identifier: dict[str, Any]) -> tuple[Owner, Verdict]:
    """Who the identifier names: a user of an account, or, without a user, a contact's session."""
    token = identifier.get("pubsub_token")
    if (
        identifier.get("channel") != CHANNEL
        or not isinstance(token, str)
        or not 0 < len(token) <= TOKEN_LENGTH
    ):
        raise Refused(UNAUTHENTICATED)
    if identifier.get("user_id") in (None, "", False):
        return await admit_by_contact_token(token=token)
    account_id, user_id = _number(identifier.get("account_id")), _number(identifier.get("user_id"))
    return await admit_by_user_token(token=token, account_id=account_id, user_id=user_id)


def _number(value: Any) -> int:
    """Clients send ids as numbers or as their digits. Raises Refused for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if not is_id(value):
        raise Refused(UNAUTHENTICATED)
    return int(value)


def _typist(owner: Owner) -> str:
    return f"user{owner.user_id}" if isinstance(owner, Agent) else f"visitor{owner.contact_inbox_id}"
