"""One HTTP connection, with the back-pressure and the limits that daphne lacks."""

import asyncio
from typing import TYPE_CHECKING, Any

import daphne.server  # noqa: F401  (first of all: it installs the asyncio reactor)
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import RESPONSES, HTTPChannel

from config.serving.bridge import error_body

if TYPE_CHECKING:
    from config.serving.server import Server

STALL_SECONDS = 60
LINGER_SECONDS = 5


def buffered_bytes(transport: Any) -> int:
    """Bytes written to a Twisted transport that the kernel has not taken yet; 0 for one that is gone."""
    transport = getattr(transport, "transport", transport)  # below TLS
    if transport is None or not hasattr(transport, "dataBuffer"):
        return 0
    waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    return waiting


def _ignore(_data: bytes) -> None:
    """What a refused connection does with the rest of its request."""


class Channel(HTTPChannel):
    """One HTTP connection. Knows when the client's side is full, and refuses bodies that are too large."""

    server: "Server"
    transport: Any
    requestFactory: Any
    callLater: Any
    secure = False
    refused = False
    _blocked: "asyncio.Future[None] | None" = None

    def connectionMade(self) -> None:
        HTTPChannel.connectionMade(self)
        self.secure = self.isSecure()
        self._peer, self._host = self.transport.getPeer(), self.transport.getHost()
        self.server.channels.add(self)

    def getPeer(self) -> Any:
        return self._peer

    def getHost(self) -> Any:
        return self._host

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.server.channels.discard(self)
        self._unblock()
        HTTPChannel.connectionLost(self, reason)

    # --- back-pressure: the transport's producer is this channel, so the transport calls these two ---

    def pauseProducing(self) -> None:
        if self._blocked is None:
            self._blocked = asyncio.get_running_loop().create_future()
        HTTPChannel.pauseProducing(self)

    def resumeProducing(self) -> None:
        self._unblock()
        HTTPChannel.resumeProducing(self)

    def _unblock(self) -> None:
        blocked, self._blocked = self._blocked, None
        if blocked is not None and not blocked.done():
            blocked.set_result(None)

    async def drained(self) -> None:
        """Return when the write buffer is empty or the connection is gone.

        A client that takes not one byte for STALL_SECONDS is cut off.
        """
        while self._blocked is not None:
            before = buffered_bytes(self.transport)
            done, _ = await asyncio.wait([self._blocked], timeout=STALL_SECONDS)
            if not done and buffered_bytes(self.transport) >= before:
                self.transport.abortConnection()
                return

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Any) -> None:
        """As in Twisted, in one piece: it checks and queues every name, colon and value on its own."""
        lines = [name + b": " + value for name, values in headers.getAllRawHeaders() for value in values]
        self.transport.write(b"\r\n".join([b"%s %s %s" % (version, code, reason), *lines, b"\r\n"]))

    # --- refusing ---

    def allHeadersReceived(self) -> None:
        if self.length is not None and self.length > self.server.max_request_bytes:
            self.refuse_body()
        else:
            HTTPChannel.allHeadersReceived(self)

    def allContentReceived(self) -> None:
        if not self.refused:
            HTTPChannel.allContentReceived(self)

    def refuse_body(self) -> None:
        limit = self.server.max_request_bytes
        self.refuse(413, "payload_too_large", f"The request is larger than {limit} bytes.")

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(400, "bad_request", "This is not a valid HTTP request.")

    def lineLengthExceeded(self, line: bytes) -> None:
        self.refuse(431, "headers_too_large", "A header of the request is too long.")

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer and hang up politely: a close while the client still sends would reset the answer away."""
        if self.refused:
            return
        self.refused = True
        self.__dict__.update(dict.fromkeys(("dataReceived", "lineReceived", "rawDataReceived"), _ignore))
        body = error_body(code, message)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
            % (status, RESPONSES.get(status, b"Refused"))
            + b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        )
        self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)
