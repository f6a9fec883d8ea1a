"""The one client that goes to addresses which tenants typed."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import outbound
from config.outbound import Unreachable
from tests.channels_ext.receiver import Receiver, always, raw_server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as listening:
        yield listening


@pytest.fixture
def guarded(settings: Any) -> None:
    settings.PRIVATE_NETWORKS_ALLOWED = False


def post(url: str, body: bytes = b"{}") -> outbound.Answer:
    return outbound.post(url, body=body, headers={"Content-Type": "application/json"})


# `{port}` is where a server listens on all of this machine's addresses.
INSIDE = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.255.255.254:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://good.test@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://192.0.0.192/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://[2002:7f00:1::]/",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_ever_connected_to(guarded: None, receiver: Receiver, address: str) -> None:
    started = time.monotonic()

    with pytest.raises(Unreachable) as refused:
        post(address.format(port=receiver.port))

    assert receiver.arrivals == []
    assert refused.value.maybe_received is False
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "address",
    [
        "",
        "shop.test/hook",
        "//127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ftp://shop.test/",
        "javascript:alert(1)",
        "HTTP//x",
        "http://",
        "http:///hook",
        "http://[::1",
        "http://a b/",
        "http://shop.test:99999/",
        "http://" + "x" * 300 + "/",
        "http://\x00/",
    ],
)
def test_what_is_no_web_address_is_an_error_and_no_exception_of_another_kind(
    guarded: None, address: str
) -> None:
    with pytest.raises(Unreachable) as refused:
        post(address)

    assert refused.value.maybe_received is False


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(
    guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is checked and private when it is connected to."""
    asked: list[str] = []
    connected: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.test":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        address = "93.184.216.34" if len(asked) % 2 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: tuple[str, int], *_args: Any, **_kwargs: Any) -> Any:
        connected.append(address[0])
        raise OSError("not from here")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("urllib3.connection.connection.create_connection", connect)

    for _try in range(50):
        with pytest.raises(Unreachable):
            post("http://rebind.test/hook")

    # Every second time the name was private: refused without a connection.
    assert connected == ["93.184.216.34"] * 25
    assert len(asked) == 50


def test_a_name_that_cannot_be_looked_up_is_a_failure_and_never_safe(
    guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(Unreachable) as refused:
        post("http://shop.test/hook")
    assert refused.value.maybe_received is False


def test_an_answer_is_read_with_its_status(receiver: Receiver) -> None:
    receiver.answer = always(202, b"thank you")

    answer = post(receiver.url, b'{"a":"\xc3\xa4"}')

    assert (answer.status, answer.text, answer.accepted) == (202, "thank you", True)
    assert answer.latency_ms >= 0
    (arrival,) = receiver.arrivals
    assert (arrival.path, arrival.body) == ("/hook", b'{"a":"\xc3\xa4"}')
    assert arrival.headers["user-agent"] == "Parley"
    assert arrival.headers["content-type"] == "application/json"
    assert not {"cookie", "authorization"} & set(arrival.headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver, status: int) -> None:
    with Receiver().listening() as elsewhere:
        receiver.answer = always(status, b"", Location=elsewhere.url)

        answer = post(receiver.url)

        assert (answer.status, answer.accepted) == (status, False)
        assert elsewhere.arrivals == []


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_a_refusal_is_an_answer_too(receiver: Receiver, status: int) -> None:
    receiver.answer = always(status)

    assert (post(receiver.url).status, post(receiver.url).accepted) == (status, False)


def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver().listening() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        post(receiver.url)

        assert (len(receiver.arrivals), len(proxy.arrivals)) == (1, 0)


def drip(head: bytes) -> Any:
    """Says `head`, then a byte now and then, for ever."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            time.sleep(0.1)
            connection.sendall(b"x")

    return speak


def test_headers_that_never_end_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 1.0)
    before = threading.active_count()

    with raw_server(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as url:
        started = time.monotonic()
        with pytest.raises(Unreachable) as refused:
            post(url)
        took = time.monotonic() - started

    assert 0.9 < took < 3
    assert str(refused.value) == "no answer within 1 s"
    assert refused.value.maybe_received is True
    assert threading.active_count() <= before + 2  # the server's own


def test_a_body_that_never_ends_is_cut_and_its_status_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 1.0)

    with raw_server(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")) as url:
        started = time.monotonic()
        answer = post(url)
        took = time.monotonic() - started

    assert answer.accepted
    assert 0.9 < took < 3


def test_a_body_without_end_is_cut_by_size() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with raw_server(flood) as url:
        answer = post(url)

    assert answer.text == "x" * outbound.MOST_BYTES
    assert answer.latency_ms < 5000


def test_a_packed_bomb_is_not_unpacked(receiver: Receiver) -> None:
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    receiver.answer = always(200, bomb, **{"Content-Encoding": "gzip"})

    answer = post(receiver.url)

    assert answer.accepted
    assert len(answer.text) == outbound.MOST_BYTES


def test_a_header_of_megabytes_is_refused() -> None:
    def shout(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000_000 + b"\r\n\r\n")

    with raw_server(shout) as url, pytest.raises(Unreachable):
        post(url)


@pytest.mark.parametrize(
    ("words", "maybe"),
    [(b"", True), (b"HTTP/1.1 ", True), (b"SSH-2.0-OpenSSH_9.2\r\n", True)],
)
def test_who_hangs_up_may_have_heard_us(words: bytes, maybe: bool) -> None:
    with raw_server(lambda connection: connection.sendall(words)) as url:
        with pytest.raises(Unreachable) as refused:
            post(url)

    assert refused.value.maybe_received is maybe


def test_where_nobody_listens_nobody_has_heard_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as refused:
        post(f"http://127.0.0.1:{port}/")

    assert refused.value.maybe_received is False


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Self-signed, for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = builder.add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    path = tmp_path / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


def test_tls_is_spoken_checked_and_limited_in_time(
    certificate: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = receiver._server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{receiver.port}/hook"

    with pytest.raises(Unreachable, match="SSLError"):
        post(url)
    assert receiver.arrivals == []

    made = outbound._session

    def trusting() -> requests.Session:
        session = made()
        session.verify = str(certificate)
        return session

    monkeypatch.setattr(outbound, "_session", trusting)
    assert post(url).accepted
    assert len(receiver.arrivals) == 1
    # A copy of the socket is watched, so that the deadline works through TLS too.
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)
    receiver.answer = lambda _arrival: (time.sleep(3), (200, {}, b""))[1]  # type: ignore[return-value,func-returns-value]
    with pytest.raises(Unreachable, match="no answer within"):
        post(url)
