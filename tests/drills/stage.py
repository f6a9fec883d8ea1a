"""Everybody takes their place before the first fault: who writes, who watches, and how much each has to say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.drills.calls import Unexpected
from tests.drills.people import Guest, Lobby, shopper, visitor
from tests.drills.senders import Sender
from tests.drills.sizes import Size, shares
from tests.drills.staff import Staff
from tests.drills.watchers import Watcher

PROBES = 10
READY_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one writer has to say: one message for each of `privates`."""

    sender: Sender
    privates: list[bool]
    pause: float  # seconds between two


@dataclass(frozen=True, kw_only=True)
class Stage:
    account_id: int
    parts: list[Part]
    probes: list[Sender]
    impatient: Sender
    watchers: list[Watcher]

    @property
    def dashboards(self) -> list[Watcher]:
        return [watcher for watcher in self.watchers if watcher.seat.kind == "dashboard"]


async def build(*, lobby: Lobby, size: Size) -> Stage:
    """Needs a healthy installation. Nobody watches or writes yet."""
    staff = Staff(lobby=lobby)
    visitors = [await visitor(lobby, f"visitor{place}") for place in range(size.visitors)]
    shoppers = [await shopper(lobby, f"shopper{place}") for place in range(size.shoppers)]
    probes = [await visitor(lobby, f"probe{place}") for place in range(PROBES)]
    asked, answered = (
        (size.visitor_messages, size.shopper_messages),
        (size.agent_replies, size.shopper_replies),
    )
    cast = Cast(lobby=lobby, staff=staff, seconds=size.seconds)
    return Stage(
        account_id=staff.account_id,
        parts=[
            *cast.parts(visitors, asked=asked[0], answered=answered[0], notes=size.notes),
            *cast.parts(shoppers, asked=asked[1], answered=answered[1], notes=0),
        ],
        probes=[guest.sender for guest in probes],
        impatient=(await visitor(lobby, "impatient")).sender,
        watchers=[
            *await staff.dashboards(size.dashboards),
            *staff.cables(size.agent_cables),
            *(guest.watcher(lobby) for guest in visitors[: size.visitor_cables]),
            *(guest.watcher(lobby) for guest in shoppers),
        ],
    )


class Cast:
    """Deals out who says how much."""

    def __init__(self, *, lobby: Lobby, staff: Staff, seconds: float) -> None:
        self._lobby = lobby
        self._staff = staff
        self._seconds = seconds

    def parts(self, guests: list[Guest], *, asked: int, answered: int, notes: int) -> list[Part]:
        counts = [shares(total=total, parts=len(guests)) for total in (asked, answered, notes)]
        found = []
        for place, (guest, questions, answers, private) in enumerate(zip(guests, *counts, strict=True)):
            name = f"reply-to-{guest.seat.name}"
            reply = self._staff.reply(name=name, conversation=guest.conversation, place=place)
            spoken = [False] * answers + [True] * private
            self._lobby.shuffle(spoken)
            found += [self._part(guest.sender, [False] * questions), self._part(reply, spoken)]
        return [part for part in found if part.privates]

    def _part(self, sender: Sender, privates: list[bool]) -> Part:
        return Part(sender=sender, privates=privates, pause=self._seconds / max(1, len(privates)))


async def seated(watchers: list[Watcher]) -> None:
    """Return when every socket stands. Raises Unexpected with the reasons when they do not."""
    waiting = [asyncio.create_task(watcher.ready.wait()) for watcher in watchers]
    _, late = await asyncio.wait(waiting, timeout=READY_SECONDS)
    for task in late:
        task.cancel()
    reasons = [_reason(watcher) for watcher in watchers if not watcher.ready.is_set()]
    if reasons:
        raise Unexpected(f"{len(reasons)} of {len(watchers)} sockets do not stand: {'; '.join(reasons[:5])}")


def _reason(watcher: Watcher) -> str:
    known = [*watcher.refused, *watcher.errors, *(how for _, how in watcher.lost)]
    return f"{watcher.seat.name}: {known[-1] if known else 'silence'}"
