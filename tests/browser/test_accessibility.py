"""axe finds nothing on the pages of agents, operators and visitors, light and dark. It is put into the page by the
debugger, as every test's expressions are: the content policy stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Frame, Page

from tests.browser.hosts import chat_of, click_launcher, set_widget
from tests.browser.places import IN_A_BROWSER, Installation, Open, open_chat, say, says, until

pytestmark = IN_A_BROWSER

FIELDS = [{"name": "emailAddress", "label": "E-mail", "type": "email", "required": True, "enabled": True}]
AUDIT = "() => axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations)"


def faults(page: Page, place: Page | Frame | None = None) -> list[str]:
    """What axe has to say of the page, or of a frame in it, in both themes: "dark color-contrast: <a …>"."""
    told = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(200)  # colours change over time
        (place or page).evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = (place or page).evaluate(AUDIT)
        told += [f"{theme} {one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
    return told


def sign_in(page: Page, installation: Installation, who: str) -> None:
    page.goto(f"{installation.url}/app/login")
    page.fill("[name=login]", installation.demo[who]["email"])
    page.fill("[name=password]", installation.demo[who]["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-connected]")


@pytest.fixture(scope="module")
def alice(installation: Installation, browser: Browser) -> Iterator[Page]:
    """The administrator of the demo account, who is also the operator; one sign-in for all pages."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    sign_in(page, installation, "admin")
    yield page
    page.context.close()


def test_whoever_signs_in_meets_no_barrier(installation: Installation, open_page: Open) -> None:
    page = open_page("bob")
    page.goto(f"{installation.url}/app/login")
    assert faults(page) == []
    page.fill("[name=login]", "nobody@example.org")
    page.fill("[name=password]", "nonsense")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert faults(page) == []


DESK = {
    "list": "/dashboard?tab=all&status=all",
    "empty list": "/dashboard?tab=me&status=snoozed&unread=1",
    "search": "/search/all?q=order",
    "nothing found": "/search/all?q=zzzxqj",
    "folders": "/scopes",
    "notifications": "/inbox-view?show=all",
    "unattended": "/unattended/conversations?tab=all",
    "style guide": "/styleguide",
    "style guide from right to left": "/styleguide?dir=rtl&composer=error&density=compact&list=me",
}


@pytest.mark.parametrize("path", DESK.values(), ids=DESK)
def test_a_page_of_the_desk_has_no_barrier(alice: Page, installation: Installation, path: str) -> None:
    alice.goto(f"{installation.url}/app/accounts/{installation.demo['account_id']}{path}")
    alice.wait_for_timeout(300)
    assert faults(alice) == []


def test_a_thread_and_its_details_have_no_barrier(alice: Page, installation: Installation) -> None:
    base = f"{installation.url}/app/accounts/{installation.demo['account_id']}"
    alice.goto(f"{base}/dashboard?tab=all&status=all")
    row = alice.locator("#rows .row:has(.row__priority) .row__link").first
    alice.goto(installation.url + str(row.get_attribute("href")))
    alice.wait_for_selector("body[data-connected]")
    assert faults(alice) == []
    alice.focus("[data-picker=labels]")
    alice.keyboard.press("Enter")
    alice.wait_for_selector(".picker__sheet")
    assert faults(alice) == []
    alice.keyboard.press("Escape")
    alice.set_viewport_size({"width": 1024, "height": 768})
    alice.goto(alice.url.split("?")[0] + "?panel=details")
    alice.wait_for_selector("body[data-connected]")
    assert faults(alice) == []
    alice.set_viewport_size({"width": 1440, "height": 900})


ADMIN = {"index": "", "list": "conversations/conversation/", "form": "inboxes/inbox/1/change/"}


@pytest.mark.parametrize("path", ADMIN.values(), ids=ADMIN)
def test_a_page_of_the_admin_has_no_barrier(alice: Page, installation: Installation, path: str) -> None:
    answer = alice.goto(f"{installation.url}/admin/{path}")
    assert answer is not None and answer.status == 200
    assert faults(alice) == []


def test_the_widget_has_no_barrier_closed_open_or_offline(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    vera.goto(installation.shop)
    until(vera, "!!window.parley?.open && !!document.querySelector('parley-chat')")
    assert faults(vera) == []
    chat = open_chat(vera, installation)
    assert faults(vera, chat) == []
    say(chat, "Is the bench in stock?")
    says(chat, "#log", "Is the bench in stock?")
    until(chat, "document.querySelector('#log .row--mine')?.dataset.state === 'sent'")
    assert faults(vera, chat) == []
    vera.context.set_offline(True)
    say(chat, "From the tunnel")
    says(chat, "#log", "Waiting for connection")
    assert faults(vera, chat) == []
    vera.context.set_offline(False)


def test_the_form_before_the_first_message_has_no_barrier(
    installation: Installation, open_page: Open
) -> None:
    set_widget(installation, pre_chat_form_enabled=True, pre_chat_form_options={"pre_chat_fields": FIELDS})
    vera = open_page("vera")
    vera.goto(installation.shop)
    click_launcher(vera)
    chat = chat_of(vera)
    chat.wait_for_selector(".prechat")
    assert faults(vera, chat) == []
    chat.click(".prechat .submit")
    chat.wait_for_selector("[aria-invalid=true]")
    assert faults(vera, chat) == []
    set_widget(installation, pre_chat_form_enabled=False)
