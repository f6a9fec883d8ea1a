"""What an open socket costs that says nothing: visitors who have the shop's page open."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from tests.bench.data import Crowd
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.installation import LARGE, crowds
from tests.bench.live import visitor_tokens
from tests.bench.servers import Server, daphne, running
from tests.bench.websockets import WebSocket, connect

SOCKETS, TOGETHER, WARM = 2000, 20, 50
HOLD_SECONDS = 8  # rounds of re-authorisation are among them


def measure(ground: Ground, _effort: Any) -> list[Figure]:
    crowd = crowds(ground.conversations)[LARGE - 1]
    server = daphne(ground)
    with running(server):
        per_thousand, cpu = asyncio.run(_hold(crowd, server))
    return [
        Figure(f"memory of {SOCKETS:,} idle sockets, per 1,000", [per_thousand], "MB", most=35),
        Figure(f"CPU of {SOCKETS:,} idle sockets", [cpu], "% of a core"),
    ]


async def _hold(crowd: Crowd, server: Server) -> tuple[float, float]:
    """Megabytes per thousand sockets, and the share of a core while they are held."""
    tokens = await asyncio.to_thread(visitor_tokens, crowd, SOCKETS + WARM)
    gate = asyncio.Semaphore(TOGETHER)

    async def visit(number: int) -> WebSocket:
        hello = {
            "type": "hello",
            "cursor": None,
            "website_token": f"w{crowd.id_of(1)}",
            "token": tokens[number],
        }
        address = f"10.2.{number // 250}.{number % 250 + 1}"
        async with gate:
            return await connect(
                port=server.port, path="/live/widget", hello=orjson.dumps(hello),
                headers={"X-Forwarded-For": address}, on_text=lambda _frame: None,
            )  # fmt: skip

    # What the first sockets load and start belongs to the process, not to them.
    warm = await asyncio.gather(*(visit(SOCKETS + number) for number in range(WARM)))
    await asyncio.sleep(2)
    before = server.memory_mb()
    opened = await asyncio.gather(*(visit(number) for number in range(SOCKETS)))
    cpu = server.cpu_seconds()
    await asyncio.sleep(HOLD_SECONDS)
    cpu = (server.cpu_seconds() - cpu) / HOLD_SECONDS * 100
    after = server.memory_mb()
    for one in (*opened, *warm):
        one.close()
    return (after - before) / SOCKETS * 1000, cpu
