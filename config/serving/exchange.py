"""The thread side of the bridge: one request through a WSGI application.

Nothing here knows about asyncio. `config.serving.bridge` calls an `Exchange` from pool threads, one call at a
time, and each call may land on another thread. So a streaming response must not keep a database
transaction or cursor open across a `yield`: the next thread has another connection, and the first one
would serve somebody else's request inside that transaction. `settle_database` turns that mistake into a
failed response, not a leak between accounts.
"""

import contextvars
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from django.core.cache import caches
from django.db import connections
from django.utils import translation

from config.serving.environ import FileWrapper, build_environ

logger = logging.getLogger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[bytes, bytes]]

BODILESS = frozenset({204, 304})
# Connection handling is the server's business; a view must not desynchronise the stream (PEP 3333).
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)


class Answer(NamedTuple):
    """What is known after the first hop. `complete`: `body` is all of it, and the response is closed."""

    status: int
    headers: Headers
    body: bytes
    complete: bool


class BrokenResponse(Exception):
    """The response cannot be finished truthfully; the connection must be cut, not ended."""


def prepare_thread() -> None:
    """Make this thread's cache objects before its first request.

    They live in a context variable; made inside a request's own context they would be made, and connected to
    Redis, anew for every request.
    """
    try:
        caches.all()
    except Exception:  # a thread that dies here would leave its requests unanswered
        logger.exception("a cache cannot be made")


def settle_database() -> None:
    """Give this thread's connections back; raise BrokenResponse when one still has a transaction open.

    Called after everything that ran application code. An open transaction holds work that was never
    committed: an answer of 2xx would be a lie, and the next request on this thread would run inside it.
    """
    left_open = []
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            left_open.append(connection.alias)
            connection.close()
            del connections[connection.alias]
        else:
            connection.close_if_unusable_or_obsolete()
    if left_open:
        raise BrokenResponse("a database transaction was still open when the application returned")


