"""What happens by the clock for all sockets, in one task: heartbeats, pings, dead links, counts, presence."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from channels_ext.realtime.sockets import NO_HELLO, Message, Socket, text_frame

if TYPE_CHECKING:
    from channels_ext.realtime.hub import Hub

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 30
CABLE_PING_SECONDS = 3
DEAD_SECONDS = 60
HELLO_SECONDS = 10
LOOK_SECONDS = 5  # how often each socket is looked at for being dead
PRESENCE_SECONDS = 10
SWEEP_SECONDS = 10
DEAD_LINK = 4000
COUNTS_CHANGED = text_frame({"stream": "list", "type": "counts.changed"})


class Rounds:
    """One tick a second. Sockets take turns by their slot, so that no tick has to write to all of them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def run(self) -> None:
        tick = 0
        while True:
            await asyncio.sleep(1)
            tick += 1
            try:
                self.tick(tick)
                await self._attend(tick)
            except Exception:
                logger.exception("a round failed")

    def tick(self, tick: int) -> None:
        hub = self._hub
        for socket in hub.counts_due:
            socket.push(COUNTS_CHANGED)
        hub.counts_due.clear()
        heartbeat = text_frame({"type": "heartbeat", "seq": hub.verified})
        ping = text_frame({"type": "ping", "message": int(time.time())})
        for slot, sockets in enumerate(hub.slots):
            turn = slot + tick
            if turn % CABLE_PING_SECONDS == 0:
                self._ping(sockets, ping)
            if turn % LOOK_SECONDS == 0:
                self._close_dead(sockets)
            if turn % HEARTBEAT_SECONDS == 0:
                self._beat(sockets, heartbeat)
        if tick % SWEEP_SECONDS == 0:
            hub.bus.sweep()

    def _ping(self, sockets: Iterable[Socket], ping: Message) -> None:
        for socket in sockets:
            if socket.kind == "cable":
                socket.push(ping)

    def _beat(self, sockets: Iterable[Socket], heartbeat: Message) -> None:
        for socket in sockets:
            # Who is held has not got everything up to `verified` yet.
            if socket.kind != "cable" and socket.owners and socket.held is None:
                socket.push(heartbeat)

    def _close_dead(self, sockets: Iterable[Socket]) -> None:
        """Close who never said hello, and who has been silent for two heartbeats."""
        now = time.monotonic()
        for socket in sockets:
            if socket.kind == "cable":
                continue  # these clients answer nothing; the server's own pings find the dead
            if not socket.groups and now - socket.opened > HELLO_SECONDS:
                socket.close(NO_HELLO)
            elif now - socket.heard > DEAD_SECONDS - LOOK_SECONDS:
                socket.close(DEAD_LINK)

    async def _attend(self, tick: int) -> None:
        """An open dashboard is presence. /cable clients say so themselves."""
        attendance = self._hub.attendance
        if tick % PRESENCE_SECONDS == 0:
            attendance.forget()
            for socket in self._hub.sockets:
                if socket.kind == "dashboard":
                    for owner in socket.owners:
                        attendance.mark(owner)
        await attendance.write()
