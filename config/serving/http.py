"""One HTTP request on daphne, as an ASGI connection.

What daphne 4.2.3 does by itself: writes to the transport without ever waiting (a slow reader of a 300 MB
stream cost 284 MB), copies the whole request body into memory, parses forms that Django parses again,
accepts bodies of any size, drops every header with an underscore, obeys a client's Daphne-Root-Path, and
formats an access log line that nobody reads.
"""

import asyncio
import io
import re
import time
from email.utils import formatdate
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import daphne.server  # noqa: F401  (first of all: it installs the asyncio reactor)
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor
from twisted.web.http import Request as TwistedRequest

from config.serving.bridge import SPOOL_BYTES, error_body
from config.serving.channel import Channel
from config.serving.environ import UNDERSCORED_HEADER

if TYPE_CHECKING:
    from config.serving.server import Server

IDLE_SECONDS = 75
HEADER_SECONDS = 20
BODY_SECONDS = 600
FORBIDDEN_IN_VALUE = re.compile(rb"[\x00\x0a-\x0d\x1c-\x1e\x85]")


@lru_cache(maxsize=1)
def _http_date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


class Request(WebRequest):
    """One HTTP request and its response, as an ASGI connection."""

    server: "Server"
    channel: Any
    content: Any
    _response_started: bool

    def __init__(self, channel: Channel, queued: object) -> None:
        WebRequest.__init__(self, channel, queued, parsePOSTFormSubmission=False)
        self._size = 0
        self._born = time.monotonic()
        self._arrived = False
        self._body: Any = None
        self._gone: asyncio.Future[None] | None = None

    # --- Twisted's side ---

    def gotLength(self, length: int | None) -> None:
        small = length is not None and length <= SPOOL_BYTES
        self.content = io.BytesIO() if small else SpooledTemporaryFile(max_size=SPOOL_BYTES)

    def parseCookies(self) -> None:
        """Django does it."""

    def handleContentChunk(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self.server.max_request_bytes:
            self.channel.refuse_body()
        else:
            self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self._arrived = True
        self.method, self.uri, self.clientproto = command, path, version
        self.path, _, self.query_string = path.partition(b"?")
        self.content.seek(0)
        self.process()

    def process(self) -> None:
        upgrade = self.requestHeaders.getRawHeaders(b"upgrade")
        if upgrade and upgrade[0].lower() == b"websocket":
            self.requestHeaders.removeHeader(b"daphne-root-path")  # any client could send it
            self.server.channels.discard(self.channel)  # the connection is the websocket's now
            WebRequest.process(self)
            return
        scope = self._scope()
        if scope is None:
            self.basic_error(400, b"Bad Request", "This is not a valid HTTP request.")
        else:
            self._body, self.content = self.content, None  # a disconnect must not close it under a view
            self.server.start_http(self, scope)

    def connectionLost(self, reason: Any) -> None:
        self._mark_gone()
        WebRequest.connectionLost(self, reason)

    def finish(self) -> None:
        self._mark_gone()
        if self.server.stopping:
            self.channel.persistent = False
        WebRequest.finish(self)

    def _mark_gone(self) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    # --- ASGI's side ---

    def _scope(self) -> dict[str, Any] | None:
        headers = self._clean_headers()
        if headers is None or not (self.path + self.query_string).isascii():
            return None
        client, here = self.client, self.host
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": self.clientproto[5:].decode("ascii"),
            "method": self.method.decode("ascii"),
            "scheme": "https" if self.channel.secure else "http",
            "path": unquote(self.path.decode("ascii")),
            "raw_path": self.path,
            "query_string": self.query_string,
            "root_path": self.server.root_path,
            "headers": headers,
            "client": [client.host, client.port] if hasattr(client, "port") else None,
            "server": [here.host, here.port] if hasattr(here, "port") else None,
        }

    def _clean_headers(self) -> list[tuple[bytes, bytes]] | None:
        """Header pairs with lower-case names; None when a value would break whoever splits it into lines."""
        pairs = []
        for name, values in self.requestHeaders.getAllRawHeaders():
            lower = name.lower()
            if b"_" in lower and lower != UNDERSCORED_HEADER:
                continue
            for value in values:
                if FORBIDDEN_IN_VALUE.search(value):
                    return None
                pairs.append((lower, value))
        return pairs

    def take_body(self) -> tuple[Any, int]:
        """The complete request body as (file at position 0, bytes); whoever takes it closes it."""
        body, self._body = self._body, None
        return body, self._size

    async def asgi_receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, _ = self.take_body()
            with body:
                return {"type": "http.request", "body": body.read(), "more_body": False}
        if not self.finished and self.channel is not None:
            self._gone = self._gone or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._gone)
        return {"type": "http.disconnect"}

    async def asgi_send(self, message: dict[str, Any]) -> None:
        """Write, and for every part but the last wait until the client has taken what was written."""
        if self.finished or self.channel is None:
            return
        channel = self.channel
        self.handle_reply(message)
        if message.get("more_body"):
            await channel.drained()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if self.finished or self.channel is None:
            return
        if message["type"] == "http.response.start":
            self._start_response(message["status"], message.get("headers") or [])
            return
        if not self._response_started:
            raise ValueError("a response body came before its start")
        TwistedRequest.write(self, message.get("body", b""))
        if not message.get("more_body"):
            self.finish()

    def _start_response(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        if self._response_started:
            raise ValueError("the response has already been started")
        self._response_started = True
        self.setResponseCode(status)
        for name, value in headers:
            self.responseHeaders.addRawHeader(name, value)
        if not self.responseHeaders.hasHeader(b"date"):
            self.responseHeaders.addRawHeader(b"date", _http_date(int(time.time())))
        if self.server.stopping:
            self.responseHeaders.setRawHeaders(b"connection", [b"close"])

    def basic_error(self, status: int, _status_text: bytes, body: str) -> None:
        content = error_body("bad_request" if status < 500 else "server_error", body)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": content})

    def handle_exception(self, exception: BaseException) -> None:
        """The application failed. After the headers only a cut connection tells the client the truth."""
        if self.finished or self.channel is None:
            return
        if not self._response_started:
            self.basic_error(500, b"Internal Server Error", "Something went wrong on our side.")
        elif self.chunked or self.responseHeaders.hasHeader(b"content-length"):
            self.channel.loseConnection()
        else:
            self.channel.transport.abortConnection()  # for HTTP/1.0 a plain close would mean "complete"

    def check_timeouts(self) -> None:
        if not self._arrived and self.channel is not None:
            age = time.monotonic() - self._born
            if age > (HEADER_SECONDS if self.content is None else BODY_SECONDS):
                self.channel.refuse(408, "request_timeout", "The request took too long to arrive.")


class Factory(HTTPFactory):
    """Builds channels directly: no HTTP/2 proxy object between transport and channel, no access log."""

    def __init__(self, server: "Server") -> None:
        HTTPFactory.__init__(self, server)
        self.timeOut = IDLE_SECONDS

    def buildProtocol(self, addr: Any) -> Channel:
        channel = Channel()
        channel.factory, channel.server, channel.requestFactory = self, self.server, Request
        channel.callLater, channel.timeOut = reactor.callLater, self.timeOut
        return channel

    def log(self, request: Any) -> None:
        """Our middleware logs requests."""

    def acceptableProtocols(self) -> list[bytes]:
        return [b"http/1.1"]
