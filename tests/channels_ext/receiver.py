"""The customer's webhook on loopback: an HTTP server that keeps what arrives and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True)
class Arrival:
    path: str
    headers: dict[str, str]  # lower-case names
    body: bytes
    at: float

    @property
    def key(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


Answer = Callable[[Arrival], tuple[int, dict[str, str], bytes]]


def always(status: int, body: bytes = b"ok", **headers: str) -> Answer:
    return lambda _arrival: (status, headers, body)


class Receiver:
    """`answer` may be replaced at any time."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.answer: Answer = always(200)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                arrival = Arrival(self.path, headers, body, time.monotonic())
                receiver.arrivals.append(arrival)
                status, extra, text = receiver.answer(arrival)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        return Handler

    @contextmanager
    def listening(self) -> Iterator[Receiver]:
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


@contextmanager
def raw_server(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what `speak` says, after it has read the request. Gives its URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                speak(connection)
            except OSError:
                pass  # the other side has had enough

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    finally:
        listener.close()


def is_signed(arrival: Arrival, secret: str) -> bool:
    """As a receiver checks it, written after the specifications and not after the sender: Standard Webhooks
    and Chatwoot's plain form, over the bytes that came."""
    moment = arrival.headers["webhook-timestamp"]
    content = f"{arrival.headers['webhook-id']}.{moment}.".encode() + arrival.body
    wanted = base64.b64encode(hmac.digest(secret.encode(), content, "sha256")).decode()
    versions = [entry.split(",", 1) for entry in arrival.headers["webhook-signature"].split(" ")]
    standard = any(kind == "v1" and hmac.compare_digest(found, wanted) for kind, found in versions)
    plain = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    plain.update(arrival.headers["x-chatwoot-timestamp"].encode())
    plain.update(b".")
    plain.update(arrival.body)
    fresh = abs(int(moment) - time.time()) < 300
    return standard and fresh and arrival.headers["x-chatwoot-signature"] == "sha256=" + plain.hexdigest()