class Exchange:
    """One request on its way through the application.

    `run` and `pull` are called from pool threads, never at the same time. `close` may be called whenever
    the client has gone, even while a thread is inside the application: the thread then closes the
    response when it comes out, because a generator that is running cannot be closed.

    Everything happens in one context: a stream sees the context variables its view has set, wherever it
    is pulled, and the next request on the thread does not.
    """

    def __init__(
        self,
        *,
        application: WSGIApplication,
        scope: MutableMapping[str, Any],
        body: BinaryIO,
        size: int,
        settle: Callable[[], None] = settle_database,
    ) -> None:
        self.application = application
        self.scope = scope
        self.body = body
        self.size = size
        self.settle = settle
        self.status = 0
        self.headers: Headers = []
        self.written: list[bytes] = []
        self.response: Iterable[bytes] = ()
        self.chunks: Iterator[bytes] = iter(())
        self.context: contextvars.Context | None = None
        self.language: str | None = None
        self.remaining: int | None = None
        self.headers_sent = False
        self._mutex = threading.Lock()
        self._inside = False
        self._closing = False
        self._closed = False

    # --- calls from pool threads ---

    def run(self) -> Answer:
        """Call the application. Raises whatever it raises; nothing has been sent at that point."""
        self.context = contextvars.copy_context()
        with self:
            return self.context.run(self._call)

    def pull(self) -> bytes | None:
        """The next chunk of a streaming response, None at the end. Raises what the generator raises."""
        assert self.context is not None
        with self:
            return self.context.run(self._next)

    def close(self) -> None:
        """Close the response and the request body; safe to call twice and at any moment."""
        with self._mutex:
            self._closing = True
            if self._inside or self._closed:
                return
            self._closed = True
        self._release_in_context()

    # --- the application's side ---

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None and self.headers_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self.status:
            raise AssertionError("start_response was called twice without exc_info")
        self.status = int(status[:3])
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.headers = [pair for pair in encoded if pair[0] not in HOP_BY_HOP]
        return self.written.append

    # --- inside ---

    def __enter__(self) -> Self:
        with self._mutex:
            if self._closing:
                raise BrokenResponse("the client left before a thread was free")
            self._inside = True
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._mutex:
            self._inside = False
            close_now = (self._closing or kind is not None) and not self._closed
            self._closed = self._closed or close_now
        if close_now:
            self._release_in_context()

    def _release_in_context(self) -> None:
        if self.context is None:
            self.body.close()
        else:
            self.context.run(self._release)

    def _release(self) -> None:
        try:
            close = getattr(self.response, "close", None)
            if close is not None:
                close()
        except Exception:
            logger.exception("closing a response failed: %s", self.scope.get("path"))
        finally:
            self.body.close()

    def _call(self) -> Answer:
        environ = build_environ(scope=self.scope, body=self.body, size=self.size)
        self.response = self.application(environ, self.start_response)
        return self._whole() if self._is_whole() else self._first_part()

    def _is_whole(self) -> bool:
        """Whether the body can be joined at once. Django's plain responses say `streaming = False`."""
        return isinstance(self.response, list | tuple) or getattr(self.response, "streaming", None) is False

    def _whole(self) -> Answer:
        body = b"".join([*self.written, *self.response])
        self._finish()
        headers = self._with_length(len(body))
        return Answer(self._known_status(), headers, b"" if self._bodiless() else body, True)

    def _first_part(self) -> Answer:
        """Pull the first chunk here: an exception can still become a 500; a short file ends here."""
        self.chunks = iter(self.response)
        first = b"" if self._bodiless() else b"".join(self.written) or next(self.chunks, b"")
        if self._bodiless():
            self._finish()
            return Answer(self._known_status(), self.headers, b"", True)
        if isinstance(self.response, FileWrapper) and len(first) < self.response.block_size:
            self._finish()
            return Answer(self._known_status(), self._with_length(len(first)), first, True)
        self.settle()
        self.language = translation.get_language()
        self._expect_declared_length(first=first)
        self.headers_sent = True
        return Answer(self._known_status(), self.headers, first, False)

    def _next(self) -> bytes | None:
        # asgiref's Local is blind on another thread, copied context or not, so the language is carried by
        # hand.
        with translation.override(self.language):
            chunk = next(self.chunks, None)
        self.settle()
        if self.remaining is not None:
            self._account_for(chunk)
        return chunk

    def _account_for(self, chunk: bytes | None) -> None:
        """Keep a declared Content-Length true: too much or too little ends as a cut connection."""
        assert self.remaining is not None
        if chunk is None and self.remaining:
            raise BrokenResponse(f"the response ended {self.remaining} bytes before its Content-Length")
        self.remaining -= len(chunk or b"")
        if self.remaining < 0:
            raise BrokenResponse("the response is longer than its Content-Length")

    def _finish(self) -> None:
        """Close the response in the hop that produced it, and only then believe it."""
        with self._mutex:
            self._closed = True
        self._release()
        self.settle()

    def _known_status(self) -> int:
        if not self.status:
            raise AssertionError("the application never called start_response")
        return self.status

    def _bodiless(self) -> bool:
        return self.scope["method"] == "HEAD" or self.status in BODILESS

    def _declared_length(self) -> int | None:
        return next((int(value) for name, value in self.headers if name == b"content-length"), None)

    def _with_length(self, length: int) -> Headers:
        """The headers with a true Content-Length. What HEAD and 304 declare is about another answer: kept."""
        declared = self._declared_length()
        if declared == length or self.status in BODILESS or (declared is not None and self._bodiless()):
            return self.headers
        others = [pair for pair in self.headers if pair[0] != b"content-length"]
        return [*others, (b"content-length", b"%d" % length)]

    def _expect_declared_length(self, *, first: bytes) -> None:
        self.remaining = self._declared_length()
        if self.remaining is not None:
            self._account_for(first)
