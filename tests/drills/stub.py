"""The customer's webhook: an HTTP server on loopback that writes down what arrives and is not always well."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SLOW_SECONDS = 2.0
HANG_SECONDS = 30.0  # nobody waits that long for a webhook
LARGEST = 4 * 1024 * 1024

# What becomes of the first try of a delivery; every later try is answered 200.
MOODS = {"well": 0.93, "error": 0.03, "slow": 0.02, "cut": 0.015, "hang": 0.005}


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One request. `message_id` is None for what is not about a message."""

    key: str
    event: str
    message_id: int | None
    conversation: int | None
    digest: str  # of the body
    mood: str
    at: float  # time.monotonic()


class Stub:
    """`url` is where it listens. Conversations in `spared` always get their 200 at once."""

    def __init__(self, *, path: Path, rng: random.Random, moods: dict[str, float] | None = None) -> None:
        self.arrivals: list[Arrival] = []
        self.unreadable: list[str] = []
        self.spared: set[int] = set()
        self.heard: dict[int, float] = {}  # message id -> first arrival as message_created
        self._rng = rng
        self._moods = MOODS if moods is None else moods
        self._known: set[str] = set()
        self._file = path.open("ab")
        self._server: asyncio.Server | None = None
        self._stopping = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def stop(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.close()
        self._file.close()

    # --- requests -----------------------------------------------------------------------------------
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass  # the caller was killed in mid-sentence
        finally:
            self._open.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request on this connection; False when there is none left, or it was to be cut."""
        head = await reader.readuntil(b"\r\n\r\n")
        headers = _headers(head)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        arrival = self._write_down(headers, body)
        mood = "error" if arrival is None else arrival.mood
        if mood == "cut":
            return False
        if mood in ("slow", "hang"):
            await self._dawdle(SLOW_SECONDS if mood == "slow" else HANG_SECONDS)
        status = "500 Internal Server Error" if mood == "error" else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok".encode())
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    async def _dawdle(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _write_down(self, headers: dict[str, str], body: bytes) -> Arrival | None:
        try:
            arrival = self._read(headers, json.loads(body), hashlib.sha256(body).hexdigest()[:16])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.unreadable.append(f"{type(error).__name__}: {error}: {body[:200]!r}")
            return None
        self._file.write(json.dumps(asdict(arrival)).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.arrivals.append(arrival)
        if arrival.event == "message_created" and arrival.message_id is not None:
            self.heard.setdefault(arrival.message_id, arrival.at)
        return arrival

    def _read(self, headers: dict[str, str], content: dict[str, Any], digest: str) -> Arrival:
        key, event = headers["webhook-id"], content["event"]
        about_message = event.startswith("message_")
        conversation = content["conversation"]["id"] if about_message else content.get("id")
        return Arrival(
            key=key,
            event=event,
            message_id=content["id"] if about_message else None,
            conversation=conversation,
            digest=digest,
            mood=self._mood(key, conversation),
            at=time.monotonic(),
        )

    def _mood(self, key: str, conversation: int | None) -> str:
        known = key in self._known
        self._known.add(key)
        if known or conversation in self.spared:
            return "well"
        return self._rng.choices(list(self._moods), weights=list(self._moods.values()))[0]


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
