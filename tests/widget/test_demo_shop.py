"""The demo shop: another site than the application's, as strict as a careful one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from channels_ext.management.commands.demo_shop import ASSETS, ShopHandler

SEEDED = {"website_token": "site-token", "base_url": "http://127.0.0.1:8000"}


@pytest.fixture
def demo_file(tmp_path: Path) -> Path:
    return tmp_path / "demo.json"


@pytest.fixture
def shop(demo_file: Path) -> Iterator[HTTPConnection]:
    handler = partial(ShopHandler, demo_file=demo_file, assets=ASSETS)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        server.shutdown()


def get(shop: HTTPConnection, path: str) -> tuple[HTTPResponse, str]:
    shop.request("GET", path)
    response = shop.getresponse()
    return response, response.read().decode()


def test_vera_sees_the_shop_with_the_widget_of_the_seeded_inbox(
    shop: HTTPConnection, demo_file: Path
) -> None:
    demo_file.write_text(json.dumps(SEEDED))
    response, page = get(shop, "/")
    assert response.status == 200
    assert (
        '<script async src="http://127.0.0.1:8000/widget.js" data-website-token="site-token"></script>'
        in page
    )


def test_the_shop_s_policy_names_no_foreign_origin_but_the_application_s(
    shop: HTTPConnection, demo_file: Path
) -> None:
    demo_file.write_text(json.dumps({**SEEDED, "base_url": "http://127.0.0.1:8000/"}))
    response, _ = get(shop, "/")
    assert response.getheader("Content-Security-Policy") == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src http://127.0.0.1:8000; "
        "frame-src http://127.0.0.1:8000; connect-src http://127.0.0.1:8000; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", json.dumps({**SEEDED, "base_url": "javascript:1"})]
)
def test_before_it_is_seeded_the_shop_says_so(
    shop: HTTPConnection, demo_file: Path, content: str | None
) -> None:
    if content is not None:
        demo_file.write_text(content)
    response, text = get(shop, "/")
    assert (response.status, "seed_demo" in text) == (503, True)


def test_the_shop_serves_its_own_pictures_and_no_other_file(shop: HTTPConnection) -> None:
    response, _ = get(shop, "/assets/chair.svg")
    assert (response.status, response.getheader("Content-Type")) == (200, "image/svg+xml; charset=utf-8")
    for path in ("/assets/../frame.js", "/assets/%2e%2e/frame.js", "/assets/", "/demo.json", "//etc/passwd"):
        assert get(shop, path)[0].status == 404, path
