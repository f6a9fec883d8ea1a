"""What happens by the clock for all sockets, in one task: heartbeats, pings, dead links, counts, presence."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from channels_ext.realtime.sockets import NO_HELLO, Socket, text_frame

if TYPE_CHECKING:
    from channels_ext.realtime.hub import Hub

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 30
CABLE_PING_SECONDS = 3
DEAD_SECONDS = 60
HELLO_SECONDS = 10
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
        hub, now = self._hub, time.monotonic()
        heartbeat = text_frame({"type": "heartbeat", "seq": hub.verified})
        ping = text_frame({"type": "ping", "message": int(time.time())})
        for socket in tuple(hub.sockets):
            if socket.kind == "cable":
                if (socket.slot + tick) % CABLE_PING_SECONDS == 0:
                    socket.push(ping)
                continue
            if socket.counts_due:
                socket.counts_due = False
                socket.push(COUNTS_CHANGED)
            # Who is held has not got everything up to `verified` yet.
            beats = socket.owners and socket.held is None and (socket.slot + tick) % HEARTBEAT_SECONDS == 0
            if not self._is_dead(socket, now) and beats:
                socket.push(heartbeat)
        if tick % SWEEP_SECONDS == 0:
            hub.bus.sweep()

    def _is_dead(self, socket: Socket, now: float) -> bool:
        """Close who never said hello, and who has been silent for two heartbeats."""
        if not socket.groups and now - socket.opened > HELLO_SECONDS:
            socket.close(NO_HELLO)
        elif now - socket.heard > DEAD_SECONDS:
            socket.close(DEAD_LINK)
        return socket.closed

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
