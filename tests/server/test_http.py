"""HTTP as the running server speaks it: raw sockets and http.client against a process of its own."""

import asyncio
import hashlib
import http.client
import json
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server import cost
from tests.server.process import Site

LIMIT = 3 * 1024 * 1024  # MAX_REQUEST_BYTES of the site


def exchange(site: Site, *parts: bytes) -> bytes:
    """Send the parts and read until the server closes."""
    with site.connect() as client:
        for part in parts:
            client.sendall(part)
        return b"".join(iter(lambda: client.recv(65536), b""))


def head(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def seen(site: Site, *headers: str, path: str = "/environ") -> dict[str, str]:
    """The environ that a view sees for these header lines."""
    answer = exchange(site, head(path, *headers, "Connection: close"))
    environ: dict[str, str] = json.loads(answer.partition(b"\r\n\r\n")[2])["environ"]
    return environ


def eventually(site: Site, name: str, path: str = "/streams") -> str:
    """What became of a stream, as soon as something has."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        streams: dict[str, str] = json.loads(site.get(path)[1])
        if name in streams:
            return streams[name]
        time.sleep(0.02)
    raise AssertionError(f"{name} is still running")


# --- ordinary traffic ---


def test_an_answer_has_a_length_a_date_and_no_server_name(site: Site) -> None:
    with site.connect() as client:
        client.sendall(head("/ok"))
        answer = client.recv(65536).lower()
    assert answer.startswith(b"http/1.1 200 ok\r\n")
    assert b"\r\ncontent-length: 12\r\n" in answer
    assert b"\r\ndate: " in answer
    assert b"\r\nserver: " not in answer


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    requests = [head(f"/ok/{number}") for number in range(5)] + [head("/ok/last", "Connection: close")]
    answer = exchange(site, b"".join(requests))
    bodies = [part.partition(b"}")[0] for part in answer.split(b'"rest": ')[1:]]
    assert bodies == [b'"0"', b'"1"', b'"2"', b'"3"', b'"4"', b'"last"']


def test_a_hundred_clients_keep_their_connections(site: Site) -> None:
    async def client() -> list[int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        statuses = []
        for _ in range(10):
            writer.write(head("/ok"))
            answer = await reader.readuntil(b"\r\n\r\n")
            await cost.read_body(reader, answer)
            statuses.append(int(answer.split()[1]))
        writer.close()
        return statuses

    async def everybody() -> list[list[int]]:
        return await asyncio.gather(*(client() for _ in range(100)))

    assert asyncio.run(everybody()) == [[200] * 10] * 100


def test_chatwoots_token_arrives_with_its_underscores_and_no_other_header_does(site: Site) -> None:
    environ = seen(site, "api_access_token: secret", "X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 1.1.1.1")
    assert environ["HTTP_API_ACCESS_TOKEN"] == "secret"
    assert environ["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"


def test_a_client_cannot_choose_the_root_path(site: Site) -> None:
    environ = seen(site, "Daphne-Root-Path: /evil")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/environ")


def test_a_view_that_fails_is_a_500(site: Site) -> None:
    assert site.get("/fail")[0] == 500


def test_the_language_of_the_request_holds_for_its_whole_stream(site: Site) -> None:
    assert site.get("/words", headers={"Accept-Language": "de"})[1] == b"de\n" * 6


# --- bodies ---


def chunks(total: int) -> Iterator[bytes]:
    for _ in range(total // 1000):
        yield b"b" * 1000


def test_a_chunked_upload_arrives_whole(site: Site) -> None:
    status, body = site.get("/environ", method="POST", body=chunks(2_000_000), encode_chunked=True)
    answer = json.loads(body)
    assert status == 200
    assert answer["size"] == 2_000_000
    assert answer["sha"] == hashlib.sha256(b"b" * 2_000_000).hexdigest()
    assert answer["environ"]["CONTENT_LENGTH"] == "2000000"
    assert "HTTP_TRANSFER_ENCODING" not in answer["environ"]


def test_a_form_with_a_file_arrives(site: Site) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="content"\r\n\r\nhello\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        + b"f" * 1_500_000
        + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    status, answer = site.get("/upload", method="POST", body=body, headers=headers)
    assert (status, json.loads(answer)) == (
        200,
        {"fields": {"content": "hello"}, "files": {"file": 1_500_000}},
    )


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_gets_its_413_while_it_is_still_being_sent(
    site: Site, chunked: bool
) -> None:
    headers = {} if chunked else {"Content-Length": str(4 * LIMIT)}
    status, body = site.get(
        "/environ", method="POST", body=chunks(4 * LIMIT), encode_chunked=chunked, headers=headers
    )
    assert status == 413
    assert json.loads(body)["code"] == "payload_too_large"


def test_a_body_that_will_be_too_large_is_not_invited(site: Site) -> None:
    answer = exchange(
        site, head("/environ", f"Content-Length: {LIMIT + 1}", "Expect: 100-continue", method="POST")
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    welcome = head(
        "/environ", "Content-Length: 1", "Expect: 100-continue", "Connection: close", method="POST"
    )
    assert exchange(site, welcome, b"x").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\nA: b\r\n\r\n",
        b"GET /ok HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /ok HTTP/1.1\r\nHost: a\r\nX-A: b\x1cc\r\nConnection: close\r\n\r\n",
        b"GET /ok HTTP/1.1\r\nHost: a\r\n"
        + b"X-Long: "
        + b"x" * 9_000
        + b"\r\nX-Long: "
        + b"x" * 9_000
        + b"\r\n\r\n",
    ],
    ids=["request line", "length", "two lengths", "chunk size", "header value", "header size"],
)
def test_nonsense_is_answered_in_json_and_hung_up_on(site: Site, request_bytes: bytes) -> None:
    answer = exchange(site, request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "bad_request"


def test_an_endless_header_is_refused(site: Site) -> None:
    answer = exchange(site, b"GET /ok HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 40_000)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "headers_too_large"


# --- streams ---


def test_a_stream_that_fails_after_its_first_chunk_is_cut_not_ended(site: Site) -> None:
    with pytest.raises(http.client.IncompleteRead):
        site.get("/broken?after=1")
    with pytest.raises(http.client.IncompleteRead):
        site.get("/short")
    assert site.get("/broken?after=0")[0] == 500
    assert site.get("/ok")[0] == 200


def test_http_1_0_cannot_mistake_a_cut_stream_for_a_whole_one(site: Site) -> None:
    with pytest.raises(ConnectionResetError):
        exchange(site, b"GET /broken?after=1 HTTP/1.0\r\n\r\n")


def test_a_disconnect_in_the_middle_stops_the_generator(site: Site) -> None:
    with site.connect(receive_buffer=8192) as client:
        client.sendall(head("/stream?name=left&chunks=800"))
        client.recv(1000)
    closed = eventually(site, "left")
    assert closed.startswith("closed after ")
    assert int(closed.split()[-1]) < 100


def settled_memory(site: Site) -> float:
    """Megabytes as soon as they have not changed for half a second, at most six seconds from now."""
    samples = [site.memory_mb()]
    while len(samples) < 60 and (len(samples) < 6 or abs(samples[-1] - samples[-6]) > 0.2):
        time.sleep(0.1)
        samples.append(site.memory_mb())
    return max(samples)


def drill_slow_readers(site: Site, *, readers: int, path: Callable[[int], str]) -> float:
    """Megabytes by which the server grows while `readers` clients each hang at the start of 50 MB."""
    site.get("/ok")
    before = site.memory_mb()
    clients = [site.connect(receive_buffer=8192) for _ in range(readers)]
    try:
        for number, client in enumerate(clients):
            client.sendall(head(path(number)))
            client.recv(1000)
        after = settled_memory(site)
        assert site.get("/ok")[0] == 200
        return after - before
    finally:
        for client in clients:
            client.close()


@pytest.mark.drill
def test_twenty_slow_readers_of_a_stream_cost_neither_memory_nor_threads() -> None:
    site = Site.start("--threads", "2")
    try:
        growth = drill_slow_readers(
            site, readers=20, path=lambda number: f"/stream?name=s{number}&chunks=800"
        )
        fates = [eventually(site, f"s{number}") for number in range(20)]
    finally:
        site.stop()
    assert growth < 20
    assert all(fate.startswith("closed after ") for fate in fates)


@pytest.mark.drill
def test_twenty_slow_readers_of_a_file_cost_no_memory(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    site = Site.start("--threads", "2")
    try:
        assert drill_slow_readers(site, readers=20, path=lambda _: f"/download?path={large}") < 20
    finally:
        site.stop()


@pytest.mark.drill
def test_the_drill_notices_a_server_without_back_pressure() -> None:
    site = cost.plain_daphne("application")
    try:
        assert (
            drill_slow_readers(site, readers=2, path=lambda number: f"/stream?name=s{number}&chunks=800") > 20
        )
    finally:
        site.stop()


# --- transactions ---


def test_a_transaction_that_a_view_leaves_open_fails_its_answer_and_reaches_no_other_request() -> None:
    site = Site.start("--threads", "1")
    try:
        assert site.get("/left-open")[0] == 500
        assert json.loads(site.get("/in-transaction")[1]) == {"in_transaction": False}
        assert site.get("/stream-in-transaction")[0] == 500
        assert json.loads(site.get("/in-transaction")[1]) == {"in_transaction": False}
    finally:
        site.stop()


# --- cost ---


@pytest.mark.bench
def test_a_request_costs_at_most_a_third_of_djangos_asgi_handler() -> None:
    figures = cost.compare(rounds=2, requests=480, names=["serve", "daphne + Django's ASGI handler"])
    ours, theirs = (statistics.median(values) for values in figures.values())
    assert ours * 3 < theirs


def test_requests_run_in_a_fixed_number_of_threads() -> None:
    site = Site.start("--threads", "3")
    try:
        for _ in range(10):
            site.get("/ok")
        assert json.loads(site.get("/threads")[1]) == {"threads": 3}
    finally:
        site.stop()


def test_a_full_queue_answers_503_and_recovers() -> None:
    site = Site.start("--threads", "1", "--queue", "2")
    try:
        busy = [site.connect() for _ in range(6)]
        for client in busy:
            client.sendall(head("/sleep?seconds=0.5", "Connection: close"))
            time.sleep(0.05)
        answers = [b"".join(iter(lambda c=client: c.recv(65536), b"")) for client in busy]  # type: ignore[misc]
        statuses = [int(answer.split()[1]) for answer in answers]
        assert statuses == [200, 200, 200, 503, 503, 503]
        assert b"Retry-After: 1\r\n" in answers[3]
        assert site.get("/ok")[0] == 200
    finally:
        site.stop()


def test_a_unix_socket_is_served_and_has_no_address(tmp_path: Path) -> None:
    path = tmp_path / "s"
    site = Site.start("-u", str(path))
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(head("/environ", "Connection: close"))
            answer: Any = b"".join(iter(lambda: client.recv(65536), b""))
        environ = json.loads(answer.partition(b"\r\n\r\n")[2])["environ"]
        assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"]) == ("", "localhost")
    finally:
        site.stop()
    assert not path.exists()
