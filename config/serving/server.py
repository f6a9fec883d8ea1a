"""daphne as Parley runs it: back-pressure, limits, several processes on a port, a stop that finishes work.

The connections are in `config.serving.channel`, `config.serving.http` and `config.serving.websocket`; this
is the server around them.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import daphne.server  # before anything of Twisted: it installs the asyncio reactor
from twisted.internet import defer
from twisted.internet import reactor as twisted_reactor
from twisted.internet.error import ReactorNotRunning
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from config.serving.bridge import BODY_KEY
from config.serving.channel import Channel
from config.serving.http import Factory, Request
from config.serving.limits import STOP_SECONDS
from config.serving.two import Doorman, Kitchen
from config.serving.websocket import SocketFactory, WebSocket

logger = logging.getLogger(__name__)

reactor: Any = twisted_reactor  # its type is that of no reactor in particular

CHECK_SECONDS = 5
CLOSE_RESTARTING = 1012
DEFAULTS = {
    "ping_interval": 30,
    "ping_timeout": 20,
    "websocket_handshake_timeout": 20,  # includes the consumer's own look-ups before it accepts
    "websocket_max_frame_size": 64 * 1024,
    "server_name": "",
}


class Server(daphne.server.Server):
    """Serves one ASGI application on sockets that listen already; `run` returns after SIGTERM or SIGINT.

    `max_request_bytes` bounds one request body, `on_ready` is called when connections are accepted. With a `desk`
    connections come through it (config.serving.two), and `sockets` are not listened on here.
    """

    def __init__(
        self,
        application: Any,
        *,
        sockets: list[socket.socket],
        max_request_bytes: int,
        stop_seconds: float = STOP_SECONDS,
        on_ready: Callable[[], None] | None = None,
        desk: Doorman | Kitchen | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            application,
            endpoints=[str(listener.getsockname()) for listener in sockets] or ["another process"],
            ready_callable=on_ready,
            **(DEFAULTS | options),
        )
        self.loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        self.sockets = sockets
        self.desk = desk
        self.max_request_bytes = max_request_bytes
        self.stop_seconds = stop_seconds
        self.stopping = False
        self.channels: set[Channel] = set()
        self.connections: dict[Any, dict[str, Any]] = {}
        self.ports: list[Any] = []

    # --- running ---

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self._send_errors_to_our_log()
        self.http_factory = Factory(self)
        self.ws_factory = SocketFactory(self, server=self.server_name)
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,
            openHandshakeTimeout=self.websocket_handshake_timeout,
            # autobahn rounds down to whole seconds, so its default of 1 may be none at all.
            closeHandshakeTimeout=5,
            maxFramePayloadSize=self.websocket_max_frame_size,
            failByDrop=False,  # else a message that is too long costs the connection without the code 1009
        )
        if self.desk is None:
            self.ports = [self._adopt(listener) for listener in self.sockets]
        else:
            self.desk.open(loop=self.loop, take=self.take_connection, leave=self._leave)
        reactor.callLater(CHECK_SECONDS, self.timeout_checker)
        reactor.addSystemEventTrigger("before", "shutdown", self._before_shutdown)
        if self.ready_callable:
            reactor.callWhenRunning(self.ready_callable)
        reactor.run(installSignalHandlers=self.signal_handlers)

    def _adopt(self, listener: socket.socket) -> Any:
        port = reactor.adoptStreamPort(listener.fileno(), listener.family, self.http_factory)
        listener.close()  # Twisted holds a duplicate
        return port

    def _leave(self) -> None:
        with suppress(ReactorNotRunning):  # stopping already
            reactor.stop()

    def take_connection(self, connection: socket.socket) -> None:
        """Serve a connection that somebody else accepted. It is ours from here on."""
        with connection:  # Twisted holds a duplicate
            reactor.adoptStreamConnection(connection.fileno(), connection.family, self.http_factory)

    def _send_errors_to_our_log(self) -> None:
        errors = LogLevelFilterPredicate(defaultLogLevel=LogLevel.error)
        observer: Any = FilteringLogObserver(STDLibLogObserver("twisted"), [errors])  # type: ignore[arg-type, list-item]
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)

    def timeout_checker(self) -> None:
        for protocol in list(self.connections):
            try:
                protocol.check_timeouts()
            except Exception:  # one broken connection must not stop the pings of all others
                logger.exception("checking a connection failed")
        reactor.callLater(CHECK_SECONDS, self.timeout_checker)

    # --- applications: ended by a callback, where daphne looks through every connection once a second ---

    def start_http(self, request: Request, scope: dict[str, Any]) -> None:
        scope[BODY_KEY] = request.take_body()
        self._start(request, self.application(scope, request.asgi_receive, request.asgi_send))

    def create_application(self, protocol: WebSocket, scope: dict[str, Any]) -> "asyncio.Queue[Any]":
        scope["asgi"] = {"version": "3.0"}
        scope["parley.buffered"] = protocol.buffered
        scope["parley.write"] = protocol.write_frames
        queue: asyncio.Queue[Any] = asyncio.Queue()
        protocol.application_queue = queue
        self._start(protocol, self.application(scope, protocol.asgi_receive, protocol.asgi_send))
        return queue

    def _start(self, protocol: Any, application: Any) -> None:
        task = self.loop.create_task(application)
        self.connections[protocol]["application_instance"] = task
        task.add_done_callback(partial(self._application_ended, protocol))

    def _application_ended(self, protocol: Any, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("the application failed: %s", error, exc_info=error)
        details = self.connections.get(protocol)
        if details is None:
            return
        del details["application_instance"]
        if "disconnected" in details:
            del self.connections[protocol]
        else:
            protocol.handle_exception(error or RuntimeError("the application ended before its connection"))

    def protocol_disconnected(self, protocol: Any) -> None:
        details = self.connections.get(protocol)
        if details is None:
            return
        details["disconnected"] = True
        task = details.get("application_instance")
        if task is None:
            del self.connections[protocol]
        elif isinstance(protocol, WebSocket):
            reactor.callLater(self.application_close_timeout, task.cancel)  # a no-op when it has ended

    # --- stopping ---

    def _before_shutdown(self) -> defer.Deferred[Any]:
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._stop()))

    async def _stop(self) -> None:
        """Accept nothing new, let requests in flight end, then cut what is left."""
        self.stopping = True
        if self.desk is not None:
            self.desk.close()
        for port in self.ports:
            await defer.maybeDeferred(port.stopListening).asFuture(self.loop)
        for channel in list(self.channels):
            if not channel.requests:
                channel.loseConnection()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocket):
                self._tell_restarting(protocol)
        finished = await self._quiet(self._http_in_flight, within=self.stop_seconds)
        # A socket that does not answer its close frame must not hold up every restart.
        grace = 1.0 if finished else 0.0
        if not await self._quiet(self._anything_open, within=grace):
            self._cut()
            await self._quiet(self._anything_open, within=0.5)

    def _http_in_flight(self) -> bool:
        return bool(self.channels) or any(isinstance(protocol, Request) for protocol in self.connections)

    def _anything_open(self) -> bool:
        return bool(self.channels or self.connections)

    def _tell_restarting(self, protocol: WebSocket) -> None:
        if protocol.state == protocol.STATE_OPEN:
            protocol.serverClose(CLOSE_RESTARTING)
        else:
            protocol.dropConnection(abort=True)

    async def _quiet(self, busy: Callable[[], bool], *, within: float) -> bool:
        """Wait until nothing is busy any more; False when the time is over first."""
        end = self.loop.time() + within
        while busy():
            if self.loop.time() > end:
                return False
            await asyncio.sleep(0.02)
        return True

    def _cut(self) -> None:
        requests = sum(isinstance(protocol, Request) for protocol in self.connections)
        if requests:
            logger.warning("stopping with %d requests unfinished", requests)
        for protocol, details in list(self.connections.items()):
            if "application_instance" in details:
                details["application_instance"].cancel()
            if isinstance(protocol, WebSocket):
                protocol.dropConnection(abort=True)
        for channel in list(self.channels):
            channel.transport.abortConnection()
