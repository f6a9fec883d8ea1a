"""Two stages: one installation as `make run` starts it, with real browsers whose third-party cookies are blocked; and
a server, relay and browser on the database of the test, for the agents' pages."""

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.database import platform_scope
from config.models import RelayState
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
from tests.factories import PASSWORD, Cast


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


@dataclass
class Site:
    """`manage.py serve` and `manage.py relay` on the database of the test."""

    environment: dict[str, str]
    port: int = 0
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, *options: str) -> str:
        command = [sys.executable, "manage.py", name, *options]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.processes[name] = process
        return process.stdout.readline() if process.stdout and name == "serve" else ""

    def serve(self) -> None:
        line = self.start("serve", "--port", str(self.port))
        assert line.startswith("Listening on "), line
        self.port = int(line.strip().rpartition(":")[2])

    def stop(self, *names: str) -> None:
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.terminate()
            process.wait(timeout=15)
            if process.stdout:
                process.stdout.close()


@pytest.fixture
def site(committed_cast: Cast, tmp_path: Path) -> Iterator[Site]:
    database = connection.settings_dict
    with platform_scope("tests start the relay on an empty database"):
        RelayState.objects.get_or_create(pk=1)
    credentials = f"{database['USER']}:{database['PASSWORD']}@" if database["USER"] else ""
    here = Site(
        {
            **os.environ,
            "DATABASE_URL": f"postgresql://{credentials}:{database['PORT'] or 5432}/{database['NAME']}"
            f"?host={database['HOST']}",
            "REDIS_URL": settings.REDIS_URL,
            "DATA_DIR": str(tmp_path / "data"),
            "ENVIRONMENT": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
        }
    )
    here.serve()
    here.start("relay")
    yield here
    here.stop()
    connection.close()


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


Enter = Callable[..., Page]


@pytest.fixture
def enter(site: Site, browser: Browser) -> Iterator[Enter]:
    """`enter(cast.bob, "/dashboard")` → a page of bob's own browser, signed in through the form. In the end
    no page may have broken a rule of its content policy or thrown an error."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(member: Any, path: str, **options: Any) -> Page:
        page = browser.new_context(viewport={"width": 1440, "height": 900}, **options).new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None
        )
        page.goto(f"{site.url}/app/login?next=/app/accounts/{member.account_id}{path}")
        page.fill("[name=login]", member.user.email)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-connected]")  # the script runs and the socket was welcomed
        page.wait_for_timeout(300)  # what is replayed has come
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert complaints == []
