"""A working day at the desk: by keyboard, with Undo, with what others do meanwhile, and when the server says no."""

from __future__ import annotations

import time

from playwright.sync_api import Route

from config.database import account_scope
from conversations.models import (
    CannedResponse,
    Conversation,
    CustomAttributeDefinition,
    Draft,
    Label,
    Message,
)
from tests import factories
from tests.browser.conftest import Enter
from tests.browser.steps import (
    IN_A_BROWSER,
    contents,
    head_says,
    opened,
    order,
    stored,
    thread_says,
    until,
    write,
)
from tests.factories import Cast

pytestmark = IN_A_BROWSER


def make_label(cast: Cast, title: str) -> None:
    with account_scope(cast.account.pk):
        Label.objects.create(account=cast.account, title=title)


def make_canned(cast: Cast, code: str, content: str) -> None:
    with account_scope(cast.account.pk):
        CannedResponse.objects.create(account=cast.account, short_code=code, content=content)


def test_login_reply_label_resolve_and_next_by_keyboard_alone(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for title in ("returns", "vip"):
        make_label(cast, title)
    for name in ("Ana", "Ben"):
        factories.make_conversation(cast.inbox, name)
        time.sleep(1.1)
    bob = enter(cast.bob, "/dashboard?tab=all")
    keyboard = bob.keyboard
    keyboard.press("Escape")
    first, second = (int(one) for one in order(bob))
    keyboard.press("j")
    opened(bob, first)
    keyboard.press("r")
    keyboard.type("On its way.")
    keyboard.press("Control+Enter")
    thread_says(bob, "On its way.")
    keyboard.press("Escape")
    keyboard.press("l")
    until(bob, "document.activeElement.getAttribute('role') === 'combobox'")
    keyboard.type("vi")
    keyboard.press("Enter")
    until(bob, "!!document.querySelector('#conversation-head [data-label=vip]')")
    until(bob, "document.activeElement.dataset.picker === 'labels'")
    keyboard.press("Shift+E")
    opened(bob, second)
    assert bob.evaluate("document.activeElement.className") == "row__link"
    until(bob, "id => !document.getElementById('row-' + id)", first)
    done = stored(cast, first)
    assert (done.status, done.labels) == (Conversation.Status.RESOLVED, ["vip"])
    assert contents(cast) == ["On its way."]
    assert stored(cast, second).status == Conversation.Status.OPEN


def test_people_team_and_priority_are_chosen_by_typing_and_undone_by_z(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    team = factories.make_team(cast.account, "returns", cast.bob)
    talk = factories.make_conversation(cast.inbox)
    bob = enter(cast.bob, f"/conversations/{talk.display_id}")
    for key, typed, name, value in (
        ("a", "ali", "assignee", str(cast.alice.user_id)),
        ("t", "ret", "team", str(team.pk)),
        ("p", "urg", "priority", "urgent"),
    ):
        bob.keyboard.press(key)
        until(bob, "document.activeElement.getAttribute('role') === 'combobox'")
        bob.keyboard.type(typed)
        bob.keyboard.press("Enter")
        head_says(bob, name, value)
        until(bob, "!!document.querySelector('.toast [data-undo]')")
        assert bob.evaluate("document.activeElement.dataset.picker") == name
    until(bob, "document.querySelector('.toast:last-child')?.textContent.includes('Urgent')")
    bob.keyboard.press("z")
    head_says(bob, "priority", "")
    until(bob, "document.querySelector('.toast:last-child')?.textContent.includes('Undone')")
    done = stored(cast, talk.display_id)
    assert (done.team_id, done.priority) == (team.pk, None)


def test_a_list_of_choices_closes_by_escape_and_gives_the_focus_back(
    committed_cast: Cast, enter: Enter
) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}")
    bob.keyboard.press("a")
    until(bob, "!!document.querySelector('.picker__list [role=option]')")
    bob.keyboard.press("ArrowDown")
    active = bob.evaluate("document.activeElement.getAttribute('aria-activedescendant')")
    assert bob.locator(f"#{active}").get_attribute("role") == "option"
    bob.keyboard.press("Escape")
    assert bob.locator(".picker__sheet").count() == 0
    assert bob.evaluate("document.activeElement.dataset.picker") == "assignee"
    bob.keyboard.press("s")
    until(bob, "document.activeElement.value === 'later'")
    bob.keyboard.press("ArrowDown")
    assert bob.evaluate("document.activeElement.value") == "tomorrow"
    bob.keyboard.press("u")
    assert bob.evaluate("document.activeElement.value") == "reply"
    bob.keyboard.press("Escape")
    assert bob.evaluate("document.activeElement.dataset.shortcut") == "s"


def test_a_snooze_follows_the_zone_of_the_agent_and_is_undone(committed_cast: Cast, enter: Enter) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}", timezone_id="Asia/Tokyo")
    bob.keyboard.press("s")
    until(bob, "document.activeElement.value === 'later'")
    bob.keyboard.press("t")
    bob.keyboard.press("Enter")
    head_says(bob, "status", "snoozed")
    until(bob, "!!document.querySelector('.toast [data-undo]')")
    until_ = stored(committed_cast, talk.display_id).snoozed_until
    assert until_ is not None and (until_.hour, until_.minute) == (0, 0)  # nine in Tokyo
    bob.keyboard.press("z")
    head_says(bob, "status", "open")


