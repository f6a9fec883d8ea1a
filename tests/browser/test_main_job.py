"""The main job, as people see it: a visitor of a shop on another site writes, an agent sees it at once and
answers, the visitor reads the answer. One installation as `make run` starts it, two real browsers, third-party
cookies blocked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

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

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: needs a Chromium"),
]


@dataclass(frozen=True)
class Installation:
    """`manage.py run` in a directory of its own. `demo` is what it tells of its demo account."""

    port: int
    demo: dict[str, Any]

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


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="parley-b-"))  # short: it holds sockets
    folder.chmod(0o711)  # as root, PostgreSQL runs as somebody else
    port = two_free_ports()
    environment = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    environment |= {"DATA_DIR": str(folder / "var"), "PORT": str(port)}
    log = (folder / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(f"http://127.0.0.1:{port}"):
            running = process.poll() is None and time.monotonic() < deadline
            assert running, (folder / "log").read_text()[-4000:]
            time.sleep(0.25)
        yield Installation(port, json.loads((folder / "var" / "demo.json").read_text()))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, where Django would then refuse to use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


# In every frame: what a policy refuses is said on the console too, where it is listened to.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} refused ${event.blockedURI}`));
"""

Open = Callable[[str], Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """`open_page("visitor")` → a page of a browser of their own. In the end nobody's console may show an error,
    and no content policy may have been broken."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(who: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
        context.add_init_script(WATCH_POLICY)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: complaints.append(f"{who}: {error}"))
        page.on(
            "console",
            lambda said: complaints.append(f"{who}: {said.text}") if said.type == "error" else None,
        )
        return page

    yield make
    for context in contexts:
        context.close()
    # A request without a network is told on the console by the browser itself.
    assert [one for one in complaints if "ERR_INTERNET_DISCONNECTED" not in one] == []


@pytest.fixture
def screen(tmp_path: Path) -> Callable[[Page, str], None]:
    """`screen(page, "name")` keeps a picture of the page beside the test's other files."""

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}.png")

    return keep


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
    page.wait_for_selector("#workspace")
    page.wait_for_timeout(600)  # the socket says hello
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


def test_a_visitor_writes_an_agent_answers_and_both_see_it_at_once(
    installation: Installation, open_page: Open, screen: Callable[[Page, str], None]
) -> None:
    bob, vera = open_page("bob"), open_page("vera")
    sign_in(bob, installation)
    chat = open_chat(vera, installation)
    screen(vera, "1-chat-opened")

    say(chat, "Is the oak bench in stock?")
    says(chat, "#log", "Is the oak bench in stock?")
    says(bob, "#rows", "Is the oak bench in stock?")
    until(bob, "document.querySelector('#rows .row').textContent.includes('Is the oak bench in stock?')")
    screen(bob, "2-arrives-in-the-list")
    number = open_conversation(bob, "Is the oak bench in stock?")
    chat.type("#text", "And")
    says(bob, "#typing", "typing")
    chat.fill("#text", "")

    answer(bob, "Yes, three of them.")
    says(bob, "#thread", "Yes, three of them.")
    says(chat, "#log", "Yes, three of them.")
    says(chat, "#log", "Bob")
    screen(bob, "3-answered")
    screen(vera, "4-answer-arrived")
    say(chat, "Wonderful, I take one.")
    says(bob, "#thread", "Wonderful, I take one.")
    # A note is the agents' own.
    bob.click(".composer__tab >> nth=1")
    answer(bob, "She is in a hurry")
    says(bob, "#thread", "She is in a hurry")
    vera.wait_for_timeout(300)

    assert "hurry" not in chat.inner_text("body")
    assert bob.evaluate("window.notReloaded") is True
    contents = [(one["content"], one["message_type"]) for one in installation.messages(number)]
    assert [one for one in contents if one[1] != 2] == [
        ("Is the oak bench in stock?", 0),
        ("Yes, three of them.", 1),
        ("Wonderful, I take one.", 0),
        ("She is in a hurry", 1),
    ]
    screen(bob, "5-end")
    # The visitor comes back another time: it is all there, from the frame's own storage.
    chat = open_chat(vera, installation)
    says(chat, "#log", "Yes, three of them.")
    assert "hurry" not in chat.inner_text("body")
    screen(vera, "6-back-again")


def test_what_is_written_offline_arrives_once_when_the_network_is_back(
    installation: Installation, open_page: Open, screen: Callable[[Page, str], None]
) -> None:
    bob, walter = open_page("bob"), open_page("walter")
    sign_in(bob, installation)
    chat = open_chat(walter, installation)
    say(chat, "Do you deliver to Brest?")
    says(bob, "#rows", "Do you deliver to Brest?")
    number = open_conversation(bob, "Do you deliver to Brest?")

    walter.context.set_offline(True)
    say(chat, "First, on the train")
    say(chat, "Second, on the train")
    says(chat, "#log", "Second, on the train")
    says(chat, "#log", "Waiting for connection")
    screen(walter, "1-offline")
    walter.wait_for_timeout(1500)
    assert "on the train" not in bob.inner_text("#thread")

    walter.context.set_offline(False)
    says(bob, "#thread", "Second, on the train")
    until(chat, "!document.getElementById('log').textContent.includes('Waiting for connection')")
    screen(walter, "2-online")
    walter.wait_for_timeout(1500)  # whatever would come twice has come by then

    contents = [one["content"] for one in installation.messages(number) if one["message_type"] == 0]
    assert contents == ["Do you deliver to Brest?", "First, on the train", "Second, on the train"]
    for place, selector in ((bob, "#thread"), (chat, "#log")):
        text = place.inner_text(selector)
        assert (text.count("First, on the train"), text.count("Second, on the train")) == (1, 1)
    screen(bob, "3-arrived")
