"""Nobody hears more than they may: rights are asked again when they changed, and every few seconds.

`access.changed` (from the bus or from the outbox) stops a socket's deliveries at that very event; they go
on, or the socket is closed, when the database has said what its owner may hear now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseError
from psycopg_pool import PoolTimeout

from channels_ext.realtime import rights
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.packets import Packet
from channels_ext.realtime.rights import Agent, Owner, Verdict, Visitor
from channels_ext.realtime.sockets import Socket

if TYPE_CHECKING:
    from channels_ext.realtime.hub import Hub

logger = logging.getLogger(__name__)

RECHECK_SECONDS = 3.5
RETRY_SECONDS = 0.5
CHUNK = 2000  # owners in one set of statements
YIELD_EVERY = 500  # sockets

rejudge = in_thread(rights.rejudge)


class Guard:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._suspended: set[Socket] = set()
        self._woken = asyncio.Event()

    def obey(self, packet: Packet) -> None:
        """An order to re-authorise: of a user, of a contact's sessions, or of a whole account."""
        content = packet.content
        self.suspend(socket for socket in self._hub.sockets if _concerns(socket, content))

    def suspend(self, sockets: Iterable[Socket]) -> None:
        for socket in sockets:
            if socket not in self._suspended:
                self._suspended.add(socket)
                socket.hold()
        if self._suspended:
            self._woken.set()

    def forget(self, socket: Socket) -> None:
        self._suspended.discard(socket)

    async def run(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._woken.wait(), RECHECK_SECONDS)
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self._recheck(set(self._suspended) or set(self._hub.sockets))
            except (DatabaseError, PoolTimeout, OSError):
                # Without the database nothing new happens either. The suspended stay so until it answers.
                await asyncio.sleep(RETRY_SECONDS)
                self.suspend(())
            except Exception:
                logger.exception("sockets not re-authorised")

    async def _recheck(self, sockets: set[Socket]) -> None:
        owners = list({owner for socket in sockets for owner in socket.owners})
        verdicts: dict[Owner, Verdict] = {}
        for start in range(0, len(owners), CHUNK):
            verdicts.update(await rejudge(owners[start : start + CHUNK]))
        for number, socket in enumerate(sockets):
            self._apply(socket, verdicts)
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)
        if self._suspended:  # came in meanwhile
            self._woken.set()

    def _apply(self, socket: Socket, verdicts: dict[Owner, Verdict]) -> None:
        try:
            before = socket.groups
            if not socket.closed and any(owner in verdicts for owner in socket.owners):
                socket.reauthorised(verdicts)
            if socket.groups - before:
                self._hub.reread()  # what came before the bus delivers the new groups
        finally:
            if socket in self._suspended:
                self._suspended.discard(socket)
                socket.release()


def _concerns(socket: Socket, content: dict[str, Any]) -> bool:
    if content["account_id"] not in socket.accounts:
        return False
    about = content.get("payload") or {}
    if about.get("user_id"):
        return any(isinstance(owner, Agent) and owner.user_id == about["user_id"] for owner in socket.owners)
    if about.get("contact_id"):
        return any(
            isinstance(owner, Visitor) and owner.contact_id == about["contact_id"] for owner in socket.owners
        )
    return True
