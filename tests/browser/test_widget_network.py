"""A bad network: every refusal has words of its own and keeps the text, nothing is sent twice, two tabs agree."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Frame, Page, Route

from tests.browser.hosts import (
    ask_api,
    bob_says,
    chat_of,
    click_launcher,
    host,
    number_of,
    set_widget,
    snippet,
)
from tests.browser.places import IN_A_BROWSER, Installation, Open, say, says, until

pytestmark = IN_A_BROWSER

CHOICE = {"items": [{"title": "Oiled", "value": "o"}, {"title": "Waxed", "value": "w"}]}


def incoming(installation: Installation, number: int) -> list[str]:
    return [one["content"] for one in installation.messages(number) if one["message_type"] == 0]


def open_chat_on(page: Page, address: str) -> Frame:
    page.goto(address)
    click_launcher(page)
    return chat_of(page)


def refuse(page: Page, status: int, **headers: str) -> None:
    """From now on the server answers every message so, with a page of its proxy for a body."""

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        return route.fulfill(
            status=status,
            body="<h1>No</h1>",
            headers={"content-type": "text/html", "access-control-allow-origin": "*", **headers},
        )

    page.context.route("**/api/v1/widget/messages?*", answer)


@pytest.mark.parametrize(
    ("status", "words", "held"),
    [
        (401, "Not sent: This page has been open for too long. Please try again", False),
        (403, "Not sent: You cannot write here", False),
        (404, "Not sent: This chat is not there any more", False),
        (409, "Not sent: This was answered already, in another window", False),
        (413, "Not sent: This file is too large", False),
        (422, "Not sent: This message was not accepted", False),
        (418, "Not sent: Something went wrong (418)", False),
        (429, "Too many messages at once. Sending again in", True),
        (500, "The server is busy. Trying again", True),
        (503, "The server is busy. Trying again", True),
    ],
)
def test_every_refusal_has_words_of_its_own_and_keeps_the_text(
    installation: Installation, open_page: Open, status: int, words: str, held: bool
) -> None:
    vera = open_page("vera, refused")
    with host(installation.url, head=snippet(installation)) as address:
        chat = open_chat_on(vera, address)
        refuse(vera, status, **({"retry-after": "7"} if status == 429 else {}))
        text = f"Kept through {status}"
        say(chat, text)
        says(chat, "#log .row--mine .row__state", words)
        assert chat.inner_text("#log .row--mine .bubble") == text
        buttons = chat.evaluate(
            "[...document.querySelectorAll('.row__choices button')].map((one) => one.textContent)"
        )
        assert buttons == ([] if status == 429 else ["Delete"] if held else ["Retry", "Delete"])
        # A reload loses nothing, and once the server takes it, it is sent: once.
        vera.context.unroute_all()
        chat = open_chat_on(vera, address)
        if not held:
            chat.click(".row__choices button >> nth=0")
        until(chat, "document.querySelector('#log .row--mine')?.dataset.state === 'sent'")
        number = number_of(chat)
        assert incoming(installation, number) == [text]


def test_a_reload_in_the_middle_of_sending_sends_once(installation: Installation, open_page: Open) -> None:
    vera = open_page("vera, refused")
    with host(installation.url, head=snippet(installation)) as address:
        chat = open_chat_on(vera, address)
        say(chat, "Hello there")
        until(chat, "document.querySelector('#log .row--mine')?.dataset.state === 'sent'")
        number = number_of(chat)

        # The server hears it, the answer never comes.
        def lose(route: Route) -> None:
            if route.request.method == "POST":
                route.fetch()
                route.abort()
            else:
                route.fallback()

        vera.context.route("**/api/v1/widget/messages?*", lose)
        say(chat, "In the middle")
        until(chat, "document.querySelectorAll('#log .row--mine').length === 2")
        vera.wait_for_timeout(800)
        vera.context.unroute_all()
        chat = open_chat_on(vera, address)
        says(chat, "#log", "In the middle")
        until(
            chat,
            "document.querySelectorAll('#log [data-state=waiting], #log [data-state=sending]').length === 0",
        )
        assert incoming(installation, number) == ["Hello there", "In the middle"]
        assert chat.inner_text("#log").count("In the middle") == 1


def test_the_form_before_the_first_message_and_an_answer_wait_for_the_network(
    installation: Installation, open_page: Open
) -> None:
    fields = [{"name": "emailAddress", "label": "E-mail", "type": "email", "required": True, "enabled": True}]
    set_widget(installation, pre_chat_form_enabled=True, pre_chat_form_options={"pre_chat_fields": fields})
    vera = open_page("vera")
    try:
        with host(installation.url, head=snippet(installation)) as address:
            chat = open_chat_on(vera, address)
            chat.wait_for_selector(".prechat")
            vera.context.set_offline(True)
            chat.fill("#p-0", "offline@mail.test")
            chat.fill("#p-message", "From the tunnel")
            chat.click(".prechat .submit")
            says(chat, "#log", "Waiting for connection")
            vera.context.set_offline(False)
            until(chat, "document.querySelector('#log .row--mine')?.dataset.state === 'sent'")
            number = number_of(chat)
            bob_says(installation, number, "Which?", content_type="input_select", content_attributes=CHOICE)
            chat.wait_for_selector(".choice")
            vera.context.set_offline(True)
            chat.click(".choice >> nth=0")
            says(chat, ".asked__problem", "Waiting for connection")
            vera.context.set_offline(False)
            chat.wait_for_selector(".answered")
    finally:
        set_widget(installation, pre_chat_form_enabled=False)
    assert incoming(installation, number) == ["From the tunnel"]
    (asked,) = [one for one in installation.messages(number) if one["content_type"] == "input_select"]
    assert asked["content_attributes"]["submitted_values"] == [{"title": "Oiled", "value": "o"}]


def test_two_tabs_agree(installation: Installation, open_page: Open) -> None:
    left = open_page("vera, two tabs")
    with host(installation.url, head=snippet(installation)) as address:
        chat = open_chat_on(left, address)
        say(chat, "From the left")
        until(chat, "document.querySelector('#log .row--mine')?.dataset.state === 'sent'")
        number = number_of(chat)
        right = left.context.new_page()
        right.set_default_timeout(10_000)
        other = open_chat_on(right, address)
        says(other, "#log", "From the left")
        say(other, "From the right")
        says(chat, "#log", "From the right")
        bob_says(installation, number, "Which?", content_type="input_select", content_attributes=CHOICE)
        for one in (chat, other):
            one.wait_for_selector(".choice")
        other.evaluate("document.querySelector('.choice').click()")
        says(chat, ".answered", "Oiled")
        says(other, ".answered", "Oiled")
        assert chat.query_selector(".choice") is None
        texts: list[Any] = [one.inner_text("#log") for one in (chat, other)]
        assert [text.count("From the right") for text in texts] == [1, 1]
    assert incoming(installation, number) == ["From the left", "From the right"]


def test_an_agent_is_seen_typing_and_reading(installation: Installation, open_page: Open) -> None:
    vera = open_page("vera")
    with host(installation.url, head=snippet(installation)) as address:
        chat = open_chat_on(vera, address)
        say(chat, "Are you there?")
        until(chat, "document.querySelector('#log .row--mine')?.dataset.state === 'sent'")
        number = number_of(chat)
        vera.wait_for_timeout(1100)  # what was read is told in whole seconds
        ask_api(installation, f"/conversations/{number}/update_last_seen", {}, "POST")
        until(chat, "document.querySelector('#log .row--mine').dataset.state === 'seen'")
        assert "Seen" in chat.inner_text("#log .row--mine .row__state")
