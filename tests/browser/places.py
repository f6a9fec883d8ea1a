"""Where browser tests take place: an installation, the pages of its people, how to wait under a strict policy."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--test-third-party-cookie-phaseout",
]
SECONDS = 10.0
START_SECONDS = 100.0
# Of the tests, but never of the installation: it starts services of its own.
NOT_INHERITED = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DATA_DIR", "PORT", "PUBLIC_URL"}
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: needs a Chromium"),
]


@dataclass(frozen=True)
class Installation:
    """`manage.py run` in a directory of its own. `demo` is what it tells of its demo account."""

    port: int
    demo: dict[str, Any]
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def shop(self) -> str:
        """Another site: another host name and another port."""
        return f"http://localhost:{self.port + 1}"

    def messages(self, number: int) -> list[dict[str, Any]]:
        """The conversation as the API has it, with bob's token."""
        path = f"/api/v1/accounts/{self.demo['account_id']}/conversations/{number}/messages"
        request = urllib.request.Request(
            self.url + path, headers={"api_access_token": self.demo["agent"]["api_access_token"]}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            payload: list[dict[str, Any]] = json.load(answer)["payload"]
        return payload


def two_free_ports() -> int:
    """The first of two free ports beside each other."""
    for port in range(20000 + os.getpid() % 20000, 60000, 2):
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue
    raise AssertionError("no free ports")


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# In every frame: what a policy refuses is said on the console too, where it is listened to.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} refused ${event.blockedURI}`));
"""

Open = Callable[[str], Page]


def until(place: Page | Frame, expression: str, argument: Any = None) -> None:
    """Playwright's own waiting evaluates text, which the content policy of the page forbids."""
    end = time.monotonic() + SECONDS
    while not place.evaluate(expression, argument):
        assert time.monotonic() < end, f"never true: {expression} ({argument})"
        time.sleep(0.02)


def says(place: Page | Frame, selector: str, text: str) -> None:
    expression = "([where, text]) => document.querySelector(where)?.textContent.includes(text)"
    until(place, expression, [selector, text])


def sign_in(page: Page, installation: Installation) -> None:
    """bob, on his list of open conversations."""
    account = installation.demo["account_id"]
    page.goto(f"{installation.url}/app/login?next=/app/accounts/{account}/dashboard?tab=all")
    page.fill("[name=login]", installation.demo["agent"]["email"])
    page.fill("[name=password]", installation.demo["agent"]["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-connected]")  # the script runs and the socket was welcomed
    page.wait_for_timeout(300)  # what is replayed has come
    page.evaluate("window.notReloaded = true")


def open_chat(page: Page, installation: Installation) -> Frame:
    """The visitor comes to the shop and clicks the launcher. Returns the widget's frame."""
    page.goto(installation.shop)
    until(page, "!!window.parley?.open && !!document.querySelector('parley-chat')")
    size = page.viewport_size or {"width": 0, "height": 0}
    page.mouse.click(size["width"] - 48, size["height"] - 48)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for frame in page.frames:
            if "/widget?" in frame.url and frame.query_selector("#text"):
                return frame
        page.wait_for_timeout(50)
    raise AssertionError(f"the chat did not open: {[frame.url for frame in page.frames]}")


def say(frame: Frame, text: str) -> None:
    """Once the chat's script has run, which puts the hint into the field: before, Enter would be a new line."""
    until(frame, "!!document.getElementById('text')?.placeholder")
    frame.fill("#text", text)
    frame.press("#text", "Enter")


def answer(page: Page, text: str) -> None:
    page.fill("#composer-text", text)
    page.keyboard.press("Control+Enter")


def open_conversation(page: Page, text: str) -> int:
    """Click the row that shows this text. Returns the conversation's number."""
    page.locator("#rows .row", has_text=text).first.click()
    until(page, "!!document.getElementById('thread')")
    says(page, "#thread", text)
    number: int = page.evaluate("Number(document.getElementById('pane').dataset.conversation)")
    return number
