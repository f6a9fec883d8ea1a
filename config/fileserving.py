"""Answers that are files. Who may have the file was asked before.

From a bucket by a short-lived address of the bucket's own; from the disk by nginx where it is told to
(ACCEL_LOCATION), else by us: block by block, any range of it, never more than a block in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse

from config.filestore import StorageDown

BLOCK_BYTES = 128 * 1024
# Whatever a browser makes of the content, it is nobody's page and runs nothing.
_HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Served:
    """A stored file and how to show it. `inline`: in the page; else it is only ever downloaded."""

    name: str
    file_name: str
    content_type: str
    inline: bool
    max_age: int = 3600

    @property
    def disposition(self) -> str:
        kind = "inline" if self.inline else "attachment"
        return f"{kind}; filename*=UTF-8''{quote(self.file_name or 'file')}"


def serve(request: HttpRequest, served: Served) -> HttpResponse | StreamingHttpResponse:
    """The file, or the part of it that was asked for. Raises FileNotFoundError, StorageDown."""
    response: HttpResponse | StreamingHttpResponse
    if hasattr(default_storage, "signed_url"):
        response = _elsewhere(served)
    elif settings.ACCEL_LOCATION:
        response = HttpResponse(content_type=served.content_type)
        response["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION.rstrip('/')}/{quote(served.name)}"
        response["Content-Disposition"] = served.disposition
    else:
        response = _streamed(request, served)
    for name, value in _HARMLESS.items():
        response[name] = value
    if "X-Accel-Redirect" in response:
        del response["Accept-Ranges"]  # nginx reads the file, and says so itself
    response.setdefault("Cache-Control", f"private, max-age={served.max_age}")
    return response


def _elsewhere(served: Served) -> HttpResponse:
    seconds = settings.STORAGE_LINK_SECONDS
    storage: Any = default_storage
    url = storage.signed_url(
        served.name, content_type=served.content_type, disposition=served.disposition, seconds=seconds
    )
    response = HttpResponseRedirect(url)
    # Not longer than the address it leads to is good for, with time left to use it.
    response["Cache-Control"] = f"private, max-age={min(served.max_age, seconds // 2)}"
    return response


def _streamed(request: HttpRequest, served: Served) -> HttpResponse | StreamingHttpResponse:
    try:
        file = default_storage.open(served.name, "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageDown from error
    size = file.size
    wanted = _range(request.headers.get("Range", ""), size)
    if wanted is None:
        whole = FileResponse(file, content_type=served.content_type)
        whole["Content-Length"] = str(size)
        whole["Content-Disposition"] = served.disposition
        return whole
    first, last = wanted
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = _Part(file, first, last - first + 1)
    response = StreamingHttpResponse(part, status=206, content_type=served.content_type)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    response["Content-Disposition"] = served.disposition
    return response


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None for the whole file, which is also the answer to several ranges and to nonsense
    (RFC 9110, 14.2); first > last if the file has nothing of it."""
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if first == "":
        length = min(int(last), size)
        return (size - length, size - 1) if length else (1, 0)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return (1, 0)
    return int(first), min(int(last) if last else size - 1, size - 1)


class _Part:
    """A stretch of a file, block by block. Has a `close`, so that Django closes the file with the response."""

    def __init__(self, file: Any, first: int, length: int) -> None:
        self.file, self.left = file, length
        file.seek(first)
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0:
            block = self.file.read(min(BLOCK_BYTES, self.left))
            if not block:
                return
            self.left -= len(block)
            yield block
