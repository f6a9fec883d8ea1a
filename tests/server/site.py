"""Views, sockets and the ASGI application of the site under test; `python -m tests.server.site` serves it."""

import asyncio
import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.server.site_settings")

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import translation

from channels_ext.realtime.sockets import wire_frame
from config.management.commands.serve import Command
from config.serving.bridge import Bridge

CHUNK = b"x" * 64 * 1024
streams: dict[str, str] = {}


def ok(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"ok": True})


def environ(request: HttpRequest) -> HttpResponseBase:
    body = request.read()
    strings = {key: value for key, value in request.META.items() if isinstance(value, str)}
    return JsonResponse({"environ": strings, "size": len(body), "sha": hashlib.sha256(body).hexdigest()})


def upload(request: HttpRequest) -> HttpResponseBase:
    files = {name: len(file.read()) for name, file in request.FILES.items()}  # type: ignore[union-attr]
    return JsonResponse({"fields": request.POST.dict(), "files": files})


def sleep(request: HttpRequest) -> HttpResponseBase:
    time.sleep(float(request.GET["seconds"]))
    return JsonResponse({"slept": True})


def stream(request: HttpRequest) -> HttpResponseBase:
    """`chunks` chunks of 64 KiB; what became of the stream can be read at /streams."""
    return StreamingHttpResponse(_chunks(request.GET["name"], int(request.GET["chunks"])))


def _chunks(name: str, count: int) -> Iterator[bytes]:
    sent = 0
    try:
        while sent < count:
            sent += 1
            yield CHUNK
        streams[name] = "complete"
    finally:
        streams.setdefault(name, f"closed after {sent}")


def tell_streams(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse(streams)


def words(request: HttpRequest) -> HttpResponseBase:
    def lines() -> Iterator[str]:
        for _ in range(6):
            yield f"{translation.get_language()}\n"
            time.sleep(0.01)

    return StreamingHttpResponse(lines())


def broken_stream(request: HttpRequest) -> HttpResponseBase:
    def lines() -> Iterator[bytes]:
        if request.GET["after"] == "0":
            raise RuntimeError("before the first chunk")
        yield b"first"
        raise RuntimeError("after the first chunk")

    return StreamingHttpResponse(lines())


def short_stream(request: HttpRequest) -> HttpResponseBase:
    return StreamingHttpResponse(iter([b"12345"]), headers={"Content-Length": "10"})


def download(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(Path(request.GET["path"]).open("rb"))


def fail(request: HttpRequest) -> HttpResponseBase:
    raise RuntimeError("the view failed")


def leave_transaction_open(request: HttpRequest) -> HttpResponseBase:
    transaction.atomic().__enter__()
    return HttpResponse("saved, or so it seems")


def stream_in_transaction(request: HttpRequest) -> HttpResponseBase:
    def rows() -> Iterator[bytes]:
        with transaction.atomic():
            yield b"one"
            yield b"two"

    return StreamingHttpResponse(rows())


def in_transaction(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"in_transaction": transaction.get_connection().in_atomic_block})


def threads(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"threads": sum(thread.name.startswith("http-") for thread in threading.enumerate())})


def process(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"process": os.getpid()})


urlpatterns = [
    path("ok", ok),
    path("ok/<path:rest>", lambda request, rest: JsonResponse({"rest": rest})),
    path("environ", environ),
    path("upload", upload),
    path("sleep", sleep),
    path("stream", stream),
    path("streams", tell_streams),
    path("words", words),
    path("broken", broken_stream),
    path("short", short_stream),
    path("download", download),
    path("fail", fail),
    path("left-open", leave_transaction_open),
    path("stream-in-transaction", stream_in_transaction),
    path("in-transaction", in_transaction),
    path("threads", threads),
    path("process", process),
]


async def sockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """/echo and /live/echo answer every message, /flood writes megabytes without end; other paths are refused."""
    await receive()
    if scope["path"] not in ("/echo", "/live/echo", "/flood"):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    if scope["path"] == "/flood":
        await flood(scope, send)
    while (message := await receive())["type"] == "websocket.receive":
        await answer(message["text"], scope, send)
    streams[f"socket {scope['query_string'].decode()}"] = f"closed {message['code']}"


async def answer(text: str, scope: dict[str, Any], send: Any) -> None:
    if text == "raise":
        raise RuntimeError("the consumer failed")
    if text == "process":
        await send({"type": "websocket.send", "text": str(os.getpid())})
    elif text.startswith("frames "):
        payload = b"f" * int(text[7:])
        scope["parley.write"](wire_frame(payload) + wire_frame(b"the second"))
    elif text.startswith("nap "):
        await asyncio.sleep(float(text[4:]))
    elif text.startswith("close "):
        await send({"type": "websocket.close", "code": int(text[6:])})
    elif text.startswith("long "):
        await send({"type": "websocket.send", "text": "y" * int(text[5:])})
    elif not text.startswith("quiet"):
        await send({"type": "websocket.send", "text": text})


async def flood(scope: dict[str, Any], send: Any) -> None:
    """Stop at the first megabyte that stays buffered, and leave the figure where /streams shows it."""
    key, limit = scope["query_string"].decode(), 200
    for sent in range(limit):
        await send({"type": "websocket.send", "text": "z" * 1024 * 1024})
        await asyncio.sleep(0.005)
        if key.startswith("polite") and scope["parley.buffered"]() > 1024 * 1024:
            streams[f"flood {key}"] = json.dumps(
                {"sent_mb": sent + 1, "buffered": scope["parley.buffered"]()}
            )
            return
    streams[f"flood {key}"] = json.dumps({"sent_mb": limit})


application = ProtocolTypeRouter(
    {"http": Bridge(get_wsgi_application(), max_body=settings.MAX_REQUEST_BYTES), "websocket": sockets}
)
django_asgi = get_asgi_application()  # what the bridge replaces; served by plain daphne for comparison


def serve(arguments: list[str]) -> None:
    Command().run_from_argv(["site", "serve", *arguments])


if __name__ == "__main__":
    serve(sys.argv[1:])
