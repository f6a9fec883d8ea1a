"""ASGI in front, WSGI behind: daphne's requests run through Django's WSGI handler in a fixed pool of threads.

Django's own ASGI handler costs several times more CPU per request (tests/server/cost.py measures it). A
plain response is one hop to a thread and back. A streaming one is pulled chunk by chunk, and `send` waits
for a slow reader, so such a reader holds neither a thread nor memory. What the application may not do
across a `yield` is written in `config.serving.exchange`.
"""

import asyncio
import json
import logging
import queue
import tempfile
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, TypeVar, cast

from config.serving.exchange import Answer, Exchange, WSGIApplication, prepare_thread, settle_database

logger = logging.getLogger(__name__)

T = TypeVar("T")
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEFAULT_THREADS = 8
DEFAULT_QUEUE = 256
DEFAULT_MAX_BODY = 64 * 1024 * 1024
SPOOL_BYTES = 1024 * 1024
# Our own server has the whole body before the request starts and hands it over: (file at position 0, bytes).
BODY_KEY = "parley.body"


class Refused(Exception):
    """A request that is answered without asking the application."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.answer = error_answer(status, code, message, *headers)


class ClientGone(Exception):
    """The client disconnected before its request was complete."""


def error_body(code: str, message: str) -> bytes:
    """Our error shape. `error` repeats the message because that is the key Chatwoot's clients read."""
    return json.dumps({"code": code, "message": message, "error": message}).encode()


def error_answer(status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    body = error_body(code, message)
    length = (b"content-length", b"%d" % len(body))
    return Answer(status, [(b"content-type", b"application/json"), length, *headers], body, True)


def too_large(limit: int) -> Refused:
    close = (b"connection", b"close")
    return Refused(413, "payload_too_large", f"The request is larger than {limit} bytes.", close)


def declared_length(headers: list[tuple[bytes, bytes]]) -> int | None:
    """Content-Length in bytes, None without one. Raises Refused 400 or 411 for what cannot be a length."""
    lengths = {value.strip() for name, value in headers if name == b"content-length"}
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (codings != [b"chunked"] or lengths):
        raise Refused(411, "length_required", "Send Content-Length or Transfer-Encoding: chunked, not both.")
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not length.isdigit():
        raise Refused(400, "bad_request", "Content-Length is not a number of bytes.")
    return int(length)


async def collect_body(*, receive: Receive, limit: int) -> tuple[BinaryIO, int]:
    """The request body as (file at position 0, bytes); on disk above 1 MB. Raises Refused 413, ClientGone."""
    message = await receive()
    body = cast(BinaryIO, BytesIO())
    size = 0
    if message.get("more_body"):
        body = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))
    try:
        while message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > limit:
                raise too_large(limit)
            body.write(message.get("body", b""))
            if not message.get("more_body"):
                body.seek(0)
                return body, size
            message = await receive()
        raise ClientGone
    except BaseException:
        body.close()
        raise


class WorkerPool:
    """A fixed number of threads and one queue.

    Not concurrent.futures: its threads are joined at interpreter exit, so a view that hangs would keep a
    stopped server alive, and its futures cost about a tenth more per request.
    """

    def __init__(self, *, threads: int) -> None:
        self.threads = threads
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = queue.SimpleQueue()
        self._started = False

    @property
    def waiting(self) -> int:
        """Jobs that no thread has taken yet."""
        return self._jobs.qsize()

    def submit(self, job: Callable[[], T]) -> "asyncio.Future[T]":
        """Run `job` in a thread; called on the event loop, whose future is returned."""
        if not self._started:
            self._start()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((job, future))
        return future

    def _start(self) -> None:
        self._started = True
        for number in range(self.threads):
            threading.Thread(target=self._work, name=f"http-{number}", daemon=True).start()

    def _work(self) -> None:
        prepare_thread()
        while True:
            job, future = self._jobs.get()
            report = partial(_settle, future, *_outcome(job))
            try:
                future.get_loop().call_soon_threadsafe(report)
            except RuntimeError:  # the loop is closed: the server has stopped
                return
            del job, future, report  # an idle thread must not keep the last request alive


def _outcome(job: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return job(), None
    except BaseException as error:
        return None, error


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():  # cancelled meanwhile
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, Exception) and not isinstance(error, StopIteration):
        future.set_exception(error)
    else:  # SystemExit and the like must not unwind the event loop
        future.set_exception(RuntimeError(f"{type(error).__name__} in the application: {error}"))


class Bridge:
    """The ASGI http application. `queue_limit` requests may wait for a thread; the next one gets 503."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        threads: int = DEFAULT_THREADS,
        queue_limit: int = DEFAULT_QUEUE,
        max_body: int = DEFAULT_MAX_BODY,
        settle: Callable[[], None] = settle_database,
    ) -> None:
        self.application = application
        self.pool = WorkerPool(threads=threads)
        self.queue_limit = queue_limit
        self.max_body = max_body
        self.settle = settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            exchange = await self._accept(scope=scope, receive=receive)
        except Refused as refused:
            await send_answer(send, refused.answer)
        except ClientGone:
            return
        else:
            await self._run(exchange=exchange, receive=receive, send=send)

    async def _accept(self, *, scope: Scope, receive: Receive) -> Exchange:
        length = declared_length(scope["headers"])
        if length is not None and length > self.max_body:
            raise too_large(self.max_body)
        body, size = scope.get(BODY_KEY) or await collect_body(receive=receive, limit=self.max_body)
        if self.pool.waiting >= self.queue_limit:
            body.close()
            raise Refused(503, "overloaded", "The server is busy. Try again.", (b"retry-after", b"1"))
        return Exchange(application=self.application, scope=scope, body=body, size=size, settle=self.settle)

    async def _run(self, *, exchange: Exchange, receive: Receive, send: Send) -> None:
        answer: Answer | None = None
        try:
            answer = await self.pool.submit(exchange.run)
        except Exception:
            logger.exception("the application failed: %s", exchange.scope.get("path"))
            answer = error_answer(500, "server_error", "Something went wrong on our side.")
        finally:
            if answer is None:  # cancelled while a thread is inside the application
                exchange.close()
        if answer.complete:
            await send_answer(send, answer)
        else:
            await self._stream(exchange=exchange, answer=answer, receive=receive, send=send)

    async def _stream(self, *, exchange: Exchange, answer: Answer, receive: Receive, send: Send) -> None:
        """Pull and send one chunk at a time. After an exception the response stays unfinished."""
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await send_start(send, answer)
            chunk: bytes | None = answer.body
            while chunk is not None:
                if chunk:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if gone.done():
                    return
                chunk = await self.pool.submit(exchange.pull)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self.pool.submit(exchange.close)


async def disconnected(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_start(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})


async def send_answer(send: Send, answer: Answer) -> None:
    await send_start(send, answer)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
