"""Clients that waste the server's time, against a server whose deadlines are about a second."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.server.process import Site
from tests.server.test_http import eventually, head
from tests.server.test_sockets import fate, open_socket, stop_reading


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    running = Site.start(module="tests.server.impatient")
    yield running
    running.stop()


def drip(client: socket.socket, data: bytes) -> bytes:
    """Send a byte every tenth of a second until the server hangs up; returns its last words."""
    for byte in data:
        try:
            client.sendall(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            break
        time.sleep(0.1)
        client.setblocking(False)
        try:
            return client.recv(65536)
        except BlockingIOError:
            client.settimeout(5)
    raise AssertionError("the server is still waiting")


def test_a_header_that_drips_in_is_cut_off(site: Site) -> None:
    with site.connect() as client:
        client.sendall(b"GET /ok HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        answer = drip(client, b"x" * 60)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"


def test_a_body_that_drips_in_is_cut_off_later(site: Site) -> None:
    with site.connect() as client:
        client.sendall(head("/environ", "Content-Length: 1000", method="POST"))
        started = time.monotonic()
        answer = drip(client, b"x" * 60)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - started > 1.5


def test_an_idle_connection_is_closed(site: Site) -> None:
    with site.connect() as client:
        client.sendall(head("/ok"))
        client.recv(65536)
        assert client.recv(65536) == b""


def test_a_reader_that_takes_nothing_is_cut_off_and_its_stream_closed(site: Site) -> None:
    with site.connect(receive_buffer=8192) as client:
        client.sendall(head("/stream?name=stalled&chunks=800"))
        assert eventually(site, "stalled").startswith("closed after ")


def test_a_reader_that_is_only_slow_gets_everything(site: Site) -> None:
    received = 0
    with site.connect(receive_buffer=8192) as client:
        client.sendall(head("/stream?name=slow&chunks=8", "Connection: close"))
        while data := client.recv(16384):
            received += len(data)
            time.sleep(0.05)
    assert received > 8 * 65536
    assert eventually(site, "slow") == "complete"


def test_a_socket_that_answers_no_ping_is_dropped(site: Site) -> None:
    with stop_reading(site, "/echo?dead"):
        assert fate(site, "socket dead") == "closed 1006"


def test_a_socket_that_answers_pings_stays(site: Site) -> None:
    with open_socket(site) as client:
        time.sleep(2.5)
        client.send("alive")
        assert client.recv(timeout=5) == "alive"
