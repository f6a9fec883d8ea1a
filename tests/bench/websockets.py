"""A WebSocket client of a few lines, so that it costs less than what it measures."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SMALL_BUFFER = 64 * 1024


_HEAD = {126: 4, 127: 10}  # bytes before the payload of a server's frame, by its first length; else 2


def _end_of_frame(got: bytearray, start: int) -> int:
    """Where the frame that begins at `start` ends; 0 while it has not arrived whole."""
    have = len(got) - start
    if have < 2:
        return 0
    size = got[start + 1] & 127
    head = _HEAD.get(size, 2)
    if have < head:
        return 0
    if head > 2:
        size = int.from_bytes(got[start + 2 : start + head], "big")
    return start + head + size if have >= head + size else 0


class WebSocket(asyncio.Protocol):
    """`on_text(frame)` is called for every text frame. `opened` holds what the first one said."""

    def __init__(self, *, head: bytes, hello: bytes, on_text: Callable[[bytes], None]) -> None:
        self._head, self._hello, self._on_text = head, hello, on_text
        self._got = bytearray()
        self._is_open = False
        self._transport: Any = None
        self.opened: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._is_open and not self._read_head():
            return
        got, start = self._got, 0
        while (end := _end_of_frame(got, start)) > 0:
            begin = start + _HEAD.get(got[start + 1] & 127, 2)
            self._handle(got[start] & 15, bytes(got[begin:end]))
            start = end
        if start:
            del got[:start]

    def _read_head(self) -> bool:
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._got.startswith(b"HTTP/1.1 101"):
            self.opened.set_exception(RuntimeError(self._got[:300].decode("latin1")))
            self._transport.abort()
            return False
        del self._got[: end + 4]
        self._is_open = True
        self._send(TEXT, self._hello)
        return True

    def _handle(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self._send(PONG, payload)
        elif kind == TEXT and not self.opened.done():
            self.opened.set_result(payload)
        elif kind == TEXT:
            self._on_text(payload)
        elif kind == CLOSE and not self.opened.done():
            self.opened.set_exception(RuntimeError(f"closed with {payload!r}"))

    def _send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else bytes([128 | 126]) + struct.pack("!H", size)
        self._transport.write(bytes([128 | kind]) + length + b"\0\0\0\0" + payload)  # masked by nothing

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or RuntimeError("connection lost"))

    def close(self) -> None:
        self._transport.abort()


async def connect(
    *, port: int, path: str, hello: bytes, headers: dict[str, str], on_text: Callable[[bytes], None]
) -> WebSocket:
    """An open socket whose hello was answered. Raises RuntimeError with what came instead."""
    key = base64.b64encode(os.urandom(16)).decode()
    own = {
        "Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13", "Origin": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (own | headers).items())]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode()
    _transport, opened = await asyncio.get_running_loop().create_connection(
        lambda: WebSocket(head=head, hello=hello, on_text=on_text), "127.0.0.1", port
    )
    await asyncio.wait_for(opened.opened, 30)
    return opened
