"""What stands between people and the servers, with the configuration that is shipped and the real nginx."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.front import NGINX, UNCHECKED, Front, installation_behind_nginx

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(NGINX is None, reason="NOT RUN: needs nginx"),
]

HSTS = ["max-age=31536000"]
MB = 1024 * 1024


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with installation_behind_nginx(RATE_NEW_VISITOR="6/min") as running:
        yield running


def plain(front: Front, path: str) -> tuple[int, str, bytes]:
    """(status, Location, body) without TLS."""
    connection = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.getheader("Location", ""), answer.read()


def test_without_tls_there_is_only_the_way_to_it_and_the_proof_for_a_certificate(front: Front) -> None:
    assert plain(front, "/app/login?next=/app/")[:2] == (301, "https://127.0.0.1/app/login?next=/app/")
    challenge = front.folder / "nginx" / "acme" / ".well-known" / "acme-challenge" / "token"
    challenge.write_text("proof")
    assert plain(front, "/.well-known/acme-challenge/token") == (200, "", b"proof")
    assert plain(front, "/.well-known/acme-challenge/other")[0] == 404


def test_every_answer_insists_on_tls_once_and_names_no_version(front: Front) -> None:
    page = front.ask("/app/login", headers={"Accept": "text/html"})
    style = re.search(rb"/static/css/app\.[0-9a-f]{12}\.css", page.body)
    assert style, page.body[:500]
    for path in ("/app/login", "/health/live", "/static/nothing.css", style[0].decode(), "/nowhere"):
        answer = front.ask(path)
        assert (path, answer.all("Strict-Transport-Security")) == (path, HSTS)
        assert (path, answer.all("Server")) == (path, ["nginx"])
    assert page.all("X-Content-Type-Options") == ["nosniff"]
    assert page.all("Referrer-Policy") == ["same-origin"]
    assert "default-src 'none'" in page.all("Content-Security-Policy")[0]
    cookies = page.all("Set-Cookie")
    assert cookies and all("Secure" in cookie for cookie in cookies)


def test_static_files_come_compressed_from_nginx_and_stay_for_ever(front: Front) -> None:
    manifest = json.loads((front.static_root / "staticfiles.json").read_text())["paths"]
    answer = front.ask(f"/static/{manifest['css/app.css']}", headers={"Accept-Encoding": "gzip"})
    assert (answer.status, answer.all("Content-Encoding")) == (200, ["gzip"])
    assert answer.all("Cache-Control") == ["max-age=315360000"]
    assert answer.body == (front.static_root / f"{manifest['css/app.css']}.gz").read_bytes()
    assert front.ask("/static/css/app.css").all("Cache-Control") == ["max-age=3600"]
    assert front.ask("/static/../secrets.json").status in {400, 404}


def test_a_request_has_one_number_in_all_logs(front: Front) -> None:
    ours = uuid.uuid4().hex
    assert front.ask("/health/live", headers={"X-Request-Id": ours}).all("X-Request-Id") == [ours]
    theirs = front.ask("/health/live", headers={"X-Request-Id": "<script>"}).all("X-Request-Id")
    assert len(theirs) == 1 and re.fullmatch("[0-9a-f]{32}", theirs[0])
    secret = f"/app/login?token={uuid.uuid4().hex}"
    front.ask(secret, headers={"X-Request-Id": ours})
    time.sleep(0.3)
    assert [line["path"] for line in front.logged(ours)] == ["/health/live", "/app/login"]
    assert "token=" not in front.log


def test_no_error_brings_a_query_into_the_logs(front: Front) -> None:
    """nginx's own error lines hold the whole request. What they would tell of a server is in the request log."""
    ours, secret = uuid.uuid4().hex, uuid.uuid4().hex
    first = next(iter(front.web))

    def ask(**request: Any) -> int:
        return front.ask(f"/app/login?token={secret}", headers={"X-Request-Id": ours}, **request).status

    with front.without(web=[first]):  # refused by one, answered by the other
        assert [ask() for _number in range(4)] == [200] * 4
    with front.without(web=list(front.web)):  # refused by all, then nobody is left to ask
        assert [ask() for _number in range(4)] == [503] * 4
    ask(method="POST", body=b"x" * MB)  # too large for memory: nginx warns that it goes to the disk
    head = f"POST /app/login?token={secret} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx"
    lines = dawdlers(front, count=210, source="127.0.0.22", first=head.encode())  # more than an address may
    for path, status in (("/static/nothing", 404), ("/health", 429)):  # missing; too many in a second
        assert status in {front.ask(f"{path}?token={secret}").status for _number in range(20)}
    for line in lines:
        line.close()
    time.sleep(0.3)
    assert secret not in front.log
    assert "token=" not in front.log
    refused = [line for line in front.logged(ours) if f"127.0.0.1:{first}" in line["upstream"]]
    assert any(line["upstream_status"].startswith("502") for line in refused)


