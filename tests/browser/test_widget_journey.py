"""A visitor's journey: form, chat, answers to what is asked, by keyboard alone and on a phone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route

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
from tests.browser.places import IN_A_BROWSER, SECONDS, WATCH_POLICY, Installation, Open, say, says, until

pytestmark = IN_A_BROWSER

FIELDS = [
    {"name": "fullName", "label": "Your name", "type": "text", "required": True, "enabled": True},
    {"name": "emailAddress", "label": "E-mail", "type": "email", "required": True, "enabled": True},
    {"name": "phoneNumber", "label": "Phone", "type": "text", "required": False, "enabled": False},
    {
        "name": "consent",
        "label": "You may keep this",
        "type": "checkbox",
        "required": True,
        "enabled": True,
        "field_type": "contact_attribute",
    },
]
FORM = {"pre_chat_message": "Tell us who you are.", "pre_chat_fields": FIELDS}
CHOICE = {"items": [{"title": "Oiled", "value": "o"}, {"title": "Waxed", "value": "w"}]}
QUESTIONS = {
    "items": [
        {"name": "street", "label": "Street", "type": "text", "required": True},
        {"name": "floor", "label": "Floor", "type": "select", "options": [{"label": "First", "value": "1"}]},
    ]
}


@pytest.fixture
def with_form(installation: Installation) -> Iterator[None]:
    set_widget(installation, pre_chat_form_enabled=True, pre_chat_form_options=FORM)
    yield
    set_widget(installation, pre_chat_form_enabled=False)


def attributes_of(installation: Installation, number: int, message_id: int) -> Any:
    found = installation.messages(number)
    return next(one["content_attributes"] for one in found if one["id"] == message_id)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_whole_journey_by_keyboard_alone(
    installation: Installation, open_page: Open, with_form: None, screen: Callable[[Page, str], None]
) -> None:
    vera = open_page("vera")
    with host(installation.url, head=snippet(installation)) as address:
        vera.goto(address)
        until(vera, "!!document.querySelector('parley-chat')")
        vera.focus("#other")
        vera.keyboard.press("Tab")
        vera.keyboard.press("Enter")
        chat = chat_of(vera)
        chat.wait_for_selector(".prechat")
        # Errors stand where they belong, and the focus goes to the first of them.
        until(chat, "document.activeElement.closest('.prechat, .head, .composer') !== null")
        chat.focus(".prechat [name=fullName]")
        vera.keyboard.type("Vera Lang")
        press(vera, "Enter")
        until(chat, "document.activeElement.name === 'emailAddress'")
        assert chat.inner_text("#p-1-e") == "Please fill this in"
        vera.keyboard.type("vera.at.home")
        press(vera, "Tab", "Space", "Tab")
        vera.keyboard.type("Is the bench in stock?")
        press(vera, "Tab", "Enter")
        until(chat, "document.activeElement.name === 'emailAddress'")
        assert chat.inner_text("#p-1-e") == "That is no e-mail address"
        press(vera, "Control+A")
        vera.keyboard.type("vera.journey@mail.test")
        press(vera, "Tab", "Tab", "Tab", "Enter")
        says(chat, "#log", "Is the bench in stock?")
        until(chat, "document.activeElement.id === 'text'")
        screen(vera, "1-after-the-form")

        number = number_of(chat)
        sender = ask_api(installation, f"/conversations/{number}")["meta"]["sender"]
        assert (sender["name"], sender["email"]) == ("Vera Lang", "vera.journey@mail.test")
        assert sender["custom_attributes"] == {"consent": True}

        asked = bob_says(
            installation,
            number,
            "Which **finish**?",
            content_type="input_select",
            content_attributes=CHOICE,
        )
        chat.wait_for_selector(".choice")
        assert chat.inner_text(".row:last-child strong") == "finish"
        chat.focus(".choice >> nth=1")
        press(vera, "Enter")
        chat.wait_for_selector(".answered")
        assert chat.inner_text(".answered") == "Waxed"
        assert attributes_of(installation, number, asked["id"])["submitted_values"] == [
            {"title": "Waxed", "value": "w"}
        ]

        form = bob_says(installation, number, "Where to?", content_type="form", content_attributes=QUESTIONS)
        chat.wait_for_selector(".form [name=street]")
        chat.focus(".form [name=street]")
        press(vera, "Enter")
        until(
            chat, "document.activeElement.name === 'street' && document.activeElement.ariaInvalid === 'true'"
        )
        vera.keyboard.type("Quay 4")
        press(vera, "Tab", "ArrowDown", "Tab", "Enter")
        chat.wait_for_selector(".summary")
        assert attributes_of(installation, number, form["id"])["submitted_values"] == [
            {"name": "street", "value": "Quay 4"},
            {"name": "floor", "value": "1"},
        ]

        rating = bob_says(installation, number, "How was it?", content_type="input_csat")
        chat.wait_for_selector(".face-choice")
        chat.focus(".face-choice >> nth=4")
        press(vera, "Enter")
        chat.wait_for_selector(".face-choice[aria-pressed=true]")
        response = {"rating": 5, "feedback_message": ""}
        assert attributes_of(installation, number, rating["id"])["submitted_values"] == {
            "csat_survey_response": response
        }
        screen(vera, "2-answered")

        # The menu: Escape closes it and not the chat; the end can be taken back.
        chat.focus("#menu")
        press(vera, "Enter")
        chat.wait_for_selector(".menu")
        press(vera, "Escape")
        until(chat, "!document.querySelector('.menu') && document.activeElement.id === 'menu'")
        press(vera, "Enter")
        chat.wait_for_selector(".menu")
        press(vera, "End", "Enter")
        chat.wait_for_selector(".toast")
        press(vera, "Enter")
        until(chat, "!document.querySelector('.toast')")
        vera.wait_for_timeout(300)
        assert ask_api(installation, f"/conversations/{number}")["status"] == "open"
        chat.focus("#menu")
        press(vera, "Enter", "End", "Enter") if chat.query_selector(".menu") else press(vera, "Enter")
        chat.wait_for_selector(".menu, .toast")
        if chat.query_selector(".menu"):
            press(vera, "End", "Enter")
        chat.wait_for_selector(".toast")
        until(chat, "!document.getElementById('over').hidden")
        assert ask_api(installation, f"/conversations/{number}")["status"] == "resolved"

        # Escape brings the page back to where it was.
        chat.focus("#text")
        press(vera, "Escape")
        until(vera, "document.activeElement.tagName === 'PARLEY-CHAT'")


def test_the_socket_may_bring_an_answer_before_its_request_has_returned(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    held: list[tuple[Route, APIResponse]] = []
    with host(installation.url, head=snippet(installation)) as address:
        vera.goto(address)
        click_launcher(vera)
        chat = chat_of(vera)
        say(chat, "Which one?")
        number = number_of(chat)
        for round_, elsewhere in enumerate([False, True]):
            bob_says(installation, number, "Which?", content_type="input_select", content_attributes=CHOICE)
            chat.wait_for_selector(".choice")
            vera.route("**/messages/*", lambda route: held.append((route, route.fetch())))
            chat.focus(".choice >> nth=0")
            press(vera, "Enter")
            until(chat, "(n) => document.querySelectorAll('.answered').length === n", round_ + 1)
            if elsewhere:
                chat.focus("#text")
            end = time.monotonic() + SECONDS
            while not held and time.monotonic() < end:
                vera.wait_for_timeout(20)
            route, answer = held.pop()
            with vera.expect_response("**/messages/*"):
                route.fulfill(response=answer)
            vera.unroute("**/messages/*")
            expected = "id === 'text'" if elsewhere else "className === 'answered'"
            until(chat, f"document.activeElement.{expected}")
        # What is typed next goes where the visitor was.
        vera.keyboard.type("Thanks")
        assert chat.input_value("#text") == "Thanks"


def test_what_is_known_is_not_asked_and_what_was_typed_is_not_lost(
    installation: Installation, open_page: Open, with_form: None
) -> None:
    vera = open_page("vera")
    script = "(window.parley ||= []).push(['setUser', 'u-77', {name: 'Wanda', email: 'wanda.77@mail.test'}]);"
    with host(
        installation.url, head='<script src="/page.js"></script>' + snippet(installation), script=script
    ) as address:
        vera.goto(address)
        click_launcher(vera)
        chat = chat_of(vera)
        chat.wait_for_selector(".prechat")
        asked = "[...document.querySelectorAll('.prechat .field__control')].map((one) => one.name).join()"
        until(chat, f"{asked} === 'consent,message'")
        chat.fill("#p-message", "Half a thou")
        vera.reload()
        click_launcher(vera)
        chat = chat_of(vera)
        chat.wait_for_selector(".prechat")
        assert chat.input_value("#p-message") == "Half a thou"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="en-GB"
    )
    context.add_init_script(WATCH_POLICY)
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def test_on_a_phone_the_chat_is_the_screen_and_back_closes_it_first(
    installation: Installation, phone: Page, screen: Callable[[Page, str], None]
) -> None:
    with host(installation.url, head=snippet(installation)) as address:
        phone.goto(address)
        until(phone, "!!window.parley?.open")
        phone.evaluate("scrollTo(0, 300)")
        phone.touchscreen.tap(342, 796)
        chat = chat_of(phone)
        until(chat, "innerWidth === 390 && innerHeight === 844")
        assert chat.evaluate("document.documentElement.scrollWidth") <= 390
        assert phone.evaluate(
            "[getComputedStyle(document.documentElement).overflow, document.body.inert]"
        ) == [
            "hidden",
            True,
        ]
        say(chat, "From a phone")
        says(chat, "#log", "From a phone")
        number = number_of(chat)
        action = {"type": "link", "text": "Track " + "w" * 80, "uri": "https://shop.test/track"}
        wide = {"title": "Order " + "x" * 80, "description": "y" * 300, "actions": [action]}
        cards = bob_says(
            installation,
            number,
            "`" + "z" * 400 + "`",
            content_type="cards",
            content_attributes={"items": [wide] * 4},
        )
        chat.wait_for_selector(".cards")
        assert chat.evaluate("document.documentElement.scrollWidth") <= 390
        assert chat.evaluate("document.getElementById('scroller').scrollWidth") <= 390
        small = chat.evaluate(
            "[...document.querySelectorAll('button:not([hidden]), a')].filter((one) => one.offsetParent)"
            ".map((one) => [one.id || one.className, one.getBoundingClientRect()])"
            ".filter(([, box]) => box.width && Math.min(box.width, box.height) < 44).map(([name]) => name)"
        )
        assert small == [], "smaller than a finger"
        screen(phone, "1-cards")

        # What was looked at for a second has been seen.
        end = time.monotonic() + SECONDS
        while (
            ask_api(installation, f"/conversations/{number}")["contact_last_seen_at"] <= cards["created_at"]
        ):
            assert time.monotonic() < end, "never seen"
            phone.wait_for_timeout(100)
        # The system's Back is a close request; so is Escape. The history has not grown.
        length = phone.evaluate("history.length")
        phone.keyboard.press("Escape")
        until(phone, "!document.body.inert")
        assert phone.evaluate("[scrollY, history.length, location.pathname]") == [300, length, "/"]
        bob_says(installation, number, "**One** more thing")
        until(phone, "document.title === '(1) Shop'")
        phone.wait_for_timeout(400)
        screen(phone, "2-preview")
        phone.touchscreen.tap(200, 720)
        until(phone, "document.body.inert && document.title === 'Shop'")
