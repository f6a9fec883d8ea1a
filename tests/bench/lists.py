"""The conversation list through the API, its counts included, against a stock ModelViewSet of the same fields."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.bench.client import drive, request
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.installation import LARGE, crowds
from tests.bench.servers import granian, running


def measure(ground: Ground, effort: Any) -> list[Figure]:
    crowd = crowds(ground.conversations)[LARGE - 1]
    asked = request("GET", f"/api/v1/accounts/{crowd.account_id}/conversations", token=crowd.token_of(1))
    servers = {"ours": granian(ground), "stock": granian(ground, settings="tests.bench.stock.settings")}
    rates: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    p50: dict[str, list[float]] = defaultdict(list)
    with running(*servers.values()):
        for number in range(effort.rounds + 1):
            for name, server in servers.items():
                before = server.cpu_seconds()
                load = drive(
                    port=server.port, seconds=effort.seconds if number else 1, next_request=lambda _n: asked
                )
                if number:  # the first round warms up
                    rates[name].append(load.per_second)
                    cpu[name].append((server.cpu_seconds() - before) / len(load.latencies) * 1e6)
                    alone = drive(port=server.port, seconds=0.5, next_request=lambda _n: asked, connections=1)
                    p50[name].append(alone.percentile_ms(0.5))
    times = [ours / stock for ours, stock in zip(rates["ours"], rates["stock"], strict=True)]
    return [
        Figure("conversation list, times a stock ModelViewSet", times, "x", least=4),
        *(Figure(f"conversation list, {name}", values, "per second") for name, values in rates.items()),
        *(Figure(f"conversation list, {name}: server's CPU", values, "µs") for name, values in cpu.items()),
        *(
            Figure(f"conversation list, {name}: p50 with one client", values, "ms")
            for name, values in p50.items()
        ),
    ]
