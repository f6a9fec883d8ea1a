"""The agents' pages in a real browser, with the real server, relay and Redis behind them."""

from __future__ import annotations

import time

from playwright.sync_api import Route

from config.database import account_scope
from conversations.actions.labelling import change_labels
from conversations.models import Conversation, Message
from tests import factories
from tests.browser.conftest import Enter, Site
from tests.browser.steps import (
    IN_A_BROWSER,
    contents,
    head_says,
    order,
    thread_says,
    until,
    until_stamped,
    write,
)
from tests.factories import Cast

pytestmark = IN_A_BROWSER


def test_what_one_agent_does_the_other_sees_at_once(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    first = factories.make_conversation(cast.inbox, "Ana")
    time.sleep(1.1)  # the order of the list is by whole seconds
    second = factories.make_conversation(cast.inbox, "Ben")
    path = f"/conversations/{first.display_id}?tab=all"
    alice, bob = enter(cast.alice, path), enter(cast.bob, path)
    assert order(bob) == [str(second.display_id), str(first.display_id)]

    alice.type("#composer-text", "I look after it")
    until(bob, "document.getElementById('typing').textContent === 'Alice is typing'")
    alice.keyboard.press("Control+Enter")
    thread_says(bob, "I look after it")
    until(bob, "id => document.querySelector('#rows .row').dataset.id === id", str(first.display_id))
    assert alice.locator("#thread .bubble").count() == bob.locator("#thread .bubble").count() == 2
    assert alice.locator("[data-mine]").count() == 1 and bob.locator("[data-mine]").count() == 0

    alice.click("#status-main")
    until(bob, "document.getElementById('conversation-head').dataset.status === 'resolved'")
    until(bob, "id => !document.getElementById('row-' + id)", first.display_id)
    until(bob, "document.querySelector('[data-count=all]').textContent === '1'")


def test_a_visitor_s_message_arrives_at_the_end_or_behind_a_pill(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for number in range(40):
        display_id = factories.hear(cast.vera, f"line {number}" + "\nand more" * 3)["conversation_id"]
    bob = enter(cast.bob, f"/conversations/{display_id}")
    distance = (
        "(s => s.scrollHeight - s.scrollTop - s.clientHeight)(document.getElementById('thread-scroll'))"
    )
    assert bob.evaluate(distance) < 2

    factories.hear(cast.vera, "at the end")
    thread_says(bob, "at the end")
    assert bob.evaluate(distance) < 2
    bob.evaluate("document.getElementById('thread-scroll').scrollTop = 700")
    bob.wait_for_timeout(200)
    top = bob.evaluate("document.getElementById('thread-scroll').scrollTop")
    factories.hear(cast.vera, "out of sight")
    thread_says(bob, "out of sight")
    assert bob.evaluate("document.getElementById('thread-scroll').scrollTop") == top
    assert bob.inner_text("#jump") == "1 new"


def test_rows_do_not_move_under_the_pointer(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    sessions = [factories.make_session(cast.inbox, name) for name in ("Ana", "Ben", "Cid")]
    numbers = [str(factories.hear(session)["conversation_id"]) for session in sessions]
    time.sleep(1.1)
    until_stamped()
    bob = enter(cast.bob, "/dashboard?tab=all")
    before = order(bob)
    assert sorted(before) == sorted(numbers)
    bob.hover("#rows .row:nth-child(2)")
    lowest = sessions[numbers.index(before[-1])]
    factories.hear(lowest, "me first")
    until(bob, "document.querySelector('#rows .row:last-child').textContent.includes('me first')")
    assert order(bob) == before
    assert bob.inner_text("#list-pill") == "1 updates"
    bob.mouse.move(1000, 500)
    until(bob, "id => document.querySelector('#rows .row').dataset.id === id", before[-1])
    until(bob, "document.getElementById('list-pill').hidden")


def test_a_label_of_several_words_brings_its_conversation_to_its_list(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox, "Ana")
    access = factories.access_of(cast.alice)
    bob = enter(cast.bob, "/label/very%20important?tab=all")
    assert order(bob) == []
    with account_scope(cast.account.pk):
        change_labels(
            actor=access.actor, access=access, display_id=talk.display_id, add=["very important"], remove=[]
        )
    until(bob, "!!document.querySelector('#rows .row')")
    assert order(bob) == [str(talk.display_id)]


def test_a_reset_brings_list_and_pane_up_to_date_where_they_are(committed_cast: Cast, enter: Enter) -> None:
    talk = factories.make_conversation(committed_cast.inbox, "Ana")
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}?tab=all")
    with account_scope(committed_cast.account.pk):  # behind the page's back
        Conversation.objects.filter(pk=talk.pk).update(labels=["quietly"])
    bob.evaluate("document.dispatchEvent(new CustomEvent('live:reset', {detail: {}}))")
    until(bob, "document.querySelector('#rows .row').textContent.includes('quietly')")
    until(bob, "!!document.querySelector('#conversation-head [data-label=quietly]')")
    assert bob.locator("#list").count() == bob.locator("#pane").count() == bob.locator("nav#nav").count() == 1
    for part in ("#list .tabs__tab >> nth=0", "#list .chips__chip >> nth=1", "#list .tabs__tab >> nth=2"):
        bob.click(part)
        until(bob, "!document.querySelector('.htmx-request')")
        bob.wait_for_timeout(300)
        assert [bob.locator(one).count() for one in ("#list", "#pane", "nav#nav")] == [1, 1, 1], part


def test_nothing_written_is_lost_while_the_server_is_away(
    committed_cast: Cast, site: Site, enter: Enter
) -> None:
    cast = committed_cast
    conversation = factories.make_conversation(cast.inbox)
    path = f"/conversations/{conversation.display_id}?tab=all"
    alice, bob = enter(cast.alice, path), enter(cast.bob, "/dashboard?tab=all")
    site.stop("serve")
    write(alice, "first, while away")
    write(alice, "second, while away")
    until(alice, "!document.getElementById('strip').hidden")
    assert alice.locator("[data-pending]").count() == 2
    site.serve()
    until(alice, "!document.querySelector('[data-pending]')")
    until(bob, "document.querySelector('#rows .row').textContent.includes('second, while away')")
    until(alice, "document.getElementById('strip').hidden")
    assert contents(cast) == ["first, while away", "second, while away"]


REFUSALS = [
    (409, "Something came in before yours was sent.", "composer"),
    (413, "At most 10 MB.", "composer"),
    (422, "At most 10 MB.", "composer"),
    (403, "You may not do this here. Your text is kept.", "composer"),
    (404, "This conversation was deleted, or is not in your inboxes any more. Your text is kept.", "thread"),
    (429, "Too many requests. Trying again in 7 s.", "thread"),
    (500, "The server had an error. Your text is kept.", "thread"),
    (503, "The server is restarting. Trying again in 7 s.", "thread"),
]


def test_a_refused_message_says_why_and_keeps_its_text(committed_cast: Cast, enter: Enter) -> None:
    conversation = factories.make_conversation(committed_cast.inbox)
    path = f"/conversations/{conversation.display_id}"
    bob = enter(committed_cast.bob, path)

    def refuse(route: Route) -> None:
        headers = {"Content-Type": "application/json", "Retry-After": "7"}
        route.fulfill(status=status, headers=headers, body='{"code": "x", "message": "At most 10 MB."}')

    bob.route("**/messages", refuse)
    for status, words, kept_in in REFUSALS:
        write(bob, f"precious {status}")
        place = "#composer-notice" if kept_in == "composer" else "#thread [data-pending]"
        said = "([place, words]) => document.querySelector(place)?.textContent.includes(words)"
        until(bob, said, [place, words])
        kept = bob.input_value("#composer-text") if kept_in == "composer" else bob.inner_text(place)
        assert f"precious {status}" in kept
        bob.evaluate("localStorage.clear(); document.getElementById('composer-text').value = ''")
        bob.reload()
        bob.wait_for_timeout(300)


def test_a_draft_of_each_kind_survives_a_reload(committed_cast: Cast, enter: Enter) -> None:
    conversation = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{conversation.display_id}")
    bob.fill("#composer-text", "half a reply")
    bob.click(".composer__tab >> nth=1")
    bob.fill("#composer-text", "half a note")
    bob.wait_for_timeout(400)
    bob.reload()
    bob.click(".composer__tab >> nth=0")
    assert bob.input_value("#composer-text") == "half a reply"
    bob.click(".composer__tab >> nth=1")
    assert bob.input_value("#composer-text") == "half a note"


def test_bob_works_by_keyboard_alone(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for name in ("Ana", "Ben"):
        factories.make_conversation(cast.inbox, name)
        time.sleep(1.1)
    bob = enter(cast.bob, "/dashboard?tab=all")
    first, second = order(bob)
    bob.keyboard.press("j")
    until(bob, "id => document.getElementById('pane').dataset.conversation === id", first)
    bob.keyboard.press("j")
    until(bob, "id => document.getElementById('pane').dataset.conversation === id", second)
    assert bob.evaluate("document.activeElement.className") == "row__link"
    bob.keyboard.press("Enter")
    until(bob, "document.activeElement.id === 'conversation-title'")
    bob.keyboard.press("n")
    bob.keyboard.type("looked into it")
    bob.keyboard.press("Control+Enter")
    thread_says(bob, "looked into it")
    bob.keyboard.press("Escape")
    bob.keyboard.press("i")
    until(
        bob,
        "id => document.getElementById('conversation-head').dataset.assignee === id",
        str(cast.bob.user_id),
    )
    bob.keyboard.press("e")
    head_says(bob, "status", "resolved")
    with account_scope(cast.account.pk):
        done = Conversation.objects.for_account(cast.account).get(display_id=second)
        note = Message.objects.for_account(cast.account).get(private=True)
    assert (done.status, done.assignee_id) == (Conversation.Status.RESOLVED, cast.bob.pk)
    assert note.content == "looked into it"


def test_a_button_that_has_just_been_swapped_in_never_leaves_the_page(
    committed_cast: Cast, enter: Enter
) -> None:
    """htmx gives new elements their behaviour after a pause for settling unless told otherwise; a form that
    is sent within that pause loads a whole page and forgets everything on it."""
    cast = committed_cast
    conversation = factories.make_conversation(cast.inbox)
    bob = enter(cast.bob, f"/conversations/{conversation.display_id}?status=all")
    bob.evaluate(
        """() => {
            window.stayed = true;
            new MutationObserver((_changes, observer) => {
                const head = document.getElementById("conversation-head");
                if (head?.dataset.assignee !== document.body.dataset.user) return;
                observer.disconnect();
                document.querySelector('[data-shortcut="e"]').click();
            }).observe(document.getElementById("pane"), { childList: true, subtree: true, attributes: true });
        }"""
    )
    bob.keyboard.press("i")
    until(bob, "document.getElementById('conversation-head').dataset.status === 'resolved'")
    assert bob.evaluate("window.stayed") is True


def test_back_returns_to_the_same_list_at_the_same_place(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for number in range(24):
        factories.make_conversation(cast.inbox, f"Visitor {number}")
    bob = enter(cast.bob, "/dashboard?tab=all")
    bob.evaluate("document.getElementById('list-scroll').scrollTop = 400")
    bob.click("#rows .row:nth-child(12) a")
    until(bob, "!!document.getElementById('thread')")
    bob.go_back()
    until(bob, "document.getElementById('pane').hasAttribute('data-empty')")
    assert bob.url.endswith("/dashboard?tab=all")
    assert bob.evaluate("document.getElementById('list-scroll').scrollTop") == 400
    bob.go_forward()
    until(bob, "!!document.getElementById('thread')")


def test_what_arrives_while_a_conversation_is_being_opened_is_not_missed(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    display_id = factories.hear(cast.vera, "before")["conversation_id"]
    bob = enter(cast.bob, "/dashboard?tab=all")

    def slow(route: Route) -> None:
        answer = route.fetch()  # the server has painted the pane; then something comes in, then it arrives
        factories.hear(cast.vera, "in between") if not arrived else None
        arrived.append(True)
        time.sleep(1)
        route.fulfill(response=answer)

    arrived: list[bool] = []
    bob.route(f"**/conversations/{display_id}*", slow)
    bob.evaluate("document.querySelector('#rows .row__link').click()")
    until(bob, "!!document.getElementById('thread')")
    thread_says(bob, "in between")
    bob.unroute_all(behavior="wait")


def test_the_first_load_takes_at_most_fifteen_requests(committed_cast: Cast, enter: Enter) -> None:
    conversation = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, "/dashboard")
    asked: list[str] = []
    bob.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    for path in ("/dashboard", f"/conversations/{conversation.display_id}"):
        bob.goto(f"{bob.url.split('/app/')[0]}/app/accounts/{committed_cast.account.pk}{path}")
        bob.wait_for_timeout(800)
        pages = [url for url in asked if "/seen" not in url]
        assert len(pages) <= 15, pages
        asked.clear()


def test_a_phone_shows_one_zone_at_a_time(committed_cast: Cast, enter: Enter) -> None:
    factories.make_conversation(committed_cast.inbox, "Ana")
    bob = enter(committed_cast.bob, "/dashboard?tab=all")
    bob.set_viewport_size({"width": 390, "height": 844})
    assert bob.is_visible("#list") and not bob.is_visible("#pane")
    bob.click("#rows .row a")
    until(bob, "!!document.getElementById('thread')")
    assert bob.is_visible("#composer") and not bob.is_visible("#list") and not bob.is_visible("#details")
    assert bob.evaluate("document.documentElement.scrollWidth") == 390
    bob.click("[data-action=back]")
    assert bob.is_visible("#list") and not bob.is_visible("#pane")
