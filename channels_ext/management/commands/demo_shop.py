"""`manage.py demo_shop`: a shop page on another site, with the widget on it, to see what visitors see.

It is a server of its own because the widget's traps (third-party storage, a foreign content security
policy) only show where the page and the application have different origins.
"""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.template.loader import render_to_string

ASSETS = settings.BASE_DIR / "static" / "widget" / "demo"
NOT_SEEDED = "The demo account is not there yet: run `manage.py seed_demo`, then reload this page.\n"


class Command(BaseCommand):
    help = "Serves a demo shop with the chat widget, on another site than the application's."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        handler = partial(ShopHandler, demo_file=settings.DATA_DIR / "demo.json", assets=ASSETS)
        with ThreadingHTTPServer((host, port), handler) as server:
            self.stdout.write(f"Demo shop on http://localhost:{server.server_port}")
            self.stdout.flush()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("Demo shop closed")


class ShopHandler(BaseHTTPRequestHandler):
    """Answers `/` with the shop page and `/assets/<file>` with its pictures and style sheet; nothing else."""

    server_version = "HarborAndOak"
    sys_version = ""

    def __init__(self, *args: Any, demo_file: Path, assets: Path) -> None:
        self.demo_file = demo_file
        # Looked up by name, never joined into a path: what is not in this folder cannot be asked for.
        self.assets = {f"/assets/{path.name}": path for path in assets.iterdir() if path.is_file()}
        super().__init__(*args)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self.answer_page()
        elif path in self.assets:
            asset = self.assets[path]
            self.answer(HTTPStatus.OK, asset.read_bytes(), kind=guess_type(asset.name)[0] or "text/plain")
        else:
            self.answer(HTTPStatus.NOT_FOUND, b"Not found\n", kind="text/plain")

    do_HEAD = do_GET

    def answer_page(self) -> None:
        demo = read_demo(path=self.demo_file)
        if demo is None:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, NOT_SEEDED.encode(), kind="text/plain")
            return
        page = render_to_string("demo/shop.html", demo)
        self.answer(HTTPStatus.OK, page.encode(), kind="text/html", policy=shop_policy(app=demo["base_url"]))

    def answer(
        self, status: HTTPStatus, body: bytes, *, kind: str, policy: str = "default-src 'none'"
    ) -> None:
        text = kind.startswith("text/") or kind.endswith("xml")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests of a demo page are not worth a line each in the supervisor's log."""


def read_demo(*, path: Path) -> dict[str, str] | None:
    """{website_token, base_url (an origin), widget_color ("" if unset)} as last seeded, else None."""
    try:
        demo = json.loads(path.read_text())
        parts = urlsplit(demo["base_url"])
        token = str(demo["website_token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    origin = f"{parts.scheme}://{parts.netloc}"
    return {"website_token": token, "base_url": origin, "widget_color": str(demo.get("widget_color", ""))}


def shop_policy(*, app: str) -> str:
    """As strict as a careful site's: of foreign origins it names the application's and no other."""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        f"script-src {app}; frame-src {app}; connect-src {app}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
