"""Pages of another site that carry the widget: served on localhost while the application is 127.0.0.1, with the
strictest policy that lets the widget in."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
from playwright.sync_api import Frame, Page

from tests.browser.places import SECONDS, Installation, until

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">{head}</head>
<body><h1>Shop</h1><button id="other">Something of the page</button>{body}<p>{long}</p></body></html>"""


def policy(app: str) -> str:
    return (
        f"default-src 'none'; img-src data:; script-src 'self' {app}; frame-src {app}; connect-src {app}; "
        "base-uri 'none'; form-action 'none'"
    )


@contextmanager
def host(app: str, *, head: str = "", body: str = "", script: str = "") -> Iterator[str]:
    """The address of a page; `script` is served as its own file, /page.js."""
    page = PAGE.format(head=head, body=body, long="word " * 4000)
    files = {"/": ("text/html", page), "/page.js": ("text/javascript", script), "/next": ("text/html", page)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = files.get(self.path.split("?")[0], ("text/plain", ""))
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", policy(app))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def snippet(installation: Installation, **attributes: str) -> str:
    data = {"website-token": installation.demo["website_token"], **attributes}
    given = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in data.items())
    return f'<script async src="{installation.url}/widget.js" {given}></script>'


def set_widget(installation: Installation, **columns: Any) -> None:
    """Straight into the database: its owner passes every policy."""
    with psycopg.connect(f"postgresql://parley@/parley?host={installation.folder}/postgres") as connection:
        for name, value in columns.items():
            stored = json.dumps(value) if isinstance(value, dict) else value
            connection.execute(
                f"UPDATE channels_ext_webwidget SET {name} = %s WHERE website_token = %s",  # type: ignore[arg-type]
                [stored, installation.demo["website_token"]],
            )


def click_launcher(page: Page) -> None:
    until(page, "!!window.parley?.open && !!document.querySelector('parley-chat')")
    size = page.viewport_size or {"width": 0, "height": 0}
    page.mouse.click(size["width"] - 48, size["height"] - 48)


def chat_of(page: Page) -> Frame:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for frame in page.frames:
            if "/widget?" in frame.url and frame.query_selector("#text"):
                return frame
        page.wait_for_timeout(50)
    raise AssertionError(f"no chat: {[frame.url for frame in page.frames]}")


def ask_api(installation: Installation, path: str, body: Any = None, method: str | None = None) -> Any:
    """As bob."""
    request = urllib.request.Request(
        f"{installation.url}/api/v1/accounts/{installation.demo['account_id']}{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "api_access_token": installation.demo["agent"]["api_access_token"],
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def number_of(chat: Frame) -> int:
    """Of the conversation that the visitor is in, once the server has their message."""
    mine = "[...document.querySelectorAll('#log .row--mine')].at(-1)?.record.conversation"
    until(chat, f"!!({mine})")
    number: int = chat.evaluate(mine)
    return number


def bob_says(installation: Installation, number: int, content: str, **fields: Any) -> dict[str, Any]:
    path = f"/conversations/{number}/messages"
    sent: dict[str, Any] = ask_api(installation, path, {"content": content, **fields})
    return sent
