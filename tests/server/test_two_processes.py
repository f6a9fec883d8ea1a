"""One port, two processes: websockets in the first, everything else in the second."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.server.process import Site
from tests.server.test_sockets import open_socket


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    running = Site.start("--two")
    yield running
    assert running.stop() == 0


def second_of(site: Site) -> psutil.Process:
    (second,) = psutil.Process(site.process.pid).children()
    return second


def asked_over_a_socket(site: Site, path: str) -> int:
    with open_socket(site, path) as client:
        client.send("process")
        return int(client.recv(timeout=5))


def gone(process: psutil.Process) -> bool:
    end = time.monotonic() + 8
    while time.monotonic() < end:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_pages_come_from_the_second_process_and_sockets_from_the_first(site: Site) -> None:
    assert json.loads(site.get("/process")[1]) == {"process": second_of(site).pid}
    assert asked_over_a_socket(site, "/live/echo") == site.process.pid


def test_a_socket_that_the_first_does_not_know_by_its_path_is_served_all_the_same(site: Site) -> None:
    assert asked_over_a_socket(site, "/echo") == second_of(site).pid


def test_a_connection_is_kept_alive_where_it_was_handed_to(site: Site) -> None:
    with site.connect() as client:
        for _ in range(3):
            client.sendall(b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "pieces", [[b"G", b"ET /ok HTTP/1.1\r\n"], [b"GET /li", b"on HTTP/1.1\r\n"], [b"\x00\x01", b"x\r\n"]]
)
def test_a_request_in_pieces_is_answered(site: Site, pieces: list[bytes]) -> None:
    with site.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
            time.sleep(0.12)
        client.sendall(b"Host: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 ")


def test_who_says_nothing_at_first_is_answered_later(site: Site) -> None:
    with site.connect() as client:
        time.sleep(0.8)  # by then it was handed over unseen
        client.sendall(b"GET /process HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b'"process"' in client.recv(4096)


def test_a_client_that_leaves_before_it_was_looked_at_harms_nobody(site: Site) -> None:
    for _ in range(20):
        site.connect().close()
    assert site.get("/ok")[0] == 200


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 1_000_000])
def test_ready_frames_are_what_a_client_reads(site: Site, size: int) -> None:
    with open_socket(site, "/live/echo") as client:
        client.send(f"frames {size}")
        assert client.recv(timeout=5) == "f" * size
        assert client.recv(timeout=5) == "the second"
        client.send("still here")
        assert client.recv(timeout=5) == "still here"


def test_when_the_second_process_dies_the_first_ends_with_an_error() -> None:
    site = Site.start("--two")
    second_of(site).kill()
    assert site.process.wait(8) == 1


def test_when_the_first_process_dies_the_second_ends() -> None:
    site = Site.start("--two")
    second = second_of(site)
    site.process.kill()
    site.process.wait(5)
    assert gone(second)


def test_a_stop_lets_a_request_in_flight_end() -> None:
    site = Site.start("--two")
    with site.connect() as client:
        client.sendall(b"GET /sleep?seconds=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
        os.kill(site.process.pid, signal.SIGTERM)
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    assert site.stop() == 0
