"""Search in a real browser: by keys alone, without script, and within what a screen reader is told."""

from __future__ import annotations

import re

from tests import factories
from tests.browser.conftest import Enter
from tests.browser.steps import IN_A_BROWSER, until
from tests.factories import Cast

pytestmark = IN_A_BROWSER

_NAMELESS = """[...document.querySelectorAll("main a, main button, main input")].filter(one =>
    !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length)).length"""


def test_by_keys_alone_from_anywhere_to_the_message(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox, "Ana", "Where is my parcel?")
    answer = factories.say(cast.bob, talk.display_id, "Your <b>parcel</b> left yesterday")
    page = enter(cast.bob, "/dashboard?tab=all")
    page.keyboard.press("/")
    page.wait_for_url("**/search/all")
    until(page, "document.activeElement.id === 'search-field'")
    page.keyboard.type("parcel left")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/all?q=*")
    until(page, "document.querySelectorAll('.hit mark').length === 2")
    assert page.title().startswith("parcel left · Search · ")
    assert page.locator(".hit__text").inner_text() == "Your <b>parcel</b> left yesterday"
    page.keyboard.press("/")
    until(page, "document.activeElement.id === 'search-field'")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('hit__link')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversations/**")
    until(page, "id => !!document.getElementById('message-' + id)", answer["id"])
    assert page.url.endswith(f"/conversations/{talk.display_id}?messageId={answer['id']}")
    page.go_back()
    page.wait_for_url("**/search/all?q=*")
    until(page, "document.getElementById('search-field')?.value === 'parcel left'")


def test_it_is_whole_without_script_and_says_what_everything_is(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox, "Ana", "Where is my parcel?")
    with_script = enter(cast.bob, "/search/all?q=parcel")
    assert with_script.evaluate(_NAMELESS) == 0
    assert with_script.locator("main h1").count() == 1
    assert (
        with_script.evaluate("document.querySelectorAll('[role=search] label[for=search-field]').length") == 1
    )
    page = with_script.context.browser.new_context(java_script_enabled=False).new_page()  # type: ignore[union-attr]
    page.context.add_cookies(with_script.context.cookies())  # type: ignore[arg-type]
    page.goto(re.sub(r"\?.*", "", with_script.url))
    page.fill("#search-field", "parcel")
    page.press("#search-field", "Enter")
    assert page.locator(".hit mark").inner_text() == "parcel"
    page.click(".hit__link")
    assert f"/conversations/{talk.display_id}?messageId=" in page.url
    page.context.close()


def test_on_a_small_screen_nothing_is_cut_off(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    factories.make_conversation(cast.inbox, "Ana" * 40, "parcel " + "x" * 300)
    page = enter(cast.bob, "/search/all?q=parcel")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
