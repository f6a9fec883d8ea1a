"""The hub: every open socket of this process, and which groups it is in.

A frame is encoded once per form and handed to all its sockets; nothing waits for a single one of them.
Delivery is in the order of `seq`. What the bus lost is read again from the outbox (`watch`), what a
socket may see is asked again every few seconds (`guard`), and `rounds` keeps links alive.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import logging
import weakref
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from channels_ext.realtime import frames, groups, tasks
from channels_ext.realtime.attendance import Attendance
from channels_ext.realtime.bus import Bus
from channels_ext.realtime.guard import Guard
from channels_ext.realtime.limits import Seats
from channels_ext.realtime.packets import Mark, Packet, read_bus_message
from channels_ext.realtime.replays import Recent
from channels_ext.realtime.rounds import Rounds
from channels_ext.realtime.sockets import Socket
from channels_ext.realtime.watch import Watch

logger = logging.getLogger(__name__)

MAX_SEEN = 50_000
MAX_WAITING = 20_000
CONFIRM_SECONDS = 0.5
READY_SECONDS = 2.0
SLOTS = 30


class Hub:
    """One per event loop. Everything here runs on that loop, so nothing needs a lock."""

    def __init__(self) -> None:
        self.groups: dict[str, set[Socket]] = {}
        self.sockets: set[Socket] = set()
        self.slots: list[set[Socket]] = [set() for _ in range(SLOTS)]  # who takes turns when
        self.counts_due: set[Socket] = set()
        self.accounts: Counter[int] = Counter()
        self.figures: Counter[str] = Counter()
        self.verified = 0  # everything up to this seq was delivered to whom it concerns here
        self._seen: OrderedDict[str, int] = OrderedDict()  # keys of packets above `verified`
        self._announced = 0  # last number of the last batch the relay announced
        self._holding = False
        self._waiting: deque[Any] = deque(maxlen=MAX_WAITING)
        self._turns = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []
        self._sending: set[asyncio.Task[None]] = set()
        self.rereads = bool(settings.REALTIME_REREAD)
        self.seats = Seats()
        self.recent = Recent()
        self.attendance = Attendance()
        self.bus = Bus(on_message=self.take, on_reconnect=self._bus_is_new)
        self.watch = Watch(self)
        self.guard = Guard(self)
        self.rounds = Rounds(self)

    def start(self) -> None:
        self.bus.start()
        self.bus.want(groups.HUBS)
        works = [self.guard.run(), self.rounds.run()]
        if self.rereads:
            works.append(self.watch.run())
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(work, context=contextvars.Context()) for work in works]

    async def stop(self) -> None:
        await tasks.end(self._tasks)
        await self.bus.stop()

    # --- sockets and groups ---------------------------------------------------------------------------
    def add(self, socket: Socket) -> None:
        socket.slot = next(self._turns) % SLOTS
        self.slots[socket.slot].add(socket)
        self.sockets.add(socket)
        self.figures[f"{socket.kind} sockets"] += 1

    def remove(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.discard(socket)
            self.slots[socket.slot].discard(socket)
            self.counts_due.discard(socket)
            self.figures[f"{socket.kind} sockets"] -= 1
        self.regroup(socket, wanted=frozenset(), accounts=frozenset())
        self.guard.forget(socket)

    def regroup(
        self, socket: Socket, *, wanted: frozenset[str], accounts: frozenset[int] | None = None
    ) -> None:
        """Put the socket into exactly these groups; at once, without waiting for the bus."""
        for group in socket.groups - wanted:
            self._exit(socket, group)
        for group in wanted - socket.groups:
            self._enter(socket, group)
        socket.groups = wanted
        if accounts is not None and accounts != socket.accounts:
            self.accounts.subtract(socket.accounts)
            self.accounts.update(accounts)
            socket.accounts = accounts

    def _enter(self, socket: Socket, group: str) -> None:
        members = self.groups.get(group)
        if members is None:
            members = self.groups[group] = set()
            self.bus.want(group)
        members.add(socket)

    def _exit(self, socket: Socket, group: str) -> None:
        members = self.groups.get(group)
        if members is None:
            return
        members.discard(socket)
        if not members:
            del self.groups[group]
            self.bus.drop(group)

    async def ready(self) -> None:
        """Wait until it is known which number we are at; not for ever, when the database is away."""
        if self.rereads and not self.watch.started.is_set():
            try:
                await asyncio.wait_for(self.watch.started.wait(), READY_SECONDS)
            except TimeoutError:
                logger.warning("sockets begin without knowing the newest event")

    async def settled(self, socket: Socket) -> bool:
        """Wait, but not long, until the bus delivers the socket's groups to us."""
        return await self.bus.confirmed(set(socket.groups), seconds=CONFIRM_SECONDS)

    def held_accounts(self) -> list[int]:
        return [account_id for account_id, count in self.accounts.items() if count > 0]

    # --- what comes in --------------------------------------------------------------------------------
    def take(self, message: dict[str, Any]) -> None:
        """One message of the bus. While missing events are read, live ones wait, to keep the order."""
        for one in message.get("batch") or (message,):
            if self._holding:
                self._waiting.append(one)
            else:
                self._handle(one)

    def _handle(self, message: dict[str, Any]) -> None:
        thing = read_bus_message(message)
        if isinstance(thing, Mark):
            self._on_mark(thing)
        elif thing.seq == 0 or thing.seq > self.verified:
            self.pass_on(thing)

    def _on_mark(self, mark: Mark) -> None:
        self.watch.bus_lives()
        known = max(self._announced, self.verified)
        self._announced = max(known, mark.last)
        if mark.first > known + 1:
            self.figures["gaps"] += 1
            self.reread()

    def start_over(self, newest: int) -> None:
        """The numbers went back: the database was restored. What the sockets hold is from another world."""
        logger.warning("event numbers went back, all sockets resynchronise", extra={"newest": newest})
        self.verified = newest
        self._announced = newest
        self._seen.clear()
        for socket in tuple(self.sockets):
            socket.resync()

    def _bus_is_new(self) -> None:
        self.figures["reconnects"] += 1
        self.reread()

    def reread(self) -> None:
        """Compare with the outbox now; until then live messages wait."""
        if not self.rereads:
            return
        self._holding = True
        self.watch.alarm()

    def hold(self) -> None:
        self._holding = True

    def go_on(self) -> None:
        """Everything missing was delivered: now the live messages that waited, in their order."""
        self._holding = False
        while self._waiting and not self._holding:
            self._handle(self._waiting.popleft())

    # --- what goes out --------------------------------------------------------------------------------
    def pass_on(self, packet: Packet) -> None:
        """Deliver a packet once, whatever way and however often it comes."""
        if packet.key in self._seen:
            return
        self._seen[packet.key] = packet.seq
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        if packet.audience == groups.CONTROL:
            self.guard.obey(packet)
            return
        self._deliver(packet, self._members(packet))

    def _members(self, packet: Packet) -> Iterable[Socket]:
        found = [self.groups[group] for group in packet.groups if group in self.groups]
        if not found:
            return ()
        members = set().union(*found)
        for group in packet.skip:
            members -= self.groups.get(group, set())
        return members

    def _deliver(self, packet: Packet, members: Iterable[Socket]) -> None:
        for socket in members:
            try:
                socket.deliver(packet)
            except Exception:  # a frame that cannot be made must not keep the others from theirs
                logger.exception("not delivered", extra={"key": packet.key})
                self.figures["failures"] += 1
                continue
            self.figures["deliveries"] += 1
            if socket.kind == "dashboard" and packet.seq and frames.changes_counts(packet):
                self.counts_due.add(socket)

    def publish(self, packet: Packet) -> None:
        """Send something transient to all hubs, this one included."""
        task = asyncio.ensure_future(self.bus.send(packet.groups, packet.as_message()))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    # --- what the outbox says -------------------------------------------------------------------------
    def needs(self, packet_key: str, seq: int, names: Iterable[str]) -> bool:
        """Whether somebody here should have got this packet, and did not."""
        if packet_key in self._seen:
            return False
        return any(socket.floor < seq for name in names for socket in self.groups.get(name, ()))

    def has_seen(self, packet_key: str) -> bool:
        return packet_key in self._seen

    def verify_up_to(self, seq: int) -> None:
        self.verified = max(self.verified, seq)
        while self._seen:
            key, its_seq = next(iter(self._seen.items()))
            if its_seq > self.verified:
                break
            del self._seen[key]


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def current_hub() -> Hub:
    """The hub of the running event loop, started on first use."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub()
        hub.start()
    return hub


def figures() -> dict[str, int]:
    """Sockets by kind, deliveries, rereads, gaps … of this process: for health. Any thread may ask."""
    total: Counter[str] = Counter()
    for hub in list(_hubs.values()):
        total.update(dict(hub.figures))
    return dict(total)


async def stop_hub() -> None:
    hub = _hubs.pop(asyncio.get_running_loop(), None)
    if hub is not None:
        await hub.stop()
