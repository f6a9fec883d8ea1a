"""daphne's websocket with limits: on what a client sends, and on what piles up for one that does not read."""

import logging
from typing import TYPE_CHECKING, Any

import daphne.server  # noqa: F401  (first of all: it installs the asyncio reactor)
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from config.serving.channel import buffered_bytes

if TYPE_CHECKING:
    from config.serving.server import Server

logger = logging.getLogger(__name__)

WAITING_FRAMES = 64
BUFFER_LIMIT = 4 * 1024 * 1024
_GONE = {"disconnected": True}


class WebSocket(WebSocketProtocol):
    """One websocket. Outgoing bytes are counted, incoming messages are limited in size and in number."""

    server: "Server"

    def connectionMade(self) -> None:
        # Else the transport keeps the HTTP channel and its request alive for the socket's whole life.
        self.transport.unregisterProducer()
        WebSocketProtocol.connectionMade(self)

    def buffered(self) -> int:
        """Bytes sent to this socket that its reader has not taken yet."""
        return buffered_bytes(self.transport)

    def onMessageFrameBegin(self, length: int) -> None:
        """Limit whole messages too. autobahn's own message limit would also forbid sending longer ones."""
        WebSocketProtocol.onMessageFrameBegin(self, length)
        limit, total = self.maxFramePayloadSize, self.message_data_total_length
        if not self.failedByMe and total > limit:
            self._max_message_size_exceeded(total, limit, f"message of {total} bytes exceeds {limit}")

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if hasattr(self, "server"):  # not set when the handshake itself was malformed
            WebSocketProtocol.onClose(self, wasClean, code, reason)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        WebSocketProtocol.onMessage(self, payload, isBinary)
        if self.application_queue.qsize() >= WAITING_FRAMES:
            self.transport.pauseProducing()

    async def asgi_receive(self) -> Any:
        message = await self.application_queue.get()
        if self.application_queue.qsize() == WAITING_FRAMES // 2:
            self.transport.resumeProducing()
        return message

    async def asgi_send(self, message: dict[str, Any]) -> None:
        """Never waits, so that a hub can write to thousands; one BUFFER_LIMIT bytes behind is dropped."""
        if "disconnected" in self.server.connections.get(self, _GONE):
            return
        self.handle_reply(message)
        self._drop_if_too_far_behind()

    def write_frames(self, data: bytes) -> None:
        """Send bytes that are whole frames already: a hub encodes once for all its sockets, and autobahn's way to
        the transport costs more than the system call. Never waits, like `asgi_send`; what the kernel does not take
        is buffered, and counted by `buffered`."""
        if self.state != self.STATE_OPEN or "disconnected" in self.server.connections.get(self, _GONE):
            return
        transport = self.transport
        if self._may_write_now(transport):
            sent = transport.writeSomeData(data)
            if isinstance(sent, int) and sent >= 0:
                data = data[sent:]
        if data:  # an error too is left to Twisted, which meets it again
            transport.write(data)
            self._drop_if_too_far_behind()

    def _may_write_now(self, transport: Any) -> bool:
        """Nothing waits to be sent before it, and it is a plain TCP or Unix connection."""
        return (
            hasattr(transport, "writeSomeData")
            and transport.connected
            and not transport.disconnecting
            and not self.send_queue
            and not buffered_bytes(transport)
        )

    def _drop_if_too_far_behind(self) -> None:
        if self.buffered() > BUFFER_LIMIT:
            logger.warning("dropped a websocket that does not read: %s", self.path)
            self.dropConnection(abort=True)

    def serverClose(self, code: int | None = None) -> None:
        """Any close code; autobahn's sendClose refuses 1001, 1011 and 1012."""
        self.sendCloseFrame(code=1000 if code is None else code)

    def handle_exception(self, exception: BaseException) -> None:
        if hasattr(self, "handshake_deferred"):
            WebSocketProtocol.handle_exception(self, exception)
            del self.handshake_deferred
        elif self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=1011)


class SocketFactory(WebSocketFactory):
    protocol = WebSocket
