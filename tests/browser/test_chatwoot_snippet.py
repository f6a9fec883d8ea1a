"""A page with Chatwoot's own snippet, of which only the base URL was changed: who the visitor is, proven by HMAC; what
is noted of them and of their conversation; and how they are forgotten."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.request
from typing import Any

from playwright.sync_api import Page

from tests.browser.hosts import ask_api, bob_says, chat_of, host, number_of
from tests.browser.places import IN_A_BROWSER, Installation, Open, say, says, until

pytestmark = IN_A_BROWSER

SNIPPET = """
window.told = [];
for (const name of ["ready", "opened", "closed", "on-message", "error"]) {
  window.addEventListener("chatwoot:" + name, (event) => window.told.push([name, event.detail]));
}
window.chatwootSettings = { position: "left", type: "standard", locale: "en" };
(function (d, t) {
  var BASE_URL = "%(url)s";
  var g = d.createElement(t), s = d.getElementsByTagName(t)[0];
  g.src = BASE_URL + "/packs/js/sdk.js";
  g.defer = true; g.async = true;
  s.parentNode.insertBefore(g, s);
  g.onload = function () { window.chatwootSDK.run({ websiteToken: "%(token)s", baseUrl: BASE_URL }); };
})(document, "script");
"""
SEEN = "told.some(([name, detail]) => name === 'on-message' && detail.content === %s)"


def as_admin(installation: Installation, path: str) -> Any:
    request = urllib.request.Request(
        f"{installation.url}/api/v1/accounts/{installation.demo['account_id']}{path}",
        headers={"api_access_token": installation.demo["admin"]["api_access_token"]},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def hash_of(installation: Installation, identifier: str) -> str:
    inboxes = as_admin(installation, "/inboxes")["payload"]
    (inbox,) = [one for one in inboxes if one["website_token"] == installation.demo["website_token"]]
    return hmac.new(inbox["hmac_token"].encode(), identifier.encode(), hashlib.sha256).hexdigest()


def title_of_a_label(installation: Installation) -> str:
    return str(as_admin(installation, "/labels")["payload"][0]["title"])


def talk(installation: Installation, number: int) -> dict[str, Any]:
    found: dict[str, Any] = ask_api(installation, f"/conversations/{number}")
    return found


def snippet_page(installation: Installation) -> Any:
    script = SNIPPET % {"url": installation.url, "token": installation.demo["website_token"]}
    return host(installation.url, body='<script src="/page.js"></script>', script=script)


def is_ready(page: Page) -> None:
    until(page, "window.told?.some(([name]) => name === 'ready')")


def eventually(page: Page, installation: Installation, number: int, has: Any) -> dict[str, Any]:
    for _try in range(100):
        found = talk(installation, number)
        if has(found):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(talk(installation, number))


def test_who_they_are_is_proven_and_what_is_noted_arrives(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    title = title_of_a_label(installation)
    user = {
        "name": "Hilda",
        "email": "hilda@mail.test",
        "identifier_hash": hash_of(installation, "h-1"),
        "company_name": "Hilda & Co",
    }
    with snippet_page(installation) as address:
        vera.goto(address)
        is_ready(vera)
        vera.evaluate("(user) => $chatwoot.setUser('h-1', user)", user)
        vera.evaluate("$chatwoot.setCustomAttributes({ plan: 'silver', seats: 4 })")
        vera.evaluate("$chatwoot.deleteCustomAttribute('seats')")
        vera.evaluate("$chatwoot.toggle('open')")
        chat = chat_of(vera)
        say(chat, "I am Hilda")
        says(chat, "#log", "I am Hilda")
        number = number_of(chat)
        vera.evaluate("(title) => $chatwoot.setLabel(title)", title)
        vera.evaluate("$chatwoot.setConversationCustomAttributes({ order: 7, gift: true })")
        vera.evaluate("$chatwoot.deleteConversationCustomAttribute('gift')")
        eventually(vera, installation, number, lambda found: title in found["labels"])
        found = eventually(vera, installation, number, lambda one: one["custom_attributes"] == {"order": 7})
        bob_says(installation, number, "Hello Hilda")
        until(vera, SEEN % "'Hello Hilda'")
        detail = dict(vera.evaluate("told"))["on-message"]
        vera.evaluate("(title) => $chatwoot.removeLabel(title)", title)
        eventually(vera, installation, number, lambda one: title not in one["labels"])

    assert found["meta"]["hmac_verified"] is True
    sender = found["meta"]["sender"]
    assert (sender["name"], sender["email"], sender["identifier"]) == ("Hilda", "hilda@mail.test", "h-1")
    assert sender["custom_attributes"] == {"plan": "silver"}
    assert sender["additional_attributes"]["company_name"] == "Hilda & Co"
    assert (detail["message_type"], detail["conversation_id"]) == (1, number)


def test_a_wrong_hash_is_told_to_the_page_and_takes_nobody_over(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera, refused")
    with snippet_page(installation) as address:
        vera.goto(address)
        is_ready(vera)
        vera.evaluate("$chatwoot.setUser('h-2', { name: 'Mallory', identifier_hash: '%s' })" % ("0" * 64))
        vera.evaluate("$chatwoot.toggle('open')")
        chat = chat_of(vera)
        say(chat, "I am somebody else")
        until(vera, "told.some(([name]) => name === 'error')")
        says(chat, "#log", "I am somebody else")
        sender = talk(installation, number_of(chat))["meta"]["sender"]

    assert sender["identifier"] is None


def test_reset_forgets_the_visitor_and_the_next_one_begins_anew(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    with snippet_page(installation) as address:
        vera.goto(address)
        is_ready(vera)
        vera.evaluate("$chatwoot.setUser('r-1', { name: 'Rita' })")
        vera.evaluate("$chatwoot.toggle('open')")
        chat = chat_of(vera)
        say(chat, "Before signing out")
        says(chat, "#log", "Before signing out")
        first = number_of(chat)

        vera.evaluate("$chatwoot.reset()")
        until(vera, "true")
        vera.wait_for_timeout(1500)
        vera.evaluate("$chatwoot.toggle('open')")
        chat = chat_of(vera)
        until(chat, "!document.querySelector('#log')?.textContent.includes('Before signing out')")
        say(chat, "Somebody else")
        says(chat, "#log", "Somebody else")
        second = number_of(chat)
        readies = vera.evaluate("told.filter(([name]) => name === 'ready').length")

    assert second != first
    assert readies == 1  # as in the original: reset tells nothing
    assert talk(installation, first)["meta"]["sender"]["identifier"] == "r-1"
    assert talk(installation, second)["meta"]["sender"]["identifier"] is None


def test_the_bubble_and_its_language_are_the_pages(installation: Installation, open_page: Open) -> None:
    vera = open_page("vera")
    with snippet_page(installation) as address:
        vera.goto(address)
        is_ready(vera)
        vera.evaluate("$chatwoot.toggleBubbleVisibility('hide')")
        assert vera.evaluate("$chatwoot.hideMessageBubble") is True
        vera.evaluate("$chatwoot.toggleBubbleVisibility('show')")
        assert vera.evaluate("[$chatwoot.hideMessageBubble, $chatwoot.position]") == [False, "left"]
        vera.evaluate("$chatwoot.toggle()")
        chat = chat_of(vera)
        vera.evaluate("$chatwoot.setColorScheme('dark')")
        until(chat, "document.documentElement.dataset.theme === 'dark'")
        vera.evaluate("$chatwoot.toggle()")
        until(vera, "!$chatwoot.isOpen")
