"""What a returning socket missed, as packets.

When a server restarts, everybody returns at once and missed the same: packets are built once, together,
and kept for a while with the frames that were encoded from them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from channels_ext.realtime import shaping
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.outbox import Row
from channels_ext.realtime.packets import Packet

KEPT = 400  # events

build = in_thread(shaping.build)


class Recent:
    """The packets of the newest events, by number."""

    def __init__(self) -> None:
        self._packets: OrderedDict[int, tuple[Packet, ...]] = OrderedDict()
        self._building = asyncio.Lock()

    async def packets(self, rows: list[Row]) -> list[Packet]:
        """All packets of these events in their order, from memory or from the database."""
        async with self._building:
            unknown = [row for row in rows if row.seq not in self._packets]
            fresh: dict[int, list[Packet]] = {row.seq: [] for row in unknown}
            for packet in await build(unknown) if unknown else ():
                fresh[packet.seq].append(packet)
            found = [
                packet
                for row in rows
                for packet in (fresh[row.seq] if row.seq in fresh else self._packets[row.seq])
            ]
            self._keep(fresh)
        return found

    def _keep(self, fresh: dict[int, list[Packet]]) -> None:
        for seq, packets in fresh.items():
            self._packets[seq] = tuple(packets)
        while len(self._packets) > KEPT:
            self._packets.popitem(last=False)
