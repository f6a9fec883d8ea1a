"""The hub inside the real server: daphne, TCP, readers that stop."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from websockets.asyncio.client import ClientConnection, connect

from channels_ext.realtime.database import in_thread
from config.database import account_scope
from config.env import ROOT
from conversations.models import ContactInbox
from tests.channels_ext.realtime.scene import (
    Scene,
    contact_identifier,
    session_key_of,
    user_identifier,
)

pytestmark = [pytest.mark.slow, pytest.mark.drill]


@dataclass
class Server:
    process: subprocess.Popen[str]
    port: int

    def memory_mb(self) -> float:
        """Memory that is this process's alone."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return (sizes["Private_Dirty"] + sizes["Private_Clean"]) / 1024


@pytest.fixture
def server(transactional_db: None, settings: Any) -> Iterator[Server]:
    """`manage.py serve` on the test database."""
    database = connection.settings_dict
    host = database["HOST"] or "127.0.0.1"
    user = f"{database['USER']}:{database['PASSWORD']}"
    url = f"postgres://{user}@/{database['NAME']}?host={host}&port={database['PORT'] or 5432}"
    if not host.startswith("/"):
        url = f"postgres://{user}@{host}:{database['PORT'] or 5432}/{database['NAME']}"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.channels_ext.realtime.server_settings",
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "BUS_PREFIX": settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"],
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    line = process.stdout.readline()
    yield Server(process, int(line.rpartition(":")[2]))
    process.terminate()
    process.wait(10)
    process.stdout.close()


async def cable_client(server: Server, identifier: dict[str, Any], number: int = 0) -> ClientConnection:
    client = await connect(
        f"ws://127.0.0.1:{server.port}/cable",
        subprotocols=["actioncable-v1-json"],  # type: ignore[list-item]
        additional_headers={"X-Forwarded-For": f"10.0.{number // 200}.{number % 200}"},
        compression=None,
        ping_interval=None,
        max_size=None,
        max_queue=None,
        open_timeout=30,
    )
    await client.send(json.dumps({"command": "subscribe", "identifier": json.dumps(identifier)}))
    while "confirm_subscription" not in str(await client.recv()):
        pass
    return client


async def test_a_thousand_idle_sockets_cost_at_most_35_mb(scene: Scene, server: Server) -> None:
    sessions = await in_thread(_many_sessions)(scene, 1000)
    warm = [await cable_client(server, contact_identifier(sessions[0]))]
    before = server.memory_mb()
    clients: list[ClientConnection] = []
    for start in range(0, 1000, 50):
        some = sessions[start : start + 50]
        clients += await asyncio.gather(
            *(
                cable_client(server, contact_identifier(session), start + place)
                for place, session in enumerate(some)
            )
        )

    cost = server.memory_mb() - before

    assert len(clients) == 1000
    assert cost <= 35, f"{cost:.1f} MB"
    for client in [*clients, *warm]:
        client.transport.abort()


def _many_sessions(scene: Scene, count: int) -> list[ContactInbox]:
    with account_scope(scene.cast.account.pk):
        return ContactInbox.objects.bulk_create(
            ContactInbox(
                account=scene.cast.account,
                contact_id=scene.cast.vera.contact_id,
                inbox=scene.cast.inbox,
                source_id=f"s{number}",
            )
            for number in range(count)
        )


async def test_frozen_readers_are_cut_off_and_the_others_get_everything(scene: Scene, server: Server) -> None:
    opened = await scene.vera_writes("Hello")
    identifier = user_identifier(scene.cast.bob)
    frozen = [_frozen_client(server, identifier) for _ in range(5)]
    reader = await cable_client(server, identifier)
    await asyncio.sleep(0.5)
    before = server.memory_mb()

    for number in range(60):
        await scene.answers(scene.cast.bob, opened["conversation_id"], f"{number:03}" + "x" * 30_000)
    numbers: list[int] = []
    async with asyncio.timeout(20):
        while len(numbers) < 60:
            frame = json.loads(await reader.recv())
            if isinstance(frame.get("message"), dict) and frame["message"]["event"] == "message.created":
                numbers.append(int(frame["message"]["data"]["content"][:3]))

    assert numbers == list(range(60))
    assert all(_was_cut(client) for client in frozen)
    await asyncio.sleep(4)  # the server waits three seconds for the goodbye of each
    assert server.memory_mb() - before < 5 + len(frozen), f"{server.memory_mb() - before:.1f} MB"
    reader.transport.abort()


def _frozen_client(server: Server, identifier: dict[str, Any]) -> socket.socket:
    """Subscribes and never reads again."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET /cable HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    client.settimeout(10)
    client.recv(4096)
    text = json.dumps({"command": "subscribe", "identifier": json.dumps(identifier)}).encode()
    size = bytes([0xFE, len(text) >> 8, len(text) & 0xFF]) if len(text) > 125 else bytes([0x80 | len(text)])
    client.sendall(b"\x81" + size + b"\x00\x00\x00\x00" + text)
    return client


def _was_cut(client: socket.socket) -> bool:
    """Whether the connection ends when all that was on its way has been read."""
    client.settimeout(8)
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


async def test_a_restarted_server_is_caught_up_with_from_the_cursor(scene: Scene, server: Server) -> None:
    await scene.vera_writes("before")
    key = await session_key_of(scene.cast.bob)
    missed = [(await scene.vera_writes(f"missed {number}"))["id"] for number in range(10)]
    async with connect(
        f"ws://127.0.0.1:{server.port}/live/accounts/{scene.cast.account.pk}",
        origin=f"http://127.0.0.1:{server.port}",  # type: ignore[arg-type]
        additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"},
        open_timeout=30,
    ) as client:
        began = time.monotonic()
        await client.send(json.dumps({"type": "hello", "cursor": await scene.head() - len(missed)}))
        got: list[int] = []
        async with asyncio.timeout(10):
            while len(got) < len(missed):
                frame = json.loads(await client.recv())
                if frame["type"] == "message.created":
                    got.append(frame["id"])
        assert got == missed
        assert time.monotonic() - began < 2