def test_what_the_server_refuses_is_taken_back_and_explained(committed_cast: Cast, enter: Enter) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}")
    body = '{"code": "invalid", "message": "Not today."}'

    def refuse(route: Route) -> None:
        route.fulfill(status=422, headers={"Content-Type": "application/json"}, body=body)

    bob.route("**/status", refuse)
    bob.keyboard.press("e")
    until(bob, "document.querySelector('.toast[data-kind=error]')?.textContent.includes('Not today.')")
    assert bob.get_attribute("#conversation-head", "data-status") == "open"
    assert stored(committed_cast, talk.display_id).status == Conversation.Status.OPEN


def test_a_field_of_the_details_saves_by_enter_reverts_by_escape_and_says_what_is_wrong(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    with account_scope(cast.account.pk):
        CustomAttributeDefinition.objects.create(
            account=cast.account,
            attribute_key="plan",
            attribute_display_name="Plan",
            attribute_model=1,
            attribute_display_type=6,
            attribute_values=["free", "gold"],
        )
    talk = factories.make_conversation(cast.inbox)
    bob = enter(cast.bob, f"/conversations/{talk.display_id}")
    email = bob.locator(f"#field-contactemail-{talk.display_id}")
    email.fill("nonsense")
    email.press("Enter")
    until(bob, "document.querySelector('.edit .field__error')?.textContent.includes('not an e-mail')")
    assert email.get_attribute("aria-invalid") == "true"
    email.press("Escape")
    assert email.input_value() == ""
    assert bob.locator(".edit .field__error").count() == 0
    email.fill("vera@example.org")
    email.press("Enter")
    until(bob, "document.getElementById('polite').textContent === 'Saved'")
    bob.locator(f"#field-contactcustomplan-{talk.display_id}").select_option("gold")
    end = time.monotonic() + 10
    while stored(cast, talk.display_id).contact.custom_attributes != {"plan": "gold"}:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert stored(cast, talk.display_id).contact.email == "vera@example.org"


def test_a_field_in_use_is_not_overwritten_by_what_comes_in(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox)
    bob = enter(cast.bob, f"/conversations/{talk.display_id}")
    alice = enter(cast.alice, f"/conversations/{talk.display_id}")
    field = f"#field-contactname-{talk.display_id}"
    bob.fill(field, "typed by bob")
    alice.fill(field, "Vera of alice")
    alice.press(field, "Enter")
    until(alice, "document.getElementById('polite').textContent === 'Saved'")
    alice.locator("#thread-scroll").focus()
    alice.keyboard.press("e")
    head_says(bob, "status", "resolved")
    assert bob.input_value(field) == "typed by bob"
    assert bob.evaluate("document.activeElement.id") == field[1:]
    until(bob, "document.querySelector('.edit__said')?.textContent.includes('Vera of alice')")


def test_a_canned_response_is_three_keys_away_and_an_empty_variable_stops_it(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    make_canned(cast, "hello", "Hello {{contact.first_name}}, your order {{order.number}} is here.")
    make_canned(cast, "bye", "Goodbye")
    talk = factories.make_conversation(cast.inbox, "Ana Lima")
    bob = enter(cast.bob, f"/conversations/{talk.display_id}")
    bob.keyboard.press("r")
    bob.keyboard.type("/he")
    until(bob, "document.querySelectorAll('#suggest [role=option]').length === 1")
    bob.keyboard.press("Enter")
    assert bob.input_value("#composer-text") == "Hello Ana, your order {{order.number}} is here."
    bob.keyboard.press("Control+Enter")
    until(bob, "!!document.querySelector('#composer-notice [role=alert]')")
    until(
        bob,
        "getSelection().toString() === '{{order.number}}' || document.activeElement.selectionStart === 22",
    )
    assert contents(cast) == []
    bob.keyboard.type("4711")
    bob.keyboard.press("Control+Enter")
    thread_says(bob, "your order 4711 is here.")
    until(bob, "!document.querySelector('#thread [data-pending]')")
    assert contents(cast) == ["Hello Ana, your order 4711 is here."]


def test_a_draft_is_on_the_server_seen_in_the_list_and_gone_once_sent(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox)

    def drafts() -> list[str]:
        with account_scope(cast.account.pk):
            found = Draft.objects.for_account(cast.account).exclude(content="")
            return list(found.values_list("content", flat=True))

    path = f"/conversations/{talk.display_id}?tab=all"
    bob = enter(cast.bob, path)
    bob.type("#composer-text", "half an answer")
    until(bob, "!!document.querySelector('.row__draft')")
    end = time.monotonic() + 10
    while drafts() != ["half an answer"]:
        assert time.monotonic() < end
        time.sleep(0.05)
    other = enter(cast.bob, path)
    assert other.input_value("#composer-text") == "half an answer"
    write(bob, "a whole answer")
    thread_says(bob, "a whole answer")
    while drafts():
        assert time.monotonic() < end
        time.sleep(0.05)
    until(bob, "!document.querySelector('.row__draft')")


def test_two_tabs_agree_on_a_draft(committed_cast: Cast, enter: Enter) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}")
    beside = bob.context.new_page()
    beside.goto(bob.url)
    beside.wait_for_selector("#composer-text")
    bob.bring_to_front()
    bob.type("#composer-text", "from the first tab")
    until(beside, "document.getElementById('composer-text').value === 'from the first tab'")


def test_an_emoji_is_found_by_its_name(committed_cast: Cast, enter: Enter) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}")
    bob.focus("[data-action=emoji]")
    bob.keyboard.press("Enter")
    until(bob, "document.activeElement.type === 'search'")
    bob.keyboard.type("party popper")
    bob.keyboard.press("ArrowDown")
    bob.keyboard.press("Enter")
    until(bob, "document.getElementById('composer-text').value === '🎉'")
    assert bob.evaluate("document.activeElement.id") == "composer-text"


