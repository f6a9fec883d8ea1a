"""What everybody who takes part needs: an address of their own, dice of their own, the ledger."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.drills import fetching
from tests.drills.calls import Caller
from tests.drills.installation import Installation
from tests.drills.ledger import Draft, Ledger
from tests.drills.senders import Line, Sender, public_body, widget_body
from tests.drills.watchers import Fetch, Seat, Watcher


class Lobby:
    """Where newcomers get what they need."""

    def __init__(
        self, *, installation: Installation, ledger: Ledger, rng: random.Random, pool: ThreadPoolExecutor
    ) -> None:
        self.installation = installation
        self.demo: dict[str, Any] = installation.demo()
        self.live = installation.url.replace("http", "ws", 1)
        self._ledger = ledger
        self._rng = rng
        self._pool = pool
        self._addresses = 0

    def dice(self) -> random.Random:
        return random.Random(self._rng.random())

    def shuffle(self, things: list[Any]) -> None:
        self._rng.shuffle(things)

    def caller(self, **headers: str) -> Caller:
        self._addresses += 1
        address = f"10.1.{self._addresses // 250}.{self._addresses % 250 + 1}"
        return Caller(port=self.installation.port, address=address, pool=self._pool, headers=headers)

    def sender(self, *, line: Line, caller: Caller) -> Sender:
        return Sender(line=line, caller=caller, ledger=self._ledger, rng=self.dice())


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A visitor with a conversation, and their ways to write and read."""

    conversation: int  # display id
    sender: Sender
    seat: Seat
    fetch: Fetch

    def watcher(self, lobby: Lobby) -> Watcher:
        return Watcher(seat=self.seat, rng=lobby.dice(), fetch=self.fetch)


async def visitor(lobby: Lobby, name: str) -> Guest:
    """A contact of the API inbox, with a conversation."""
    caller = lobby.caller()
    base = f"/public/api/v1/inboxes/{lobby.demo['inbox_identifier']}/contacts"
    contact = await caller.must("POST", base, {"name": name})
    path = f"{base}/{contact['source_id']}/conversations"
    conversation = int((await caller.must("POST", path, {}))["id"])
    messages = f"{path}/{conversation}/messages"
    seat = Seat(
        name=name,
        kind="visitor cable",
        url=f"{lobby.live}/cable",
        headers={"X-Forwarded-For": caller.address},
        is_visitor=True,
        conversation=conversation,
        identifier=identifier(contact["pubsub_token"]),
    )
    fetch = fetching.as_contact(caller=lobby.caller(), path=messages, conversation=conversation)
    return _guest(lobby, seat=seat, caller=caller, path=messages, body=public_body, fetch=fetch)


async def shopper(lobby: Lobby, name: str) -> Guest:
    """A visitor of the website, with a first message, which opens the conversation."""
    caller, website_token = lobby.caller(), lobby.demo["website_token"]
    query = f"?website_token={website_token}"
    config = await caller.must("POST", f"/api/v1/widget/config{query}", {})
    token = caller.headers["X-Auth-Token"] = config["website_channel_config"]["auth_token"]
    first = {"contact": {"name": name}, "message": {"content": "Hello?"}}
    opened = await caller.must("POST", f"/api/v1/widget/conversations{query}", first)
    conversation = int(opened["id"])
    seat = Seat(
        name=name,
        kind="shopper",
        url=f"{lobby.live}/live/widget",
        headers={"X-Forwarded-For": caller.address, "Origin": lobby.installation.url},
        is_visitor=True,
        conversation=conversation,
        hello={"website_token": website_token, "token": token},
    )
    path = f"/api/v1/widget/messages{query}"
    asking = lobby.caller(**{"X-Auth-Token": token})
    fetch = fetching.as_shopper(caller=asking, path=f"{path}&after=", conversation=conversation)
    return _guest(lobby, seat=seat, caller=caller, path=path, body=widget_body, fetch=fetch)


def _guest(
    lobby: Lobby,
    *,
    seat: Seat,
    caller: Caller,
    path: str,
    body: Callable[[Draft], dict[str, Any]],
    fetch: Fetch,
) -> Guest:
    assert seat.conversation is not None
    line = Line(name=seat.name, conversation=seat.conversation, path=path, body=body)
    sender = lobby.sender(line=line, caller=caller)
    return Guest(conversation=seat.conversation, sender=sender, seat=seat, fetch=fetch)


def identifier(pubsub_token: str, rest: str = "") -> str:
    """Whom a /cable subscription is for; `rest` are further keys, each after a comma."""
    return f'{{"channel":"RoomChannel","pubsub_token":"{pubsub_token}"{rest}}}'
