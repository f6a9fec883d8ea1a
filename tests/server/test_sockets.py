"""Websockets on the running server."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.server.process import Site

LIMIT = 64 * 1024


def open_socket(site: Site, path: str = "/echo", **options: Any) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{site.port}{path}", max_size=None, open_timeout=5, close_timeout=2, **options
    )


def close_code(act: Callable[[], object]) -> int | None:
    """The code with which the server closes when this is done."""
    with pytest.raises(ConnectionClosed) as closed:
        act()
    return closed.value.rcvd.code if closed.value.rcvd else None


def send_until_closed(client: ClientConnection, message: str | list[str]) -> None:
    """The server may hang up while the message is still on its way, so either step may notice."""
    client.send(message)
    client.recv(timeout=5)


def fate(site: Site, name: str) -> Any:
    end = time.monotonic() + 8
    while time.monotonic() < end:
        streams = json.loads(site.get("/streams")[1])
        if name in streams:
            return streams[name]
        time.sleep(0.02)
    raise AssertionError(f"nothing became of {name}")


def test_a_socket_echoes(site: Site) -> None:
    with open_socket(site) as client:
        for text in ("one", "zwei ä", "三"):
            client.send(text)
            assert client.recv(timeout=5) == text


def test_a_refused_socket_gets_a_403(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused, open_socket(site, "/nowhere"):
        pass
    assert refused.value.response.status_code == 403


def test_a_message_of_64_kb_passes_and_a_longer_one_closes_with_1009(site: Site) -> None:
    with open_socket(site) as client:
        client.send("x" * LIMIT)
        assert client.recv(timeout=5) == "x" * LIMIT
        assert close_code(lambda: send_until_closed(client, "x" * (LIMIT + 1))) == 1009


def test_a_long_message_in_short_frames_closes_with_1009(site: Site) -> None:
    with open_socket(site) as client:
        assert close_code(lambda: send_until_closed(client, ["x" * 40_000, "x" * 40_000])) == 1009


def test_the_limit_is_for_what_comes_in_only(site: Site) -> None:
    with open_socket(site) as client:
        client.send("long 300000")
        assert client.recv(timeout=5) == "y" * 300_000


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1013, 4008, 4401])
def test_a_consumer_may_close_with_any_code(site: Site, code: int) -> None:
    with open_socket(site) as client:
        client.send(f"close {code}")
        assert close_code(lambda: client.recv(timeout=5)) == code


def test_a_consumer_that_fails_closes_with_1011_and_hurts_no_other_socket(site: Site) -> None:
    with open_socket(site) as other, open_socket(site) as client:
        client.send("raise")
        assert close_code(lambda: client.recv(timeout=5)) == 1011
        other.send("still here")
        assert other.recv(timeout=5) == "still here"


def test_a_consumer_hears_that_its_client_has_gone(site: Site) -> None:
    with open_socket(site, "/echo?gone"):
        pass
    assert fate(site, "socket gone") == "closed 1000"


def stop_reading(site: Site, path: str) -> socket.socket:
    """An open websocket whose owner reads no further than the handshake."""
    client = site.connect(receive_buffer=8192)
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade"]
    key = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
    client.sendall("\r\n".join(lines + key).encode())
    assert client.recv(20).startswith(b"HTTP/1.1 101 ")
    return client


def test_a_hub_can_see_that_a_reader_is_slow(site: Site) -> None:
    with stop_reading(site, "/flood?polite"):
        figures = json.loads(fate(site, "flood polite"))
    assert 1024 * 1024 < figures["buffered"] < 4 * 1024 * 1024
    assert figures["sent_mb"] <= 8  # what the kernels on both sides took is bounded too


@pytest.mark.drill
def test_a_reader_that_never_reads_is_dropped_before_it_costs_memory(site: Site) -> None:
    before = site.memory_mb()
    with stop_reading(site, "/flood?rude"):
        assert json.loads(fate(site, "flood rude")) == {"sent_mb": 200}
        assert site.memory_mb() - before < 20
        assert fate(site, "socket rude") == "closed 1006"


@pytest.mark.drill
def test_a_client_that_sends_faster_than_its_consumer_reads_is_slowed_down(site: Site) -> None:
    before = site.memory_mb()
    with open_socket(site, "/echo?flooder") as client:
        client.send("nap 1")
        started = time.monotonic()
        for _ in range(600):
            client.send("quiet" + " " * 60_000)
        waited = time.monotonic() - started
        assert site.memory_mb() - before < 20
        client.send("done")
        while client.recv(timeout=5) != "done":
            pass
    assert waited > 0.5
