"""What tests do to a page of the desk, and how they wait."""

from __future__ import annotations

import shutil
import time
from typing import Any

import pytest
from playwright.sync_api import Page

from config.database import account_scope, platform_scope
from config.models import OutboxEvent
from conversations.models import Conversation, Message
from tests.factories import Cast

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS = 10.0
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium"),
]


def until(page: Page, expression: str, argument: Any = None) -> None:
    """Playwright's own waiting evaluates text, which the content policy of the page forbids."""
    end = time.monotonic() + SECONDS
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, f"never true: {expression} ({argument})"
        time.sleep(0.02)


def until_stamped() -> None:
    """The relay has handed on all that was written: a relay that has only just started may take a while, and what it
    hands on later is news to a page."""
    end = time.monotonic() + SECONDS
    with platform_scope("tests look at everything"):
        while OutboxEvent.objects.filter(seq__isnull=True).exists():
            assert time.monotonic() < end, "the relay does nothing"
            time.sleep(0.05)


def thread_says(page: Page, text: str) -> None:
    until(page, "text => document.getElementById('thread').textContent.includes(text)", text)


def write(page: Page, text: str) -> None:
    page.fill("#composer-text", text)
    page.keyboard.press("Control+Enter")


def order(page: Page) -> list[str]:
    rows: list[str] = page.evaluate("[...document.querySelectorAll('#rows .row')].map(row => row.dataset.id)")
    return rows


def contents(cast: Cast) -> list[str | None]:
    with account_scope(cast.account.pk):
        written = Message.objects.for_account(cast.account).filter(message_type=Message.Type.OUTGOING)
        return list(written.order_by("id").values_list("content", flat=True))


def stored(cast: Cast, display_id: int) -> Conversation:
    with account_scope(cast.account.pk):
        found = Conversation.objects.for_account(cast.account).select_related("assignee", "team", "contact")
        return found.get(display_id=display_id)


def head_says(page: Page, name: str, value: str) -> None:
    """And the server has said so: the head shows it before."""
    wanted = """([name, value]) => document.getElementById('conversation-head').dataset[name] === value
        && !document.querySelector('#conversation-head [aria-busy=true]')"""
    until(page, wanted, [name, value])


def opened(page: Page, display_id: int) -> None:
    until(page, "id => document.getElementById('pane').dataset.conversation === id", str(display_id))
