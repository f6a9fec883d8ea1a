"""@rails/actioncable from npm, unmodified, in Chromium: an agent and a visitor through a whole conversation."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from config.database import account_scope
from conversations.actions.inbound import contact_actor
from conversations.actions.reading import mark_contact_seen
from tests import factories
from tests.browser.conftest import Site
from tests.browser.places import IN_A_BROWSER, until
from tests.channels_ext.realtime.scene import contact_identifier, user_identifier
from tests.channels_ext.realtime.test_cable_table import CONV, DATA, MESSAGE, OPTIONAL
from tests.factories import Cast

pytestmark = IN_A_BROWSER

LIBRARY = Path(__file__).parent / "actioncable" / "actioncable.js"
# As Chatwoot's clients do it: RoomChannel, what is received by its event, presence every so often.
SUBSCRIBE = """([url, identifier]) => {
  window.heard = []; window.states = [];
  window.consumer = ActionCable.createConsumer(url);
  window.subscription = consumer.subscriptions.create(identifier, {
    connected() { states.push("connected"); },
    disconnected() { states.push("disconnected"); },
    rejected() { states.push("rejected"); },
    received(message) { heard.push(message); },
  });
}"""


class Client:
    """A page that carries nothing but the library."""

    def __init__(self, page: Page, site: Site, identifier: dict[str, Any]) -> None:
        self.page, self.site = page, site
        page.set_content("<!doctype html><title>client</title>")
        page.add_script_tag(path=LIBRARY)
        page.evaluate(SUBSCRIBE, [f"{site.url.replace('http', 'ws')}/cable", identifier])

    def is_in(self, times: int = 1) -> None:
        until(self.page, "(times) => states.filter((one) => one === 'connected').length === times", times)

    def heard(self, event: str) -> dict[str, Any]:
        """The data of the newest one of these, waited for."""
        until(self.page, "(event) => heard.some((one) => one.event === event)", event)
        data: dict[str, Any] = self.page.evaluate(
            "(e) => heard.findLast((one) => one.event === e).data", event
        )
        return data

    def names(self) -> list[str]:
        names: list[str] = self.page.evaluate("heard.map((one) => one.event)")
        return names

    def says_it_is_here(self) -> None:
        self.page.evaluate("subscription.perform('update_presence')")


Connect = Callable[[dict[str, Any]], Client]


@pytest.fixture
def connect(site: Site, browser: Browser) -> Iterator[Connect]:
    contexts: list[BrowserContext] = []

    def make(identifier: dict[str, Any]) -> Client:
        contexts.append(browser.new_context())
        return Client(contexts[-1].new_page(), site, identifier)

    yield make
    for context in contexts:
        context.close()


def ask(site: Site, member: Any, path: str, body: Any) -> Any:
    request = urllib.request.Request(
        f"{site.url}/api/v1/accounts/{member.account_id}{path}",
        data=json.dumps(body).encode(),
        headers={"api_access_token": factories.token_of(member.user), "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def test_a_whole_conversation_is_heard_on_both_sides(
    site: Site, connect: Connect, committed_cast: Cast
) -> None:
    cast = committed_cast
    alice, vera = connect(user_identifier(cast.alice)), connect(contact_identifier(cast.vera))
    alice.is_in()
    vera.is_in()

    number = factories.hear(cast.vera, "Where is my parcel?")["conversation_id"]
    talk = alice.heard("conversation.created")
    assert set(talk) - OPTIONAL == CONV | {"account_id"}
    assert alice.heard("message.created")["content"] == "Where is my parcel?"
    assert vera.heard("message.created")["conversation_id"] == number

    path = f"/conversations/{number}"
    ask(site, cast.bob, f"{path}/toggle_typing_status", {"typing_status": "on"})
    assert vera.heard("conversation.typing_on")["user"]["name"] == "Bob"
    ask(site, cast.bob, f"{path}/messages", {"content": "It is on its way."})
    answer = vera.heard("message.created")
    until(vera.page, "heard.some((one) => one.data.content === 'It is on its way.')")
    assert set(vera.heard("message.created")) - OPTIONAL == MESSAGE
    assert answer["account_id"] == cast.account.pk
    assert alice.heard("first.reply.created")["content"] == "It is on its way."

    ask(site, cast.bob, f"{path}/messages", {"content": "Angry", "private": True})
    until(alice.page, "heard.some((one) => one.data.content === 'Angry')")
    ask(site, cast.alice, f"{path}/assignments", {"assignee_id": cast.bob.user_id})
    assert alice.heard("assignee.changed")["meta"]["assignee"]["name"] == "Bob"
    ask(site, cast.alice, f"{path}/labels", {"labels": ["vip"]})
    with account_scope(cast.account.pk):
        mark_contact_seen(
            actor=contact_actor(cast.vera), account_id=cast.account.pk, contact_inbox_id=cast.vera.pk
        )
    assert alice.heard("conversation.read")["contact_last_seen_at"] > 0
    ask(site, cast.bob, f"{path}/toggle_status", {"status": "resolved"})
    until(vera.page, "heard.some((one) => one.event === 'conversation.status_changed')")
    assert vera.heard("conversation.status_changed")["status"] == "resolved"
    assert alice.heard("conversation.updated")["labels"] == ["vip"]

    vera.page.wait_for_timeout(500)
    assert not any("Angry" in json.dumps(one) for one in vera.page.evaluate("heard"))
    assert "first.reply.created" not in vera.names()
    for client in (alice, vera):
        for one in client.page.evaluate("heard"):
            assert set(one["data"]) - OPTIONAL - {"account_id"} == DATA[one["event"]] - {"account_id"}


def test_presence_is_told_to_who_says_it(site: Site, connect: Connect, committed_cast: Cast) -> None:
    bob, vera = connect(user_identifier(committed_cast.bob)), connect(contact_identifier(committed_cast.vera))
    bob.is_in()
    vera.is_in()

    bob.says_it_is_here()
    vera.says_it_is_here()
    bob.page.wait_for_timeout(2500)  # what is told is at most two seconds old
    bob.says_it_is_here()

    contact = str(committed_cast.vera.contact_id)
    until(
        bob.page,
        "(id) => heard.some((one) => one.event === 'presence.update' && one.data.contacts[id] === 'online')",
        contact,
    )
    told = bob.heard("presence.update")
    assert told["users"] == {str(committed_cast.bob.user_id): "online"}
    assert "contacts" not in vera.heard("presence.update")


def test_who_has_no_right_is_left_waiting(site: Site, connect: Connect, committed_cast: Cast) -> None:
    """Neither confirmed nor rejected, as the original leaves them."""
    mine = user_identifier(committed_cast.bob)
    stranger = connect({**mine, "account_id": committed_cast.other.pk})
    nobody = connect({"channel": "RoomChannel", "pubsub_token": "x" * 24})
    factories.hear(committed_cast.vera, "Not for you")
    stranger.page.wait_for_timeout(2000)

    for one in (stranger, nobody):
        assert one.page.evaluate("[states, heard]") == [[], []]


def test_it_comes_back_by_itself_after_the_server_was_away(
    site: Site, connect: Connect, committed_cast: Cast
) -> None:
    vera = connect(contact_identifier(committed_cast.vera))
    vera.is_in()

    site.stop("serve")
    until(vera.page, "states.includes('disconnected')")
    site.serve()
    end = time.monotonic() + 40  # its own waiting between tries grows
    while vera.page.evaluate("states.filter((one) => one === 'connected').length") < 2:
        assert time.monotonic() < end
        time.sleep(0.1)
    factories.hear(committed_cast.vera, "Still there?")

    assert vera.heard("message.created")["content"] == "Still there?"