def test_send_and_resolve_by_keyboard(committed_cast: Cast, enter: Enter) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}")
    bob.fill("#composer-text", "All done.")
    bob.keyboard.press("Control+Shift+Enter")
    head_says(bob, "status", "resolved")
    assert contents(committed_cast) == ["All done."]


def test_a_message_has_a_menu_reached_and_used_by_keyboard(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox, text="Where is my order?")
    said = factories.say(cast.bob, talk.display_id, "wrong window")
    bob = enter(cast.bob, f"/conversations/{talk.display_id}")
    more = bob.locator(f"#message-{said['id']} .bubble__more")
    assert more.get_attribute("tabindex") == "0"
    more.focus()
    bob.keyboard.press("ArrowUp")
    assert bob.evaluate("document.activeElement.closest('.bubble').dataset.kind") == "in"
    bob.keyboard.press("Enter")
    until(bob, "document.activeElement.getAttribute('role') === 'menuitem'")
    bob.keyboard.press("q")
    bob.keyboard.press("Enter")
    assert bob.input_value("#composer-text").strip() == "> Where is my order?"
    assert bob.is_checked("[name=kind][value=note]")
    more.focus()
    bob.keyboard.press("Enter")
    bob.keyboard.press("End")
    bob.keyboard.press("Enter")
    until(bob, "id => document.getElementById('message-' + id).hasAttribute('data-deleted')", said["id"])
    with account_scope(cast.account.pk):
        assert Message.objects.for_account(cast.account).get(pk=said["id"]).content != "wrong window"