def new_visitor(front: Front, *, source: str, headers: dict[str, str]) -> int:
    path = f"/api/v1/widget/config?website_token={front.demo['website_token']}"
    return front.ask(path, method="POST", body="{}", source=source,
                     headers={"Content-Type": "application/json", **headers}).status  # fmt: skip


def test_the_address_is_the_one_nginx_saw_whatever_a_client_claims(front: Front) -> None:
    """Seen by a limit of six new visitors per address and minute."""
    claims = ("X-Forwarded-For", "X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for")
    time.sleep(max(0.0, 4 - (60 - time.time() % 60)))  # not over the end of a minute
    answers = [
        new_visitor(front, source="127.0.0.9", headers={claims[number % 4]: f"203.0.113.{number}"})
        for number in range(8)
    ]
    assert answers == [200] * 6 + [429] * 2
    assert new_visitor(front, source="127.0.0.10", headers={}) == 200  # another address is another client


def test_the_token_header_with_underscores_arrives(front: Front) -> None:
    assert front.as_bob("/conversations").status == 200
    assert front.as_bob("/conversations", headers={"api_access_token": "wrong"}).status == 401


def multipart(size: int) -> tuple[bytes, dict[str, str]]:
    mark = uuid.uuid4().hex
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="content"\r\n\r\nsee here\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="attachments[]"; filename="scan.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n%PDF-1.4\n"
    )
    body = head.encode() + b"x" * size + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}


def some_conversation(front: Front) -> int:
    listed = front.as_bob("/conversations?status=all").json()["data"]["payload"]
    number: int = listed[0]["id"]
    return number


def test_a_file_of_12_mb_is_refused_in_our_words_and_nothing_is_sent(front: Front) -> None:
    path = f"/conversations/{some_conversation(front)}/messages"
    before = front.as_bob(path).json()["payload"]
    body, headers = multipart(12 * MB)
    answer = front.as_bob(path, method="POST", body=body, headers=headers)
    assert answer.status == 413
    assert "scan.pdf is larger than 10 MB. Nothing was sent." in answer.body.decode()
    assert front.as_bob(path).json()["payload"] == before


def test_a_request_of_70_mb_is_refused_by_nginx_in_the_same_shape(front: Front) -> None:
    headers = {"Content-Length": str(70 * MB), "Content-Type": "application/octet-stream"}
    for accept, kind in (("application/json", "application/json"), ("text/html", "text/html")):
        answer = front.ask(
            "/public/api/v1/x", method="POST", body=b"x" * 1000, headers={**headers, "Accept": accept}
        )
        assert (answer.status, answer.all("Content-Type")[0].split(";")[0]) == (413, kind)
        assert "larger than 64 MB in all. Nothing was sent." in answer.body.decode()
        assert answer.all("Strict-Transport-Security") == HSTS
        assert answer.all("Access-Control-Allow-Origin") == ["*"]
        if kind == "application/json":
            assert answer.json()["code"] == "too_large"


