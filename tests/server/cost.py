"""CPU of a server per request, measured side by side: `python -m tests.server.cost [rounds] [requests]`.

The variants take turns within one run, so that whatever else the machine does hits all of them. Only the
ratios mean something on another machine.
"""

import asyncio
import os
import statistics
import sys
from collections.abc import Callable, Iterable
from functools import partial

from tests.server.process import Site, free_port, start_command

CONNECTIONS = 16
DAPHNE = [sys.executable, "-m", "daphne", "--verbosity", "0", "--no-server-name"]
TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


def plain_daphne(application: str) -> Site:
    """daphne's own command line on an application of the site."""
    port = free_port()
    return start_command([*DAPHNE, "-p", str(port), f"tests.server.site:{application}"], port=port)


VARIANTS: dict[str, Callable[[], Site]] = {
    "serve": Site.start,
    "daphne + bridge": partial(plain_daphne, "application"),
    "daphne + Django's ASGI handler": partial(plain_daphne, "django_asgi"),
}


def cpu_us(pid: int) -> float:
    """User and system time of a process so far, in microseconds; a clock tick is 10 ms."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


async def load(*, port: int, requests: int, path: str = "/ok") -> None:
    """GET `path` this often over keep-alive connections; raises AssertionError on anything but 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: cost\r\n\r\n".encode()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(requests // CONNECTIONS):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            await read_body(reader, head)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))


async def read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    lower = head.lower()
    if b"content-length: " in lower:
        await reader.readexactly(int(lower.split(b"content-length: ")[1].split(b"\r\n")[0]))
    else:
        await reader.readuntil(b"0\r\n\r\n")


def cost(*, site: Site, requests: int) -> float:
    """CPU microseconds of the server per request."""
    before = cpu_us(site.process.pid)
    asyncio.run(load(port=site.port, requests=requests))
    return (cpu_us(site.process.pid) - before) / requests


def compare(*, rounds: int, requests: int, names: Iterable[str] = tuple(VARIANTS)) -> dict[str, list[float]]:
    """CPU microseconds per request of each variant, a figure per round; an unmeasured round warms up."""
    sites = {name: VARIANTS[name]() for name in names}
    try:
        for site in sites.values():
            cost(site=site, requests=CONNECTIONS * 10)
        figures: dict[str, list[float]] = {name: [] for name in sites}
        for _ in range(rounds):
            for name, site in sites.items():
                figures[name].append(cost(site=site, requests=requests))
        return figures
    finally:
        for site in sites.values():
            site.stop()


def main() -> None:
    rounds, requests = (int(value) for value in [*sys.argv[1:], "3", "2000"][:2])
    figures = compare(rounds=rounds, requests=requests)
    for name, values in figures.items():
        low, high = min(values), max(values)
        print(f"{name:32} {statistics.median(values):7.0f} µs CPU per request [{low:.0f}-{high:.0f}]")


if __name__ == "__main__":
    main()
