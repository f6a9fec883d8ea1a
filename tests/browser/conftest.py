"""One installation as `make run` starts it, real browsers, third-party cookies blocked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.places import (
    CHROMIUM,
    FLAGS,
    NOT_INHERITED,
    ROOT,
    SECONDS,
    START_SECONDS,
    WATCH_POLICY,
    Installation,
    Open,
    is_healthy,
    two_free_ports,
)


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
        demo = json.loads((folder / "var" / "demo.json").read_text())
        yield Installation(port, demo, folder / "var")
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
    assert [one for one in complaints if not is_the_browsers_own(one)] == []


def is_the_browsers_own(complaint: str) -> bool:
    """What has no network, or what a test refuses ("vera, refused"), the browser itself tells on the console."""
    refused = ", refused: Failed to load resource" in complaint
    return refused or "ERR_INTERNET_DISCONNECTED" in complaint


@pytest.fixture
def screen(tmp_path: Path) -> Callable[[Page, str], None]:
    """`screen(page, "name")` keeps a picture of the page beside the test's other files."""

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}.png")

    return keep