def test_a_file_is_sent_by_nginx_for_who_has_its_link_only(front: Front) -> None:
    path = f"/conversations/{some_conversation(front)}/messages"
    body, headers = multipart(2000)
    sent = front.as_bob(path, method="POST", body=body, headers=headers)
    assert sent.status == 200, sent.body
    link = sent.json()["attachments"][0]["data_url"].removeprefix(front.url)
    answer = front.ask(link)
    assert (answer.status, len(answer.body), answer.body[:9]) == (200, 2009, b"%PDF-1.4\n")
    assert answer.all("Content-Security-Policy") == ["default-src 'none'; sandbox"]
    assert answer.all("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert answer.all("Content-Disposition") == ["attachment; filename*=UTF-8''scan.pdf"]
    assert answer.all("X-Content-Type-Options") == ["nosniff"]
    assert answer.all("Accept-Ranges") == ["bytes"]  # nginx reads the file: we answer no ranges
    stored = next(file for file in (front.folder / "var" / "media").rglob("*") if file.is_file())
    inside = stored.relative_to(front.folder / "var" / "media")
    assert front.ask(f"/protected-media/{inside}").status == 404
    assert front.ask(link.replace("/files/", "/files/x")).status == 404


def dawdlers(front: Front, *, count: int, source: str, first: bytes) -> list[ssl.SSLSocket]:
    lines = []
    for _number in range(count):
        raw = socket.create_connection(("127.0.0.1", front.port), timeout=10, source_address=(source, 0))
        line = UNCHECKED.wrap_socket(raw)
        line.sendall(first)
        lines.append(line)
    return lines


def closed(lines: list[ssl.SSLSocket]) -> int:
    """How many of them the server has given up."""
    gone = 0
    for line in lines:
        line.settimeout(0.01)
        try:
            gone += line.recv(4096) == b""
        except TimeoutError:
            pass
        except OSError:
            gone += 1
    return gone


def test_who_never_finishes_a_header_is_dropped_and_nobody_waits_for_them(front: Front) -> None:
    """The header has ten seconds in all, however lively it trickles."""
    head = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    lines = dawdlers(front, count=200, source="127.0.0.20", first=head)
    (last,) = dawdlers(front, count=1, source="127.0.0.20", first=head)
    began = time.monotonic()
    while closed([last]) == 0:
        for line in [*lines, last]:
            try:
                line.sendall(b"X-Drop: 1\r\n")
            except OSError:
                pass  # one that has been dropped
        asked = time.monotonic()
        assert front.ask("/app/login").status == 200
        assert time.monotonic() - asked < 5
        assert time.monotonic() - began < 30
        time.sleep(0.5)
    assert time.monotonic() - began > 9  # it was the limit, nothing else
    assert closed(lines) == 200


def test_who_dawdles_over_bodies_takes_no_process_and_only_so_many_connections(front: Front) -> None:
    head = b"POST /public/api/v1/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nx"
    lines = dawdlers(front, count=230, source="127.0.0.21", first=head)
    time.sleep(1)
    refused = 0
    for line in lines:
        line.setblocking(False)  # to wait here for each would outlast the time that nginx gives them
        try:
            refused += line.recv(4096).startswith(b"HTTP/1.1 429")
        except ssl.SSLWantReadError:
            pass
    assert refused == 30
    asked = time.monotonic()
    assert front.ask("/app/login").status == 200  # 230 would have taken every thread
    assert time.monotonic() - asked < 5
    mine = front.ask("/app/login", source="127.0.0.21")
    assert (mine.status, mine.json()["code"]) == (429, "too_many_requests")
    for line in lines:
        line.close()


def test_while_one_process_of_each_kind_is_gone_no_request_fails(front: Front) -> None:
    for port in list(front.web):
        with front.without(web=[port]):
            assert [front.as_bob("/conversations").status for _number in range(12)] == [200] * 12


def test_a_write_is_never_repeated_by_nginx_when_its_process_dies(front: Front) -> None:
    """It is passed on only where nothing had been sent yet: the connection was refused."""
    number = some_conversation(front)
    marks = [uuid.uuid4().hex for _number in range(6)]
    with front.without(web=[next(iter(front.web))]):
        for mark in marks:
            sent = front.as_bob(
                f"/conversations/{number}/messages", method="POST", body=json.dumps({"content": mark}),
                headers={"Content-Type": "application/json"},
            )  # fmt: skip
            assert sent.status == 200
    written = [one["content"] for one in front.as_bob(f"/conversations/{number}/messages").json()["payload"]]
    assert [one for one in written if one in marks] == marks


def test_with_no_process_left_people_and_programs_are_told_in_words(front: Front) -> None:
    with front.without(web=list(front.web)):
        answer = front.ask("/api/v1/accounts/1/conversations")
        assert (answer.status, answer.json()["code"], answer.all("Retry-After")) == (
            503,
            "unavailable",
            ["5"],
        )
        page = front.ask("/app/", headers={"Accept": "text/html"})
        assert page.status == 503
        assert "Parley is not available at the moment. Nothing was stored." in page.body.decode()
        assert page.all("Strict-Transport-Security") == HSTS
    assert front.ask("/app/login").status == 200
