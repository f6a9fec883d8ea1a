"""From a visitor's POST to the sockets of ten agents, by way of the database, the outbox, the relay and the bus."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import User
from channels_ext.widget.auth import issue_visitor_token
from config.database import account_scope, platform_scope
from conversations.models import ContactInbox
from tests.bench.client import percentile
from tests.bench.data import Crowd
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.installation import SMALL, crowds
from tests.bench.servers import Server, daphne, granian, relay, running
from tests.bench.websockets import connect

AGENTS, PER_SECOND = 10, 200
VISITORS = 125
LINES = 8  # keep-alive connections of the visitors
_MARK = re.compile(rb"mark([0-9]+)x")


def measure(ground: Ground, effort: Any) -> list[Figure]:
    crowd = crowds(ground.conversations)[SMALL]  # the first of the others
    _let_in(ground, crowd)
    figures = []
    for title, web in {"make run's daphne": None, "granian and daphne": granian}.items():
        sockets, behind = daphne(ground, *([] if web else ["--two"])), relay(ground)
        front = web(ground) if web else sockets
        with running(*{server.name: server for server in (sockets, behind, front)}.values()):
            found = asyncio.run(_talk(crowd, front, sockets, effort))
        figures += _figures(title, found)
    return [
        *figures,
        Figure("one fdatasync of this disk, which every POST waits for", _disk(ground.folder), "ms"),
    ]


def _disk(folder: Path) -> list[float]:
    """Milliseconds, of eight kilobytes each."""
    waits = []
    with open(folder / "fdatasync", "wb") as file:
        for _ in range(100):
            file.write(b"x" * 8192)
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append((time.perf_counter() - begin) * 1000)
    return waits


def _figures(title: str, found: dict[str, list[float]]) -> list[Figure]:
    name = f"visitor's POST to {AGENTS} agents, {PER_SECOND} a second, {title}"
    return [
        Figure(f"{name}: p50", found["p50"], "ms", most=5),
        Figure(f"{name}: p99", found["p99"], "ms", most=20),
        Figure(f"{name}: delivered", found["delivered"], "%", least=100),
    ]


def _let_in(ground: Ground, crowd: Crowd) -> None:
    """Ten agents become members of the first inbox."""
    with ground.owner() as conn:
        conn.execute(
            "INSERT INTO inboxes_inboxmember (account_id, inbox_id, membership_id, created_at, updated_at) "
            "SELECT %s, %s, n, now(), now() FROM generate_series(%s::bigint, %s) AS n ON CONFLICT DO NOTHING",
            [crowd.account_id, crowd.id_of(1), crowd.id_of(2), crowd.id_of(1 + AGENTS)],
        )


def signed_in(user_id: int) -> str:
    """The key of a session of this user."""
    with platform_scope("a session is made for an agent of the measurements"):
        user = User.objects.get(pk=user_id)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def visitor_tokens(crowd: Crowd, count: int) -> list[str]:
    """Of sessions in the first inbox."""
    with account_scope(crowd.account_id):
        of_inbox = ContactInbox.objects.for_account(crowd.account_id).filter(inbox_id=crowd.id_of(1))
        return [issue_visitor_token(session) for session in of_inbox.order_by("id")[:count]]


class Ears:
    """What the agents' sockets hear: for each message the moments at which it arrived."""

    def __init__(self) -> None:
        self.heard: defaultdict[int, dict[int, float]] = defaultdict(dict)

    def of(self, agent: int) -> Any:
        def hear(frame: bytes) -> None:
            mark = _MARK.search(frame)
            if mark:
                self.heard[int(mark[1])].setdefault(agent, time.perf_counter())

        return hear


async def _talk(crowd: Crowd, web: Server, sockets: Server, effort: Any) -> dict[str, list[float]]:
    ears = Ears()
    keys = await asyncio.to_thread(lambda: [signed_in(crowd.id_of(2 + n)) for n in range(AGENTS)])
    tokens = await asyncio.to_thread(visitor_tokens, crowd, VISITORS)
    agents = [
        await connect(
            port=sockets.port, path=f"/live/accounts/{crowd.account_id}", on_text=ears.of(number),
            hello=b'{"type":"hello","cursor":null}', headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"},
        )
        for number, key in enumerate(keys)
    ]  # fmt: skip
    visitors = Visitors(crowd, web.port, tokens)
    await visitors.connect()
    await visitors.send(seconds=2.0)
    await asyncio.sleep(1)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(effort.rounds):
        sent = await visitors.send(seconds=effort.seconds)
        await asyncio.sleep(1)
        delays = [(at - sent[mark]) * 1000 for mark in sent for at in ears.heard[mark].values()]
        found["p50"].append(percentile(delays, 0.5))
        found["p99"].append(percentile(delays, 0.99))
        found["delivered"].append(len(delays) / len(sent) / AGENTS * 100)
    for agent in agents:
        agent.close()
    return found


class Visitors:
    """Write at a steady rate, whatever the answers take: a slow server does not make them ask less."""

    def __init__(self, crowd: Crowd, port: int, tokens: list[str], *, per_second: int = PER_SECOND) -> None:
        self._port, self._tokens, self.per_second = port, tokens, per_second
        self._path = f"/api/v1/widget/messages?website_token=w{crowd.id_of(1)}"
        self._free: list[Line] = []
        self._waiting: deque[bytes] = deque()
        self._open = 0
        self._done = asyncio.Event()
        self._next = 0

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(LINES):
            _, line = await loop.create_connection(lambda: Line(self._answered), "127.0.0.1", self._port)
            self._free.append(line)

    async def send(self, *, seconds: float) -> dict[int, float]:
        """Number of each message → when it was due. Returns when all are answered."""
        due: dict[int, float] = {}
        begin = time.perf_counter()
        for turn in range(int(seconds * self.per_second)):
            moment = begin + turn / self.per_second
            wait = moment - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            self._next += 1
            due[self._next] = moment
            self._post(self._request(self._next))
        while self._open:
            self._done.clear()
            await self._done.wait()
        return due

    def _post(self, request: bytes) -> None:
        self._open += 1
        if self._free:
            self._free.pop().ask(request)
        else:
            self._waiting.append(request)

    def _answered(self, line: Line) -> None:
        self._open -= 1
        self._done.set()
        if self._waiting:
            line.ask(self._waiting.popleft())
        else:
            self._free.append(line)

    def _request(self, number: int) -> bytes:
        visitor = number % len(self._tokens)
        body = orjson.dumps({"message": {"content": f"Where is my parcel? mark{number}x"}})
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
            f"X-Auth-Token: {self._tokens[visitor]}\r\nX-Forwarded-For: 10.1.{visitor // 250}.{visitor % 250 + 1}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Line(asyncio.Protocol):
    """A visitor's keep-alive connection: one request, one answer, the next. Any answer but 200 ends the run."""

    def __init__(self, answered: Callable[[Line], None]) -> None:
        self._answered = answered
        self._got = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> None:
        self._got = b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        if not self._got.startswith(b"HTTP/1.1 200"):
            os.write(2, self._got + b"\n")
            os._exit(2)  # an exception here would only be logged by the loop, and the run wait for ever
        size = int(self._got[:end].lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self._got) >= end + 4 + size:
            self._answered(self)
