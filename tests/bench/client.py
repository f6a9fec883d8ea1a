"""A load client that costs little: keep-alive connections on one epoll loop, the next request as soon as the
answer is complete. One thread of Python does several thousand requests a second."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

NextRequest = Callable[[int], bytes]  # number of the connection → a complete request


@dataclass
class Load:
    """What happened: answers, seconds, and each answer's latency in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile_ms(self, share: float) -> float:
        return percentile(self.latencies, share) * 1000


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def request(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json", "User-Agent: bench"]
    if token:
        lines.append(f"api_access_token: {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def drive(*, port: int, seconds: float, next_request: NextRequest, connections: int = 8) -> Load:
    """Closed loop for so long. Raises AssertionError on any answer but 200."""
    lines = [_Line(port, number) for number in range(connections)]
    poll = select.epoll()
    by_number = {line.socket.fileno(): line for line in lines}
    load, started = Load(), time.perf_counter()
    try:
        for number, line in by_number.items():
            poll.register(number, select.EPOLLIN)
            line.send(next_request(line.number))
        waiting = len(lines)
        while waiting:
            for number, _event in poll.poll():
                line = by_number[number]
                if not line.received():
                    continue
                now = time.perf_counter()
                load.latencies.append(now - line.sent)
                if now - started < seconds:
                    line.send(next_request(line.number))
                else:
                    waiting -= 1
    finally:
        poll.close()
        for line in lines:
            line.socket.close()
    load.seconds = time.perf_counter() - started
    return load


class _Line:
    """One connection and the answer that comes on it."""

    def __init__(self, port: int, number: int) -> None:
        self.number = number
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self._got = b""
        self._size = -1

    def send(self, data: bytes) -> None:
        self._got, self._size = b"", -1
        self.sent = time.perf_counter()
        self.socket.sendall(data)

    def received(self) -> bool:
        """Read what is there; whether the answer is complete."""
        chunk = self.socket.recv(262144)
        assert chunk, f"connection closed after {self._got[:500]!r}"
        self._got = self._got + chunk if self._got else chunk
        if self._size < 0:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return False
            assert self._got.startswith(b"HTTP/1.1 200"), self._got[:1000]
            head = self._got[:end].lower()
            self._size = end + 4 + int(head.split(b"content-length:")[1].split(b"\r\n", 1)[0])
        return len(self._got) >= self._size
