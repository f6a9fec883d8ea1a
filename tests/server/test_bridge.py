"""The bridge by itself: any WSGI application behind it, no server in front of it."""

import asyncio
import io
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextvars import ContextVar
from typing import Any

import pytest

from config.serving.bridge import Bridge
from config.serving.environ import build_environ

STORY: ContextVar[str] = ContextVar("story", default="untouched")


class Client:
    """Plays the ASGI server: hands over one request and keeps what comes back."""

    def __init__(self, *, body: Iterable[bytes] = (), leave_after: int | None = None, **scope: Any) -> None:
        headers = [(name.encode(), value.encode()) for name, value in scope.pop("headers", [])]
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": headers,
            "client": ["10.0.0.7", 4711],
            "server": ["127.0.0.1", 8000],
        } | scope
        self.parts = list(body)
        self.leave_after = leave_after
        self.gone = asyncio.Event()
        self.sent: list[MutableMapping[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.parts:
            part = self.parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self.parts)}
        if not hasattr(self, "asked"):
            self.asked = True
            if not self.sent and self.leave_after != 0:
                return {"type": "http.request", "body": b"", "more_body": False}
        if self.leave_after != 0:
            await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)
        if self.leave_after is not None and len(self.chunks) >= self.leave_after:
            self.gone.set()
        await asyncio.sleep(0)

    async def call(self, bridge: Bridge) -> "Client":
        await bridge(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def chunks(self) -> list[bytes]:
        return [message["body"] for message in self.sent[1:]]

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def finished(self) -> bool:
        return bool(self.sent) and self.sent[-1].get("more_body") is False


class Response:
    """A streaming WSGI response that counts how often it is closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = iter(chunks)
        self.pulled = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self.chunks)
        self.pulled += 1
        return chunk

    def close(self) -> None:
        self.closed += 1


def bridge(application: Callable[..., Any], **options: Any) -> Bridge:
    defaults: dict[str, Any] = {"threads": 2, "settle": lambda: None}
    return Bridge(application, **(defaults | options))


def answering(
    result: Any, *, status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()
) -> Callable[..., Any]:
    """A WSGI application with a fixed answer."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, list(headers))
        return result

    return application


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


# --- what arrives ---


def environ(**scope: Any) -> dict[str, Any]:
    return build_environ(scope=Client(**scope).scope, body=io.BytesIO(), size=0)


def test_the_path_arrives_as_its_bytes_even_when_they_are_no_utf8() -> None:
    made = environ(path="/caf\ufffd/ä", raw_path=b"/caf%E9/%C3%A4")
    assert made["PATH_INFO"] == "/caf\xe9/\xc3\xa4"


def test_an_absolute_request_target_means_its_path() -> None:
    assert environ(raw_path=b"http://shop.example/a%20b")["PATH_INFO"] == "/a b"


def test_the_root_path_moves_from_the_path_to_the_script_name() -> None:
    made = environ(raw_path=b"/desk/app/", root_path="/desk")
    assert (made["SCRIPT_NAME"], made["PATH_INFO"]) == ("/desk", "/app/")


def test_repeated_headers_are_joined_and_cookies_with_a_semicolon() -> None:
    made = environ(
        headers=[
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-for", "2.2.2.2"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
        ]
    )
    assert made["HTTP_X_FORWARDED_FOR"] == "1.1.1.1,2.2.2.2"
    assert made["HTTP_COOKIE"] == "a=1; b=2"


def test_underscores_in_header_names_are_dropped_but_for_chatwoots_token() -> None:
    made = environ(
        headers=[("x_forwarded_for", "6.6.6.6"), ("api_access_token", "secret"), ("proxy", "evil")]
    )
    assert made["HTTP_API_ACCESS_TOKEN"] == "secret"
    assert "HTTP_X_FORWARDED_FOR" not in made
    assert "HTTP_PROXY" not in made


def test_addresses_scheme_and_query_arrive() -> None:
    made = environ(query_string=b"q=%C3%A4", scheme="https", method="PUT")
    assert made["REMOTE_ADDR"] == "10.0.0.7"
    assert made["SERVER_NAME"] == "127.0.0.1"
    assert made["SERVER_PORT"] == "8000"
    assert made["QUERY_STRING"] == "q=%C3%A4"
    assert made["wsgi.url_scheme"] == "https"
    assert made["REQUEST_METHOD"] == "PUT"


def test_a_unix_socket_has_no_addresses() -> None:
    made = environ(client=None, server=None)
    assert (made["REMOTE_ADDR"], made["SERVER_NAME"], made["SERVER_PORT"]) == ("", "localhost", "80")


async def test_a_chunked_body_arrives_whole_with_its_real_length() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["CONTENT_LENGTH"].encode(), b" ", environ["wsgi.input"].read()]

    client = Client(method="POST", body=[b"one,", b"", b"two"], headers=[("transfer-encoding", "chunked")])
    assert (await client.call(bridge(application))).content == b"7 one,two"


