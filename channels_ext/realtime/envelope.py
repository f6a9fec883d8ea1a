"""Our own envelope: hello with a cursor, welcome, replay or reset, heartbeats, typing.

`{stream, seq, type, id, html?, data?}`; the dashboard's and the widget's doors are made of this.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from django.utils.translation import gettext as _

from channels_ext.realtime import outbox, typists
from channels_ext.realtime.consumer import LiveConsumer, Rejected, is_id
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.packets import Packet
from channels_ext.realtime.rights import Owner, Verdict
from channels_ext.realtime.sockets import TRY_LATER, text_frame

REPLAY_BYTES = 256 * 1024
DRAIN_SECONDS = 10.0

replay = in_thread(outbox.replay)
announce = in_thread(typists.announce)
find_conversation = in_thread(typists.find_conversation)


class EnvelopeConsumer(LiveConsumer):
    """One owner per socket, in no group before the hello."""

    greeted = False
    allowed: frozenset[str] = frozenset()

    def settle_in(self, owner: Owner, verdict: Verdict) -> None:
        """Known from now on to the guard; in no group before the hello."""
        self.owner, self.allowed = owner, verdict.groups
        self.socket.owners = (owner,)
        self.note("socket opened")
        self.hub.regroup(self.socket, wanted=frozenset(), accounts=frozenset({owner.account_id}))

    async def enter(self, cursor: Any) -> None:
        """Join the groups, replay what came after the cursor, then go live. In this order nothing can fall
        between: what arrives meanwhile waits, and what was replayed is not delivered again."""
        if cursor is not None and not (is_id(cursor) or cursor == 0):
            raise Rejected("bad_cursor", _("The cursor is a number or null."))
        self.greeted = True
        socket = self.socket
        socket.hold()
        try:
            await self.hub.ready()
            self.hub.regroup(socket, wanted=self.allowed)
            await self.hub.settled(socket)
            floor = await self._catch_up(cursor) if cursor is not None else self._begin()
            socket.floor = max(socket.floor, floor)
        except BaseException:
            socket.close(TRY_LATER)  # live from here on would be a silent gap
            raise
        finally:
            socket.release()

    def _begin(self) -> int:
        self._say("welcome", self.hub.verified)
        return self.hub.verified

    async def _catch_up(self, cursor: int) -> int:
        names = self.socket.groups
        missed = await replay(
            account_id=self.owner.account_id, after=cursor, names=names, sessions=self.sessions()
        )
        if missed.rows is None:
            self._say("welcome", missed.upto)
            self._say("reset", missed.upto)
            return missed.upto
        self._say("welcome", cursor)
        for packet in await self.hub.recent.packets(missed.rows):
            if not names.isdisjoint(packet.groups) and names.isdisjoint(packet.skip):
                await self._replayed(packet)
        return missed.upto

    async def _replayed(self, packet: Packet) -> None:
        for message in self.render(packet):
            self.socket.push(message)
        await asyncio.sleep(0)
        deadline = time.monotonic() + DRAIN_SECONDS
        while self.socket.waiting_bytes > REPLAY_BYTES and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    def sessions(self) -> list[int] | None:
        return None

    def _say(self, kind: str, seq: int) -> None:
        self.socket.push(text_frame({"type": kind, "seq": seq}))

    def reauthorised(self, verdicts: dict[Owner, Verdict]) -> None:
        verdict = verdicts.get(self.owner)
        if verdict is None:  # as before
            return
        if verdict.code:
            self.hub.regroup(self.socket, wanted=frozenset())
            self.socket.close(verdict.code)
            return
        changed, self.allowed = self.allowed != verdict.groups, verdict.groups
        if changed and self.greeted:
            self.hub.regroup(self.socket, wanted=self.wanted_groups())
            self._say("reset", self.hub.verified)

    def wanted_groups(self) -> frozenset[str]:
        return self.allowed

    def is_echo(self, packet: Packet) -> bool:
        """Whether this is our own typing or viewing, coming back."""
        return packet.seq == 0 and packet.content.get("typist") == self.typist()

    def typist(self) -> str:
        raise NotImplementedError

    def must_be_in(self) -> None:
        if not self.greeted:
            raise Rejected("hello_first", _("Say hello first."))

    async def on_ping(self, _frame: dict[str, Any]) -> None:
        """Only to be heard."""

    async def on_typing(self, frame: dict[str, Any]) -> None:
        self.must_be_in()
        display_id, on = frame.get("conversation"), frame.get("on")
        if not is_id(display_id) or not isinstance(on, bool):
            raise Rejected("bad_frame", _("`conversation` is a number and `on` is true or false."))
        found = await find_conversation(owner=self.owner, display_id=display_id, allowed=self.allowed)
        if found is None:
            raise Rejected("not_found", _("There is no such conversation."))
        await announce(found, owner=self.owner, on=on, private=frame.get("private") is True)
