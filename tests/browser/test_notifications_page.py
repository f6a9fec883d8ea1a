"""What an agent was told of, and the folders of their own: lists beside the pane, live, by keyboard too."""

from __future__ import annotations

from django.utils import timezone

from config.database import account_scope
from config.events import StoredEvent
from conversations.actions.following import add_participants
from conversations.actions.keeping import create_filter
from conversations.actions.notifications import Told, tell
from conversations.models import Conversation, CustomFilter, Mention, Notification
from tests import factories
from tests.browser.conftest import Enter
from tests.browser.steps import IN_A_BROWSER, opened, order, thread_says, until
from tests.factories import Cast

pytestmark = IN_A_BROWSER
_numbers = iter(range(1_000_000, 2_000_000))  # of events that only these tests know


def tell_bob(cast: Cast, talk: Conversation, kind: int = Notification.Type.CONVERSATION_MENTION) -> None:
    """As the worker does when its event comes."""
    number = next(_numbers)
    payload = {"conversation_id": talk.pk}
    event = StoredEvent(number, number, cast.account.pk, "message.created", 1, payload, timezone.now())
    with account_scope(cast.account.pk):
        tell(event=event, told=[Told(cast.bob.pk, kind)])


def unread(cast: Cast) -> int:
    with account_scope(cast.account.pk):
        mine = Notification.objects.for_account(cast.account).filter(membership=cast.bob)
        return mine.filter(read_at__isnull=True).count()


def test_notifications_come_live_are_read_by_opening_put_aside_and_read_all_at_once(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    talks = [factories.make_conversation(cast.inbox, name, f"I am {name}") for name in ("Ana", "Ben", "Cem")]
    bob = enter(cast.bob, "/inbox-view")
    assert "You are caught up" in bob.inner_text("#list")
    for talk in talks:
        tell_bob(cast, talk)
    until(bob, "document.querySelectorAll('#rows .told[data-unread]').length === 3")
    until(bob, "document.querySelector('#nav [data-notifications]').textContent === '3'")
    assert "You were mentioned" in bob.inner_text("#rows .told >> nth=0")

    # Opened by keyboard, it is read by being looked at, and leaves the unread ones.
    bob.keyboard.press("j")
    opened(bob, talks[2].display_id)
    thread_says(bob, "I am Cem")
    until(bob, "document.querySelectorAll('#rows .told').length === 2")
    until(bob, "document.querySelector('#nav [data-notifications]').textContent === '2'")
    assert bob.evaluate("location.pathname").endswith(f"/inbox-view/conversations/{talks[2].display_id}")

    # Put aside until tomorrow; the others at once.
    bob.locator("#rows .told >> nth=0").hover()
    bob.click("#rows .told >> nth=0 >> summary")
    bob.click("#rows .told >> nth=0 >> [value=tomorrow]")
    until(bob, "document.querySelectorAll('#rows .told').length === 1")
    bob.click(".list__head [data-notify] button")
    until(bob, "document.getElementById('list').textContent.includes('You are caught up')")
    assert unread(cast) == 0  # the one put aside is unread again when its time comes

    # All of them; one is unread again.
    bob.click("#list .tabs__tab >> nth=1")
    until(bob, "document.querySelectorAll('#rows .told').length === 3")
    bob.locator("#rows .told:not([data-unread]) >> nth=0").hover()
    bob.click("#rows .told:not([data-unread]) >> nth=0 >> .told__tools form >> nth=0 >> button")
    until(bob, "document.querySelectorAll('#rows .told[data-unread]').length === 1")
    bob.reload()
    assert bob.locator("#rows .told[data-unread]").count() == 1


def test_own_folders_and_kept_views_list_what_belongs_to_them(committed_cast: Cast, enter: Enter) -> None:
    cast = committed_cast
    first, second, third = (factories.make_conversation(cast.inbox, name) for name in ("Ana", "Ben", "Cem"))
    factories.say(cast.bob, first.display_id)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        Mention.objects.create(
            account=cast.account, conversation=first, membership=cast.bob, mentioned_at=timezone.now()
        )
        add_participants(
            actor=access.actor, access=access, display_id=second.display_id, user_ids=[cast.bob.user_id]
        )
        condition = {
            "attribute_key": "display_id",
            "filter_operator": "equal_to",
            "values": [third.display_id],
        }
        view = create_filter(
            access=access,
            name="The third",
            filter_type=CustomFilter.Type.CONVERSATION,
            query={"payload": [{**condition, "query_operator": None}]},
        )
    bob = enter(cast.bob, "/mentions/conversations?tab=all")
    assert order(bob) == [str(first.display_id)]
    until(bob, "document.querySelector('#sections [data-folder=\"mentions:\"]').textContent === '1'")
    bob.keyboard.press("g")
    bob.keyboard.press("u")
    bob.wait_for_url("**/unattended/conversations")
    bob.goto(bob.url + "?tab=all")
    assert set(order(bob)) == {str(second.display_id), str(third.display_id)}
    bob.goto(bob.url.replace("unattended", "participating"))
    assert order(bob) == [str(second.display_id)]
    bob.click("#sections a:has-text('The third')")
    bob.wait_for_url(f"**/custom_view/{view.pk}")
    bob.goto(bob.url + "?tab=all")
    assert order(bob) == [str(third.display_id)]
    bob.keyboard.press("j")
    opened(bob, third.display_id)
    assert f"/custom_view/{view.pk}/conversations/" in bob.url
