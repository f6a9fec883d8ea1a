"""Other people's pages: three ways to embed, none of which leaves a trace it should not leave."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.hosts import ask_api, bob_says, chat_of, click_launcher, host, number_of, snippet
from tests.browser.places import IN_A_BROWSER, Installation, Open, say, says, until

pytestmark = IN_A_BROWSER

# What a page can notice of somebody else's script.
TRACES = """() => ({
  globals: Object.keys(window).filter((key) => !window.before.includes(key) && key !== "before").sort(),
  handlers: Object.keys(window).filter((key) => /^on/.test(key) && typeof window[key] === "function"),
  elements: [...document.querySelectorAll("parley-chat, iframe, style, [style]")].length,
  storage: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
  cookies: document.cookie,
  title: document.title,
  push: history.pushState === History.prototype.pushState,
})"""
BEFORE = "window.before = Object.keys(window);"


def traces(page: Page) -> Any:
    return page.evaluate(TRACES)


def test_the_page_gets_one_global_and_nothing_else_and_keeps_nothing_after_destroy(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    vera.add_init_script(BEFORE)
    with host(installation.url, head=snippet(installation)) as address:
        vera.goto(address)
        until(vera, "!!window.parley?.open")
        assert traces(vera) == {
            "globals": ["parley"],
            "handlers": [],
            "elements": 1,
            "storage": [],
            "cookies": "",
            "title": "Shop",
            "push": True,
        }
        assert vera.evaluate("document.querySelector('parley-chat').shadowRoot") is None
        click_launcher(vera)
        chat_of(vera)
        vera.evaluate("window.parley.destroy()")
        vera.wait_for_timeout(300)
        assert traces(vera) == {
            "globals": [],
            "handlers": [],
            "elements": 0,
            "storage": [],
            "cookies": "",
            "title": "Shop",
            "push": True,
        }
        assert [frame.url for frame in vera.frames if "/widget" in frame.url] == []


def test_what_the_page_says_of_its_visitor_is_known_when_they_write_and_not_before(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    asked: list[str] = []
    vera.on("request", lambda request: asked.append(f"{request.method} {request.url.split('?')[0]}"))
    early = (
        "(window.parley ||= []).push(['setUser', 'u-1', {name: 'Vera Lang', email: 'vera@mail.test'}],"
        "['setAttributes', {plan: 'gold'}], ['prefill', 'About my order'],"
        "['on', 'message', (message) => (window.heard ||= []).push(message)]);"
    )
    with host(
        installation.url, head='<script src="/page.js"></script>' + snippet(installation), script=early
    ) as address:
        vera.goto(address)
        click_launcher(vera)
        chat = chat_of(vera)
        until(chat, "document.getElementById('text').value === 'About my order'")
        assert [one for one in asked if "/api/" in one] == []

        chat.press("#text", "Enter")
        says(chat, "#log", "About my order")
        number = number_of(chat)
        bob_says(installation, number, "Hello Vera")
        until(vera, "window.heard?.some((one) => one.content === 'Hello Vera')")

    order = [one.rsplit("/widget/", 1)[1] for one in asked if "/api/" in one and "GET" not in one]
    assert order[:4] == ["config", "contact/set_user", "contact", "messages"]
    sender = ask_api(installation, f"/conversations/{number}")["meta"]["sender"]
    assert (sender["name"], sender["identifier"], sender["email"]) == ("Vera Lang", "u-1", "vera@mail.test")
    assert sender["custom_attributes"] == {"plan": "gold"}


def test_the_page_opens_hides_paints_and_speaks_as_it_likes(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    with host(installation.url, head=snippet(installation, launcher="Ask us", theme="dark")) as address:
        vera.goto(address)
        until(vera, "!!window.parley?.open")
        vera.evaluate(
            "['ready', 'open', 'close'].map((name) => parley.on(name, () => (window.told ||= []).push(name)))"
        )
        vera.evaluate("parley.open()")
        chat = chat_of(vera)
        until(chat, "document.documentElement.dataset.theme === 'dark'")
        assert chat.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
        vera.evaluate("parley.setTheme('light')")
        until(chat, "getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'")
        vera.evaluate("parley.setLocale('zh-CN')")
        vera.wait_for_timeout(800)
        chat = chat_of(vera)
        until(chat, "document.documentElement.lang.startsWith('zh')")
        vera.evaluate("parley.close()")
        until(vera, "window.told?.includes('close')")
        assert vera.evaluate("window.told")[:2] == ["open", "ready"]
        for call in ("hide", "show", "close", "toggle"):
            vera.evaluate(f"parley.{call}()")
        vera.evaluate("parley.push(['nothing of the kind'])")


def test_sdk_js_with_an_init_call(installation: Installation, open_page: Open) -> None:
    vera = open_page("vera")
    token = installation.demo["website_token"]
    script = (
        f"parley.init({{websiteToken: '{token}', apiUrl: '{installation.url}', position: 'left', "
        "themeColor: '#7a1fa2', autoOpen: true})"
    )
    head = f'<script src="{installation.url}/sdk.js"></script><script src="/page.js"></script>'
    with host(installation.url, head=head, script=script) as address:
        vera.goto(address)
        chat = chat_of(vera)
        until(
            chat,
            "getComputedStyle(document.querySelector('.head')).backgroundColor === 'rgb(122, 31, 162)'",
        )
        # Opened by a script, it takes nobody's focus; it stands on the left.
        assert vera.evaluate("document.activeElement === document.body")
        box = chat.frame_element().bounding_box()
        assert box is not None and box["x"] < 60


def test_the_web_component_and_its_removal(installation: Installation, open_page: Open) -> None:
    vera = open_page("vera")
    token = installation.demo["website_token"]
    body = (
        f'<parley-chat api-url="{installation.url}" website-token="{token}" position="left" theme="dark">'
        "</parley-chat>"
    )
    with host(
        installation.url,
        head=f'<script async src="{installation.url}/sdk.js"></script>',
        body=body,
    ) as address:
        vera.goto(address)
        until(vera, "!!window.parley?.open && document.querySelectorAll('parley-chat').length === 2")
        vera.mouse.click(48, 752)
        chat = chat_of(vera)
        until(chat, "document.documentElement.dataset.theme === 'dark'")
        vera.evaluate("document.querySelector('[website-token]').remove()")
        until(vera, "!window.parley?.open && !document.querySelector('parley-chat')")


def test_chatwoot_s_snippet_works_unchanged(installation: Installation, open_page: Open) -> None:
    vera = open_page("vera")
    token = installation.demo["website_token"]
    script = f"""
    window.told = [];
    for (const name of ["ready", "opened", "closed", "on-message", "on-start-conversation", "postback", "error"]) {{
      window.addEventListener("chatwoot:" + name, (event) => window.told.push([name, event.detail]));
    }}
    window.chatwootSettings = {{ position: "right", type: "expanded_bubble", launcherTitle: "Chat with us" }};
    (function (d, t) {{
      var BASE_URL = "{installation.url}";
      var g = d.createElement(t), s = d.getElementsByTagName(t)[0];
      g.src = BASE_URL + "/packs/js/sdk.js";
      g.defer = true; g.async = true;
      s.parentNode.insertBefore(g, s);
      g.onload = function () {{ window.chatwootSDK.run({{ websiteToken: "{token}", baseUrl: BASE_URL }}); }};
    }})(document, "script");
    window.addEventListener("chatwoot:ready", function () {{
      window.$chatwoot.setUser("u-9", {{ name: "Wanda", email: "wanda@mail.test" }});
      window.$chatwoot.setCustomAttributes({{ plan: "silver" }});
    }});"""
    with host(installation.url, body='<script src="/page.js"></script>', script=script) as address:
        vera.goto(address)
        until(vera, "window.told.some(([name]) => name === 'ready')")
        assert vera.evaluate("[$chatwoot.hasLoaded, $chatwoot.isOpen, $chatwoot.websiteToken]") == [
            True,
            False,
            token,
        ]
        refused = vera.evaluate(
            "(() => { try { $chatwoot.setUser('x', {}) } catch (e) { return e.message } })()"
        )
        assert "avatar_url, email, name" in refused
        vera.evaluate("$chatwoot.toggle('open')")
        chat = chat_of(vera)
        until(vera, "$chatwoot.isOpen && told.some(([name]) => name === 'opened')")
        say(chat, "From the old snippet")
        says(chat, "#log", "From the old snippet")
        number = number_of(chat)
        card = {"title": "Order", "actions": [{"type": "postback", "text": "Change", "payload": "CHANGE_1"}]}
        bob_says(
            installation, number, "Your order", content_type="cards", content_attributes={"items": [card]}
        )
        chat.wait_for_selector(".card__action")
        chat.click(".card__action")
        until(vera, "told.some(([name]) => name === 'postback')")
        told = dict(vera.evaluate("told"))
        assert told["postback"] == {"event": "postback", "data": {"payload": "CHANGE_1"}}
        assert told["on-message"]["content"] == "Your order"
        assert told["on-start-conversation"] == {"hasConversation": False}
        vera.evaluate("$chatwoot.toggle('close')")
        until(vera, "!$chatwoot.isOpen && told.some(([name]) => name === 'closed')")
    sender = ask_api(installation, f"/conversations/{number}")["meta"]["sender"]
    assert (sender["name"], sender["identifier"]) == ("Wanda", "u-9")


def test_a_page_from_the_back_forward_cache_has_a_living_chat(
    installation: Installation, open_page: Open
) -> None:
    vera = open_page("vera")
    with host(installation.url, head=snippet(installation)) as address:
        vera.goto(address)
        click_launcher(vera)
        chat = chat_of(vera)
        say(chat, "Before leaving")
        says(chat, "#log", "Before leaving")
        number = number_of(chat)
        vera.goto(f"{address}/next")
        vera.go_back()
        until(vera, "!!window.parley?.open")
        vera.evaluate("parley.open()")
        chat = chat_of(vera)
        bob_says(installation, number, "Welcome back")
        says(chat, "#log", "Welcome back")
        says(chat, "#log", "Before leaving")