def test_a_link_to_a_message_opens_at_it_and_marks_it(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    ids = [factories.hear(cast.vera, f"line {number}\n" * 3) for number in range(45)]
    wanted = ids[5]
    bob = enter(cast.bob, f"/conversations/{wanted['conversation_id']}?messageId={wanted['id']}")
    place = """id => { const scroll = document.getElementById('thread-scroll').getBoundingClientRect();
        const bubble = document.getElementById('message-' + id).getBoundingClientRect();
        return (bubble.top - scroll.top) / scroll.height }"""
    assert 0.2 < bob.evaluate(place, wanted["id"]) < 0.3


def test_a_burst_of_changes_is_one_line_that_unfolds(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    talk = factories.make_conversation(cast.inbox)
    bob = enter(cast.bob, f"/conversations/{talk.display_id}?status=all")
    for wanted in ("resolved", "open", "resolved", "open"):
        bob.keyboard.press("e")
        head_says(bob, "status", wanted)
    until(bob, "document.querySelector('.thread__fold')?.textContent === '4 changes'")
    visible = "[...document.querySelectorAll('.bubble[data-kind=activity]')].filter(b => b.checkVisibility()).length"
    assert bob.evaluate(visible) == 0
    bob.focus(".thread__fold")
    bob.keyboard.press("Enter")
    assert bob.evaluate(visible) == 4


def test_older_messages_come_without_a_pixel_of_drift(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for number in range(
        70
    ):  # tall: where one reads must be far from the end, which would hold on to the reader
        message = factories.hear(cast.vera, f"line {number}\nand\nmore")
    bob = enter(cast.bob, f"/conversations/{message['conversation_id']}")
    bob.evaluate("document.getElementById('thread-scroll').scrollTop = 620")
    bob.wait_for_timeout(150)
    assert bob.evaluate("document.getElementById('thread-scroll').scrollTop") == 620
    first = bob.evaluate("document.querySelector('#thread .bubble').id")
    # Its lower edge: the name above its text goes once there is another message of the same author before it.
    bottom = f"document.querySelector('#{first} .bubble__body').getBoundingClientRect().bottom"
    before = bob.evaluate(bottom)
    bob.evaluate("document.getElementById('thread-scroll').scrollTop -= 60")
    until(bob, "first => document.querySelector('#thread .bubble').id !== first", first)
    assert abs(bob.evaluate(bottom) - (before + 60)) <= 1


def test_older_messages_come_by_themselves_after_a_failed_try(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for number in range(40):
        message = factories.hear(cast.vera, f"line {number}\nand\nmore")
    bob = enter(cast.bob, f"/conversations/{message['conversation_id']}")
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            return route.fallback()
        refused.append(route.request.url)
        route.fulfill(status=503, body="")

    bob.route("**/messages?before=*", refuse_once)
    bob.evaluate("document.getElementById('thread-scroll').scrollTop = 300")
    until(bob, "document.querySelector('#thread .bubble .prose').textContent.startsWith('line 0')")
    assert len(refused) == 1


def test_what_is_mine_and_unread_is_in_the_title(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    message = factories.hear(cast.vera, "hello")
    bob = enter(cast.bob, f"/conversations/{message['conversation_id']}?tab=all")
    bob.keyboard.press("i")
    head_says(bob, "assignee", str(cast.bob.user_id))
    bob.goto(bob.url.rsplit("/conversations", 1)[0] + "/dashboard")
    bob.wait_for_timeout(500)
    factories.hear(cast.vera, "are you there?")
    until(bob, "document.title.startsWith('(1) ')")
    assert "ccircle" in bob.evaluate("document.querySelector('link[rel=icon]').href").replace("%3C", "c")


def test_several_are_resolved_at_once_and_brought_back(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    for name in ("Ana", "Ben", "Cem"):
        factories.make_conversation(cast.inbox, name)
    bob = enter(cast.bob, "/dashboard?tab=all")
    bob.focus("#rows .row__link")
    bob.keyboard.press("x")
    bob.keyboard.press("Shift+J")
    assert bob.inner_text("#bulk [data-number]") == "2 selected"
    bob.focus("[data-bulk='status:resolved']")
    bob.keyboard.press("Enter")
    until(bob, "document.querySelectorAll('#rows .row').length === 1")
    bob.keyboard.press("z")
    until(bob, "document.querySelectorAll('#rows .row').length === 3")


def test_several_get_a_team_and_a_label_and_undo_brings_back_what_each_had(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    make_label(cast, "vip")
    talks = [factories.make_conversation(cast.inbox, name) for name in ("Ana", "Ben", "Cem")]
    returns, sales = (factories.make_team(cast.account, name, cast.bob) for name in ("returns", "sales"))
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=talks[0].pk).update(team=returns)
    bob = enter(cast.bob, "/dashboard?tab=all")

    def teams() -> list[int | None]:
        return [stored(cast, talk.display_id).team_id for talk in talks]

    bob.click("#rows .row >> nth=0 >> .avatar")  # a face ticks, Shift and a click reach to another row
    bob.click("#rows .row__name >> nth=2", modifiers=["Shift"])
    assert bob.inner_text("#bulk [data-number]") == "3 selected"
    bob.click("#bulk summary")
    bob.click(f"#bulk [data-bulk='team:{sales.pk}']")
    until(bob, "document.querySelector('.toast')?.textContent.includes('3 conversations')")
    assert teams() == [sales.pk] * 3
    until(
        bob,
        "sales => [...document.querySelectorAll('#rows .row')].every((row) => row.dataset.team === sales)",
        str(sales.pk),
    )
    bob.keyboard.press("z")
    end = time.monotonic() + 10
    while teams() != [returns.pk, None, None]:
        assert time.monotonic() < end, teams()
        time.sleep(0.05)


def test_single_keys_can_be_switched_off_and_the_rows_made_compact(
    committed_cast: Cast, enter: Enter
) -> None:
    talk = factories.make_conversation(committed_cast.inbox)
    bob = enter(committed_cast.bob, f"/conversations/{talk.display_id}?tab=all")
    bob.keyboard.press("?")
    bob.check("#keys-help [name=off]")
    bob.keyboard.press("Escape")
    bob.keyboard.press("e")
    bob.wait_for_timeout(300)
    assert stored(committed_cast, talk.display_id).status == Conversation.Status.OPEN
    bob.click(".nav__foot summary")
    bob.click("[data-density=compact]")
    bob.reload()
    assert bob.locator("#rows .row").bounding_box()["height"] == 56  # type: ignore[index]
