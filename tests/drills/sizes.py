"""How much a drill does, and in which order things are killed. Everything random comes from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

PROCESSES = ("worker", "relay", "valkey", "postgres", "web")
FLUSH = "flush"


@dataclass(frozen=True, kw_only=True)
class Size:
    """`visitors` write through the API channel, one conversation each; every message there has to reach the
    webhook. `shoppers` write through the website widget, for the other kind of socket."""

    visitors: int
    visitor_messages: int
    agent_replies: int
    notes: int  # private ones, on top of the replies
    shoppers: int
    shopper_messages: int
    shopper_replies: int
    dashboards: int
    agent_cables: int
    visitor_cables: int
    seconds: float  # over which the traffic is spread, pauses for recovery not counted
    kills: int  # of each process
    flushes: int
    processes: tuple[str, ...] = PROCESSES
    recovery: float = 15.0  # seconds allowed for one
    patience: float = 60.0  # how long one recovery is waited for before it counts as none
    settle: float = 120.0  # how long everything may take to come to rest at the end

    @property
    def messages(self) -> int:
        """All that is sent but for the probes and the impatient visitor's."""
        return (
            self.visitor_messages
            + self.agent_replies
            + self.notes
            + self.shopper_messages
            + self.shopper_replies
        )


FULL = Size(
    visitors=100,
    visitor_messages=2000,
    agent_replies=1000,
    notes=100,
    shoppers=20,
    shopper_messages=200,
    shopper_replies=100,
    dashboards=6,
    agent_cables=4,
    visitor_cables=40,
    seconds=330,
    kills=5,
    flushes=5,
    settle=330,  # the second wait of a delivery is five minutes
)

SHORT = Size(
    visitors=15,
    visitor_messages=120,
    agent_replies=60,
    notes=10,
    shoppers=4,
    shopper_messages=12,
    shopper_replies=8,
    dashboards=2,
    agent_cables=1,
    visitor_cables=6,
    seconds=24,
    kills=1,
    flushes=1,
    settle=60,
)

# The twins fail in the first seconds of a fault, so they need few of them and no long wait for what never comes.
TWIN_OUTBOX = Size(
    visitors=12,
    visitor_messages=60,
    agent_replies=30,
    notes=6,
    shoppers=2,
    shopper_messages=6,
    shopper_replies=4,
    dashboards=2,
    agent_cables=1,
    visitor_cables=4,
    seconds=12,
    kills=1,
    flushes=0,
    processes=("relay", "valkey"),
    patience=16,
    settle=16,
)

TWIN_REREAD = Size(
    visitors=15,
    visitor_messages=120,
    agent_replies=60,
    notes=10,
    shoppers=4,
    shopper_messages=12,
    shopper_replies=8,
    dashboards=2,
    agent_cables=1,
    visitor_cables=6,
    seconds=20,
    kills=2,
    flushes=0,
    processes=("valkey",),
    patience=20,
    settle=20,
)


def schedule(*, size: Size, rng: random.Random) -> list[str]:
    """Every kill and flush of the drill, shuffled."""
    faults = [name for name in size.processes for _ in range(size.kills)] + [FLUSH] * size.flushes
    rng.shuffle(faults)
    return faults


def shares(*, total: int, parts: int) -> list[int]:
    """`total` dealt out as evenly as it goes."""
    whole, rest = divmod(total, parts)
    return [whole + (place < rest) for place in range(parts)]
