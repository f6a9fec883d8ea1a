"""The main job, as people see it: a visitor of a shop on another site writes, an agent sees it at once and
answers, the visitor reads the answer. One installation as `make run` starts it, two real browsers, third-party
cookies blocked."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.places import (
    IN_A_BROWSER,
    Installation,
    Open,
    answer,
    open_chat,
    open_conversation,
    say,
    says,
    sign_in,
    until,
)

pytestmark = IN_A_BROWSER


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