# --- what is refused ---


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([("content-length", "101")], 413, "payload_too_large"),
        ([("content-length", "-1")], 400, "bad_request"),
        ([("content-length", "ten")], 400, "bad_request"),
        ([("content-length", "1"), ("content-length", "2")], 400, "bad_request"),
        ([("transfer-encoding", "gzip")], 411, "length_required"),
        ([("transfer-encoding", "chunked"), ("content-length", "3")], 411, "length_required"),
    ],
)
async def test_impossible_lengths_are_refused_before_the_application_sees_them(
    headers: list[tuple[str, str]], status: int, code: str
) -> None:
    client = await Client(method="POST", headers=headers).call(bridge(None, max_body=100))  # type: ignore[arg-type]
    assert client.status == status
    assert json.loads(client.content)["code"] == code
    assert client.finished


async def test_a_chunked_body_is_refused_when_the_running_total_is_too_large() -> None:
    client = Client(
        method="POST", body=[b"x" * 60, b"x" * 60, b"x"], headers=[("transfer-encoding", "chunked")]
    )
    await client.call(bridge(None, max_body=100))  # type: ignore[arg-type]
    assert client.status == 413
    assert set(json.loads(client.content)) == {"code", "message", "error"}
    assert client.parts == [b"x"]


async def test_a_client_that_leaves_in_the_middle_of_its_body_reaches_no_view() -> None:
    client = Client(method="POST", headers=[("content-length", "5")], leave_after=0)
    await client.call(bridge(None))  # type: ignore[arg-type]
    assert client.sent == []


async def test_more_requests_than_the_queue_holds_are_told_to_come_back() -> None:
    release = threading.Event()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        release.wait(5)
        start_response("200 OK", [])
        return [b"done"]

    full = bridge(application, threads=1, queue_limit=2)
    first = asyncio.create_task(Client().call(full))
    await until(lambda: full.pool._started and full.pool.waiting == 0)
    waiting = [asyncio.create_task(Client().call(full)) for _ in range(2)]
    await until(lambda: full.pool.waiting == 2)
    refused = await Client().call(full)
    release.set()
    assert [(await task).status for task in [first, *waiting]] == [200, 200, 200]
    assert refused.status == 503
    assert refused.headers[b"retry-after"] == b"1"
    assert json.loads(refused.content)["code"] == "overloaded"


# --- what comes back ---


async def test_a_plain_answer_gets_its_length() -> None:
    client = await Client().call(bridge(answering([b"ab", b"c"], headers=[("X-One", "1"), ("X-One", "2")])))
    assert client.sent == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"x-one", b"1"), (b"x-one", b"2"), (b"content-length", b"3")],
        },
        {"type": "http.response.body", "body": b"abc", "more_body": False},
    ]


async def test_a_wrong_length_of_a_plain_answer_is_put_right() -> None:
    client = await Client().call(bridge(answering([b"abc"], headers=[("Content-Length", "9")])))
    assert client.headers[b"content-length"] == b"3"


async def test_head_keeps_the_length_and_loses_the_body() -> None:
    client = await Client(method="HEAD").call(bridge(answering([b"abc"])))
    assert client.headers[b"content-length"] == b"3"
    assert client.content == b""


async def test_head_of_a_stream_pulls_nothing_and_closes_it() -> None:
    response = Response([b"one"])
    client = await Client(method="HEAD").call(bridge(answering(response)))
    assert (client.content, client.finished) == (b"", True)
    assert (response.pulled, response.closed) == (0, 1)


async def test_no_content_carries_none() -> None:
    client = await Client().call(bridge(answering([b"surplus"], status="204 No Content")))
    assert (client.content, b"content-length" in client.headers) == (b"", False)


async def test_connection_headers_of_the_application_are_dropped() -> None:
    headers = [("Connection", "close"), ("Transfer-Encoding", "chunked"), ("X-Kept", "yes")]
    client = await Client().call(bridge(answering([b""], headers=headers)))
    assert set(client.headers) == {b"x-kept", b"content-length"}


async def test_what_is_written_the_old_way_comes_first() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])(b"written ")
        return [b"returned"]

    assert (await Client().call(bridge(application))).content == b"written returned"


