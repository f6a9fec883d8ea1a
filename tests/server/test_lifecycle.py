"""Starting, stopping and sharing a port."""

import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server import cost
from tests.server.process import ROOT, Site
from tests.server.test_http import head
from tests.server.test_sockets import open_socket, stop_reading


def wait_until_refused(site: Site) -> None:
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            site.connect().close()
        except (ConnectionRefusedError, ConnectionResetError):
            return
        time.sleep(0.02)
    raise AssertionError("it still accepts connections")


def test_a_request_in_flight_is_finished_after_sigterm_while_nothing_new_is_accepted() -> None:
    site = Site.start()
    with ThreadPoolExecutor() as background, site.connect() as idle:
        idle.sendall(head("/ok"))
        idle.recv(65536)
        running = background.submit(site.get, "/sleep?seconds=1")
        time.sleep(0.3)
        site.process.send_signal(signal.SIGTERM)
        wait_until_refused(site)
        assert idle.recv(65536) == b""
        assert not running.done()
        assert running.result(timeout=5) == (200, b'{"slept": true}')
        started = time.monotonic()
        assert site.stop() == 0
    assert time.monotonic() - started < 1


def test_a_request_that_takes_too_long_is_cut_and_does_not_keep_the_process() -> None:
    site = Site.start("--stop-seconds", "0.5")
    with ThreadPoolExecutor() as background:
        running = background.submit(site.get, "/sleep?seconds=20")
        time.sleep(0.3)
        started = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - started < 3
        with pytest.raises(ConnectionError):
            running.result(timeout=5)


def test_sockets_are_told_that_the_server_restarts() -> None:
    site = Site.start()
    with open_socket(site) as client:
        site.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert site.stop() == 0


def test_a_socket_that_answers_nothing_does_not_hold_up_a_stop() -> None:
    site = Site.start()
    with stop_reading(site, "/echo?deaf"):
        started = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - started < 3


def test_two_processes_can_share_a_port() -> None:
    first = Site.start("--reuse-port")
    second = Site.start("--reuse-port", "--port", str(first.port))
    try:
        assert first.stop() == 0
        assert second.get("/ok")[0] == 200
    finally:
        second.stop()


def test_a_port_that_is_taken_is_a_plain_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "tests.server.site", "--port", str(taken.getsockname()[1])]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=15)
    assert result.returncode == 1
    assert "Cannot listen: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_dead_unix_socket_is_replaced_and_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    site = Site.start("-u", str(path))
    try:
        command = [sys.executable, "-m", "tests.server.site", "-u", str(path)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=15)
        assert result.returncode == 1
        assert "another server is listening" in result.stderr
    finally:
        site.stop()


def test_plain_daphne_can_serve_the_same_application() -> None:
    site = cost.plain_daphne("application")
    try:
        status, answer = site.get("/environ", method="POST", body=b"hello")
        assert (status, json.loads(answer)["size"]) == (200, 5)
        with open_socket(site) as client:
            client.send("one")
            assert client.recv(timeout=5) == "one"
    finally:
        site.stop()
