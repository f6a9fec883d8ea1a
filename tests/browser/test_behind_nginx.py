"""The main job through the real nginx with TLS, while processes die: whoever writes and answers notices nothing but,
at most, a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.places import (
    CHROMIUM,
    Installation,
    answer,
    open_chat,
    open_conversation,
    say,
    says,
    sign_in,
    until,
)
from tests.server.front import NGINX, Front, installation_behind_nginx

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: needs a Chromium"),
    pytest.mark.skipif(NGINX is None, reason="NOT RUN: needs nginx"),
]


@dataclass(frozen=True)
class Behind(Installation):
    """As people reach it: `port` is nginx's."""

    shop_url: str = ""

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def shop(self) -> str:
        return self.shop_url


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with installation_behind_nginx() as running:
        yield running


def context_of(browser: Browser) -> BrowserContext:
    # Nobody trusts the certificate. Otherwise the browser is as strict as ever.
    return browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", ignore_https_errors=True
    )


def page_of(browser: Browser) -> Page:
    page = context_of(browser).new_page()
    page.set_default_timeout(20_000)
    return page


def held_by(front: Front) -> dict[int, int]:
    """port of a socket process → websockets it holds, seen from outside: connections that nginx keeps to it."""
    held = dict.fromkeys(front.sockets, 0)
    for port, process in front.sockets.items():
        for connection in psutil.Process(process.pid).net_connections("tcp"):
            if connection.status == "ESTABLISHED" and connection.laddr.port == port:
                held[port] += 1
    return held


def wait_for_both(front: Front) -> None:
    """The agent's socket and the visitor's are open (again)."""
    end = time.monotonic() + 30
    while sum(held_by(front).values()) < 2:
        assert time.monotonic() < end, held_by(front)
        time.sleep(0.1)


def test_visitor_and_agent_talk_on_while_one_process_of_each_kind_dies(
    front: Front, browser: Browser, tmp_path: Path
) -> None:
    demo = Behind(front.port, front.demo, tmp_path, front.shop)
    bob, vera = page_of(browser), page_of(browser)
    sign_in(bob, demo)
    chat = open_chat(vera, demo)
    say(chat, "Is the oak bench in stock?")
    says(bob, "#rows", "Is the oak bench in stock?")
    number = open_conversation(bob, "Is the oak bench in stock?")
    answer(bob, "Yes, three of them.")
    says(chat, "#log", "Yes, three of them.")
    wait_for_both(front)
    bob.screenshot(path=tmp_path / "1-before.png")

    expected = ["Is the oak bench in stock?", "Yes, three of them."]
    for round_, (web, sockets) in enumerate(zip(list(front.web), list(front.sockets), strict=True), 1):
        # Each process is killed once, so both sockets lose theirs at some time; the others go on.
        with front.without(web=[web], sockets=[sockets]):
            say(chat, f"Question {round_} after the crash")
            says(bob, "#thread", f"Question {round_} after the crash")
            answer(bob, f"Answer {round_} after the crash")
            says(chat, "#log", f"Answer {round_} after the crash")
            expected += [f"Question {round_} after the crash", f"Answer {round_} after the crash"]
            bob.screenshot(path=tmp_path / f"2-{round_}-agent.png")
            vera.screenshot(path=tmp_path / f"2-{round_}-visitor.png")
        wait_for_both(front)

    stored = [one["content"] for one in front.as_bob(f"/conversations/{number}/messages").json()["payload"]]
    assert [text for text in stored if text in expected] == expected  # each once, in order
    for place, selector in ((bob, "#thread"), (chat, "#log")):
        text = place.inner_text(selector)
        assert [text.count(one) for one in expected] == [1] * len(expected)
    until(bob, "window.notReloaded === true")  # all of it live
    bob.context.close()
    vera.context.close()