async def test_a_small_file_is_one_answer_and_a_large_one_a_stream() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"f" * int(environ["QUERY_STRING"])), 4096)

    small = await Client(query_string=b"5000").call(bridge(application))
    large = await Client(query_string=b"300000").call(bridge(application))
    assert [len(chunk) for chunk in small.chunks] == [5000]
    assert [len(chunk) for chunk in large.chunks] == [131072, 131072, 37856, 0]


async def test_the_application_may_change_its_mind_before_anything_is_sent() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        try:
            raise KeyError("late")
        except KeyError as error:
            start_response("409 Conflict", [], (KeyError, error, error.__traceback__))
        return [b"conflict"]

    assert (await Client().call(bridge(application))).status == 409


async def test_after_the_headers_exc_info_is_raised_and_the_response_stays_unfinished() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        error = KeyError("late")
        start_response("500 Error", [], (KeyError, error, None))

    client = Client()
    with pytest.raises(KeyError):
        await client.call(bridge(application))
    assert (client.content, client.finished) == (b"first", False)


# --- what fails ---


def _raises(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise RuntimeError("broken")


def _exits(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise SystemExit(0)


def _starts_and_raises(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    raise RuntimeError("broken")


def _never_starts(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return [b"hello"]


def _starts_twice(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    start_response("200 OK", [])
    return [b"hello"]


def _fails_before_the_first_chunk(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [])
    if environ:
        raise RuntimeError("broken")
    yield b""


@pytest.mark.parametrize(
    "application",
    [_raises, _exits, _starts_and_raises, _never_starts, _starts_twice, _fails_before_the_first_chunk],
)
async def test_a_failure_before_the_headers_is_a_500_and_never_a_200(application: Callable[..., Any]) -> None:
    client = await Client().call(bridge(application))
    assert client.status == 500
    assert json.loads(client.content)["code"] == "server_error"
    assert client.finished


async def test_an_answer_whose_transaction_stays_open_is_a_500() -> None:
    def settle() -> None:
        raise RuntimeError("a transaction is open")

    response = Response([b"one"])
    assert (await Client().call(bridge(answering([b"saved"]), settle=settle))).status == 500
    assert (await Client().call(bridge(answering(response), settle=settle))).status == 500
    assert response.closed == 1


@pytest.mark.parametrize("declared", ["10", "4"])
async def test_a_stream_that_breaks_its_promised_length_is_cut(declared: str) -> None:
    response = Response([b"123", b"45"])
    client = Client()
    with pytest.raises(Exception, match="Content-Length"):
        await client.call(bridge(answering(response, headers=[("Content-Length", declared)])))
    await until(lambda: response.closed == 1)
    assert (client.status, client.finished) == (200, False)


# --- clients that leave, threads that change ---


async def test_a_stream_stops_and_is_closed_once_when_its_reader_leaves() -> None:
    response = Response(b"x" for _ in range(1000))
    client = await Client(leave_after=3).call(bridge(answering(response)))
    await until(lambda: response.closed == 1)
    assert response.pulled <= 5
    assert not client.finished


async def test_a_request_cancelled_inside_the_view_is_closed_when_the_view_returns() -> None:
    inside, release = threading.Event(), threading.Event()
    response = Response([b"one"])

    def application(environ: dict[str, Any], start_response: Any) -> Response:
        inside.set()
        release.wait(5)
        start_response("200 OK", [])
        return response

    task = asyncio.create_task(Client().call(bridge(application)))
    await until(inside.is_set)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert response.closed == 0
    release.set()
    await until(lambda: response.closed == 1)


async def test_a_stream_cancelled_inside_its_generator_is_closed_when_the_generator_yields() -> None:
    inside, release = threading.Event(), threading.Event()
    ended: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            yield b"one"
            inside.set()
            release.wait(5)
            yield b"two"
            ended.append("went on")
        finally:
            ended.append("closed")

    task = asyncio.create_task(Client().call(bridge(application)))
    await until(inside.is_set)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ended == []
    release.set()
    await until(lambda: bool(ended))
    assert ended == ["closed"]


async def test_what_one_request_leaves_in_a_context_variable_the_next_does_not_see() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen = STORY.get()
        STORY.set("left behind")
        start_response("200 OK", [])
        return [seen.encode()]

    one_thread = bridge(application, threads=1)
    assert [(await Client().call(one_thread)).content for _ in range(2)] == [b"untouched", b"untouched"]


async def test_a_stream_keeps_its_context_variables_whichever_thread_pulls() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        token = STORY.set("mine")
        for _ in range(20):
            yield STORY.get().encode()
        STORY.reset(token)

    client = await Client().call(bridge(application, threads=4))
    assert client.content == b"mine" * 20
