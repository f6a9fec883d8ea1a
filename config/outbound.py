"""The one guarded HTTP client. Nothing else in the project opens a connection to an address that a tenant
typed: private networks are refused on the address that is really connected to, redirects are never
followed, answers are cut off by size and time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from django.conf import settings
from requests_hardened import Config, Manager

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 10.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    latency_ms: int

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Unreachable(Exception):
    """No answer: refused address, no connection, time-out. `maybe_received` tells whether the other side may
    have got it all the same."""

    def __init__(self, reason: str, *, maybe_received: bool) -> None:
        super().__init__(reason)
        self.maybe_received = maybe_received


class _Deadline:
    """Hangs up when the time is over. The time-outs of sockets start again with every byte, so that a server
    which sends one now and then would hold us for ever."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, sock: socket.socket) -> None:
        # A copy: TLS takes the original over and leaves it closed.
        self._sockets.append(sock.dup())
        if self.expired:  # looking up the name, or trying its addresses, took all the time there was
            self._hang_up()

    def _hang_up(self) -> None:
        self.expired = True
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # gone already

    def close(self) -> None:
        self._timer.cancel()
        self._timer.join()
        for sock in self._sockets:
            sock.close()


_deadline: ContextVar[_Deadline] = ContextVar("outbound_deadline")


@contextmanager
def _within(seconds: float) -> Iterator[_Deadline]:
    deadline = _Deadline(seconds)
    token = _deadline.set(deadline)
    try:
        yield deadline
    finally:
        _deadline.reset(token)
        deadline.close()


class _WatchedHTTP(urllib3.connection.HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _deadline.get().watch(sock)
        return sock


class _WatchedHTTPS(urllib3.connection.HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _deadline.get().watch(sock)
        return sock


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


def _session() -> requests.Session:
    config = Config(
        ip_filter_enable=not settings.PRIVATE_NETWORKS_ALLOWED,
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=(CONNECT_SECONDS, READ_SECONDS),
        user_agent_override="Parley",
    )
    session: requests.Session = Manager(config).get_session()
    session.trust_env = False  # a proxy of the environment would connect where the guard did not look
    for adapter in session.adapters.values():
        pools: Any = adapter.poolmanager  # type: ignore[attr-defined]
        pools.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return session


def post(url: str, *, body: bytes, headers: dict[str, str]) -> Answer:
    """POST the bytes. Any answer is an Answer, 3xx too; no answer raises Unreachable."""
    if not url.startswith(("http://", "https://")):
        raise Unreachable("the address is not http or https", maybe_received=False)
    started = time.monotonic()
    with _within(TOTAL_SECONDS) as deadline, _session() as session:
        try:
            response = session.request(
                "POST", url, data=body, headers=headers, stream=True, allow_redirects=False
            )
        except (requests.RequestException, ValueError, OSError) as error:
            raise _unreachable(error, deadline) from error
        if deadline.expired:  # to http.client, headers that break off are headers that end
            raise _too_late()
        text = _read(response, deadline)
    return Answer(response.status_code, text, int((time.monotonic() - started) * 1000))


def fetch(url: str, *, most: int) -> bytes:
    """What is there, if it is there (200) and no larger than `most` bytes. Raises Unreachable."""
    if not url.startswith(("http://", "https://")):
        raise Unreachable("the address is not http or https", maybe_received=False)
    with _within(TOTAL_SECONDS) as deadline, _session() as session:
        try:
            response = session.request("GET", url, stream=True, allow_redirects=False)
            if response.status_code != 200:
                raise Unreachable(f"answered {response.status_code}", maybe_received=False)
            received = b""
            for chunk in response.iter_content(64 * 1024):
                received += chunk
                if len(received) > most:
                    raise Unreachable(f"larger than {most} bytes", maybe_received=False)
        except (requests.RequestException, ValueError, OSError) as error:
            raise _unreachable(error, deadline) from error
        if deadline.expired:
            raise _too_late()
    return received


def _unreachable(error: Exception, deadline: _Deadline) -> Unreachable:
    if deadline.expired:
        return _too_late()
    reason = f"{type(error).__name__}: {error}"[:500]
    cut = isinstance(error, requests.exceptions.ReadTimeout) or "Connection aborted" in reason
    return Unreachable(reason, maybe_received=cut)


def _too_late() -> Unreachable:
    return Unreachable(f"no answer within {TOTAL_SECONDS:.0f} s", maybe_received=True)


def _read(response: requests.Response, deadline: _Deadline) -> str:
    """What there is of the body. It is for people to look at: the answer is the status, and it has come."""
    received = b""
    try:
        for chunk in response.iter_content(8192):
            received += chunk
            if len(received) > MOST_BYTES or deadline.expired:
                break
    except (requests.RequestException, ValueError, OSError):
        pass
    return received[:MOST_BYTES].decode("utf-8", "replace")
