"""From an ASGI http scope to a WSGI environ."""

import sys
from collections.abc import Iterable, Iterator, MutableMapping
from functools import lru_cache
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

FILE_BLOCK_BYTES = 128 * 1024
# Chatwoot's clients send this one header with underscores. All others with underscores are dropped, because
# X_FORWARDED_FOR and X-Forwarded-For would arrive in the environ under one name.
UNDERSCORED_HEADER = b"api_access_token"


class FileWrapper:
    """`wsgi.file_wrapper`: reads blocks of at least 128 KiB, because every block is a hop between threads.

    Django's FileResponse asks for 4 KiB, which made a 50 MB download 12,800 hops.
    """

    def __init__(self, filelike: Any, block_size: int = FILE_BLOCK_BYTES) -> None:
        self.filelike = filelike
        self.block_size = max(block_size, FILE_BLOCK_BYTES)
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data: bytes = self.filelike.read(self.block_size)
        if not data:
            raise StopIteration
        return data


@lru_cache(maxsize=512)
def environ_key(name: bytes) -> str | None:
    """The environ key of a lower-case header name; None for a header that is not passed on."""
    if name in (b"transfer-encoding", b"proxy"):  # the body is decoded already; HTTP_PROXY is "httpoxy"
        return None
    if b"_" in name and name != UNDERSCORED_HEADER:
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key


def add_headers(environ: dict[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Put header pairs (lower-case name, value) into the environ; repeated ones are joined (RFC 9110 5.3)."""
    for name, value in headers:
        key = environ_key(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text


def path_info(scope: MutableMapping[str, Any]) -> str:
    """PATH_INFO as PEP 3333 wants it: percent-decoded bytes in latin-1 clothing, without the root path.

    The scope's own `path` is decoded as UTF-8 with replacement characters, so it cannot give the bytes back.
    """
    raw = scope.get("raw_path") or scope["path"].encode()
    if not raw.startswith(b"/") and b"://" in raw:  # absolute-form, RFC 9112 3.2.2
        raw = b"/" + raw.split(b"://", 1)[1].partition(b"/")[2]
    path = unquote_to_bytes(raw).decode("latin-1")
    return path.removeprefix(scope.get("root_path") or "")


def build_environ(*, scope: MutableMapping[str, Any], body: BinaryIO, size: int) -> dict[str, Any]:
    """The WSGI environ of an ASGI http scope. `size` is the bytes in `body`, whatever the client declared."""
    client, server = scope.get("client"), scope.get("server")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path") or "",
        "PATH_INFO": path_info(scope),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0] if server else "localhost",
        "SERVER_PORT": str(server[1]) if server and server[1] is not None else "80",
        "SERVER_PROTOCOL": "HTTP/" + scope["http_version"],
        "REMOTE_ADDR": client[0] if client else "",
        "REMOTE_PORT": str(client[1]) if client else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme") or "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    add_headers(environ, scope["headers"])
    if size or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(size)  # chunked has none, and Django reads no further
    return environ
