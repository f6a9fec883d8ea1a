"""Nothing is ever missed silently: about once a second the hub compares what it delivered with the outbox.

The bus may lose messages at any time: the relay could not publish, Redis restarted, our connection was
replaced. After trouble that we noticed the outbox is read at once, and live messages wait until what was
missing is delivered; trouble that nobody noticed is found by the next look. With Redis dead the sockets
live on these looks alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from psycopg_pool import PoolTimeout

from channels_ext.realtime import groups, outbox, shaping
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.outbox import Row

if TYPE_CHECKING:
    from channels_ext.realtime.hub import Hub

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LOOK_SECONDS_WITHOUT_BUS = 0.25
# An event is committed before it is published: give the bus this long before calling it lost.
GRACE_SECONDS = 0.3
PAGE = 500
BUILD = 100
_QUIET_SECONDS = 60

read_rows = in_thread(outbox.rows_after)
build = in_thread(shaping.build)


class Watch:
    """Lifts the hub's `verified` to what was compared. `started` is set when it is known where we are."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._alarm = asyncio.Event()
        self._bus_is_dead = False
        self._complained = 0.0
        self.started = asyncio.Event()

    def alarm(self) -> None:
        """Trouble: look now. Whoever calls this has let the live messages wait."""
        self._alarm.set()

    def bus_lives(self) -> None:
        self._bus_is_dead = False

    async def run(self) -> None:
        while True:
            try:
                await self._begin()
                if await self._trouble():
                    await self._recover()
                else:
                    await self._look(patient=not self._bus_is_dead)
            except (DatabaseError, PoolTimeout, OSError) as error:
                self._complain(error)  # if there was trouble, the alarm is still on and live messages wait
                await asyncio.sleep(LOOK_SECONDS)
            except Exception:
                logger.exception("outbox not compared")
                self._alarm.clear()
                self._hub.go_on()
                await asyncio.sleep(LOOK_SECONDS)

    async def _begin(self) -> None:
        if not self.started.is_set():
            page = await read_rows(after=None, account_ids=[], limit=0)
            self._hub.verify_up_to(page.head)
            self.started.set()

    async def _trouble(self) -> bool:
        """Wait for the time of the next look; True when somebody raised the alarm first."""
        try:
            await asyncio.wait_for(
                self._alarm.wait(), LOOK_SECONDS_WITHOUT_BUS if self._bus_is_dead else LOOK_SECONDS
            )
        except TimeoutError:
            return False
        return True

    async def _recover(self) -> None:
        """Live messages wait. What comes after all subscriptions stand again is live; what came before
        they stood is read here, also while they do not."""
        while True:
            await self._look(patient=False)
            hub = self._hub
            if await hub.bus.confirmed(set(hub.groups), seconds=LOOK_SECONDS_WITHOUT_BUS):
                self._alarm.clear()
                await self._look(patient=False)
                if not self._alarm.is_set():
                    hub.go_on()
                    return

    def _complain(self, error: BaseException) -> None:
        if time.monotonic() - self._complained > _QUIET_SECONDS:
            self._complained = time.monotonic()
            logger.warning("outbox not read, sockets stay open", extra={"error": str(error).strip()})

    async def _look(self, *, patient: bool) -> None:
        """Compare page by page until nothing newer is stored. The patient give the bus a moment first."""
        while await self._compare_page(patient=patient):
            pass

    async def _compare_page(self, *, patient: bool) -> bool:
        hub = self._hub
        page = await read_rows(after=hub.verified, account_ids=hub.held_accounts(), limit=PAGE)
        if page.head < hub.verified:
            hub.start_over(page.head)
            return False
        missing = self._missing(page.rows)
        if missing and patient:
            await asyncio.sleep(GRACE_SECONDS)
            missing = self._missing(page.rows)
            self._bus_is_dead = bool(missing)
        if missing:
            await self._redeliver(missing)
        hub.verify_up_to(page.upto)
        return page.upto < page.head

    def _missing(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if self._lacks(row)]

    def _lacks(self, row: Row) -> bool:
        for route in shaping.routes_of(row):
            key = f"{row.seq}{route.audience}"
            if route.audience == groups.CONTROL:
                if not self._hub.has_seen(key):
                    return True
            elif self._hub.needs(key, row.seq, route.groups):
                return True
        return False

    async def _redeliver(self, missing: list[Row]) -> None:
        """Live messages wait meanwhile, so that what is missing comes before them."""
        hub = self._hub
        hub.hold()
        try:
            for start in range(0, len(missing), BUILD):
                some = missing[start : start + BUILD]
                for packet in await build(some):
                    hub.pass_on(packet)
                hub.figures["reread"] += len(some)
                await asyncio.sleep(0)
        finally:
            if not self._alarm.is_set():
                hub.go_on()
