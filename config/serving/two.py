"""One port, two processes: one accepts and serves the websockets, the other serves pages and API.

Python runs one thread at a time in a process. Beside busy views, a hub that has frames for many sockets waits for
its turn at every one of them: up to sys.getswitchinterval() per system call. In a process of its own it does not.

The first process looks at the beginning of each connection (without taking it) and hands all but websockets to the
second, which is a server like itself: so whatever is undecided in time, or cannot be handed over, is served all the
same. Each ends when the other does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

OF_SOCKETS = (b"GET /live/", b"GET /cable")  # what a websocket's handshake begins with
LOOKS, LOOK_SECONDS = 10, 0.05
PAUSE_SECONDS = 0.2  # without accepting, after the system had no descriptor left
PATIENCE_SECONDS = 3.0  # beyond the time a stop may take

Take = Callable[[socket.socket], None]


def fork() -> tuple[int, socket.socket]:
    """(the other's process id, or 0 in the second process; our end of the line between both). Call it when all
    modules are loaded and kept (config.serving.tuning), so that both share their memory, and before there is an
    event loop or a thread."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    line, other = (ours, theirs) if pid else (theirs, ours)
    other.close()
    line.setblocking(False)
    return pid, line


class Doorman:
    """In the first process: accepts on `listener`, keeps the websockets, hands over the rest."""

    def __init__(self, *, listener: socket.socket, line: socket.socket, second: int) -> None:
        self._listener, self._line, self._second = listener, line, second
        self._closed = False
        self.lost = False  # the second process ended by itself

    def open(self, *, loop: asyncio.AbstractEventLoop, take: Take, leave: Callable[[], None]) -> None:
        self._loop, self._take, self._leave = loop, take, leave
        loop.add_reader(self._listener, self._accept)
        loop.add_reader(self._line, self._alone)

    def close(self) -> None:
        """Accept nothing more. The closed line tells the second process to finish, too."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._listener)
            self._loop.remove_reader(self._line)
            self._listener.close()
            self._line.close()

    def wait(self, *, seconds: float) -> None:
        """Until the second process has ended; then by force. After the event loop has."""
        end = time.monotonic() + seconds
        while os.waitpid(self._second, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(self._second, signal.SIGKILL)
                os.waitpid(self._second, 0)
                return
            time.sleep(0.02)

    def _alone(self) -> None:
        """The line says nothing but its end: the second process is gone. Whoever started us starts both again."""
        if not self._closed:
            self.lost = True
            self._leave()

    def _accept(self) -> None:
        try:
            connection, _address = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            logger.warning("no connection accepted", extra={"error": str(error)})
            self._loop.remove_reader(self._listener)
            self._loop.call_later(PAUSE_SECONDS, self._resume)
            return
        connection.setblocking(False)
        self._look(connection, LOOKS)

    def _resume(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._listener, self._accept)

    def _look(self, connection: socket.socket, looks: int) -> None:
        try:
            begin = connection.recv(len(OF_SOCKETS[0]), socket.MSG_PEEK)
        except BlockingIOError:
            self._look_when_ready(connection, looks)
            return
        except OSError:
            connection.close()
            return
        if begin.startswith(OF_SOCKETS):
            self._take(connection)
        elif looks and begin and any(path.startswith(begin) for path in OF_SOCKETS):
            self._loop.call_later(LOOK_SECONDS, self._look, connection, looks - 1)
        else:
            self._hand_over(connection)

    def _look_when_ready(self, connection: socket.socket, looks: int) -> None:
        """Nothing has arrived yet. Who says nothing for a while is served by the second process, which knows how
        long to wait for a request."""

        def ready() -> None:
            self._loop.remove_reader(connection)
            timer.cancel()
            self._look(connection, looks)

        def late() -> None:
            self._loop.remove_reader(connection)
            self._hand_over(connection)

        timer = self._loop.call_later(LOOKS * LOOK_SECONDS, late)
        self._loop.add_reader(connection, ready)

    def _hand_over(self, connection: socket.socket) -> None:
        try:
            socket.send_fds(self._line, [b"c"], [connection.fileno()])
        except OSError:  # the line is full, or gone
            self._take(connection)
            return
        connection.close()


class Kitchen:
    """In the second process: takes what the first one hands over."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._closed = False

    def open(self, *, loop: asyncio.AbstractEventLoop, take: Take, leave: Callable[[], None]) -> None:
        self._loop, self._take, self._leave = loop, take, leave
        loop.add_reader(self._line, self._receive)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._line)
            self._line.close()

    def _receive(self) -> None:
        try:
            said, descriptors, _flags, _address = socket.recv_fds(self._line, 1, 1)
        except BlockingIOError:
            return
        except OSError:
            said, descriptors = b"", []
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            connection.setblocking(False)
            self._take(connection)
        if not said:  # the first process stops, or is gone
            self.close()
            self._leave()
