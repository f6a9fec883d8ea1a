"""People are told of what concerns them: once, for the best reason, never of what they did themselves."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from config.subscriptions import QUEUED
from conversations.actions.assignment import assign_agent
from conversations.actions.following import add_participants
from conversations.actions.notifications import wake_snoozed
from conversations.handlers import notifications
from conversations.models import Contact, Notification
from tests import factories
from tests.factories import Cast

HANDLERS = {
    f"conversations.handlers.notifications.{name}": getattr(notifications, name)
    for name in ("notify", "notify_participants", "send_by_mail")
}


_DONE: set[int] = set()  # events of all tests: their numbers are never used again


def run_all(account_id: int) -> None:
    """As relay and workers do, for the handlers of this module: every event once. What they publish is run, too."""
    done = _DONE
    while True:
        with platform_scope("tests look at everything"):
            rows = list(OutboxEvent.objects.filter(account_id=account_id).exclude(pk__in=done).order_by("id"))
        if not rows:
            return
        for row in rows:
            done.add(row.pk)
            for queued in QUEUED.get(row.name, ()):
                if queued.handler in HANDLERS and queued.when(row.payload):
                    event = StoredEvent(row.pk, row.pk, account_id, row.name, 1, row.payload, row.created_at)
                    with account_scope(account_id):
                        HANDLERS[queued.handler](event)


def told(cast: Cast) -> list[tuple[str, str]]:
    with account_scope(cast.account.pk):
        rows = Notification.objects.select_related("membership__user").order_by("id")
        return [(row.membership.user.name, row.get_notification_type_display()) for row in rows]


def assign(cast: Cast, by: Any, to: Any, display_id: int = 1) -> None:
    access = factories.access_of(by)
    with account_scope(cast.account.pk):
        assign_agent(actor=access.actor, access=access, display_id=display_id, user_id=to.user_id)


def test_whoever_is_assigned_is_told_but_not_by_themselves(cast: Cast) -> None:
    factories.hear(cast.vera)
    assign(cast, cast.bob, cast.bob)
    run_all(cast.account.pk)
    assert told(cast) == []
    assign(cast, cast.alice, cast.alice)
    assign(cast, cast.alice, cast.bob)
    run_all(cast.account.pk)
    assert told(cast) == [("Bob", "conversation_assignment")]


def test_a_message_tells_the_assignee_and_who_follows_each_once(cast: Cast) -> None:
    factories.hear(cast.vera)
    assign(cast, cast.bob, cast.bob)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        add_participants(
            actor=access.actor, access=access, display_id=1, user_ids=[cast.alice.user_id, cast.bob.user_id]
        )
    factories.hear(cast.vera, "Anybody there?")
    run_all(cast.account.pk)
    _DONE.clear()  # every handler once more, as after a crash
    run_all(cast.account.pk)
    assert sorted(told(cast)) == [
        ("Alice", "participating_conversation_new_message"),
        ("Bob", "assigned_conversation_new_message"),
    ]


def test_a_note_calls_people_by_name(cast: Cast) -> None:
    factories.hear(cast.vera)
    name = f"Look [@Alice](mention://user/{cast.alice.user_id}/Alice)"
    factories.say(cast.bob, 1, name, private=True)
    run_all(cast.account.pk)
    assert told(cast) == [("Alice", "conversation_mention")]


def test_the_newer_takes_the_place_of_the_older(cast: Cast) -> None:
    factories.hear(cast.vera)
    assign(cast, cast.alice, cast.bob)
    run_all(cast.account.pk)
    factories.hear(cast.vera, "Hello?")
    run_all(cast.account.pk)
    assert told(cast) == [("Bob", "assigned_conversation_new_message")]


def test_a_blocked_contact_disturbs_nobody(cast: Cast) -> None:
    factories.hear(cast.vera)
    assign(cast, cast.bob, cast.bob)
    with account_scope(cast.account.pk):
        Contact.objects.filter(pk=cast.vera.contact_id).update(blocked=True)
    factories.hear(cast.vera, "spam")
    run_all(cast.account.pk)
    assert told(cast) == []


def test_new_conversations_are_told_to_those_who_asked_for_it(cast: Cast) -> None:
    factories.hear(cast.vera)
    run_all(cast.account.pk)
    assert told(cast) == []
    with account_scope(cast.account.pk):
        type(cast.bob).objects.filter(pk=cast.bob.pk).update(push_notifications=["conversation_creation"])
    factories.hear(factories.make_session(cast.inbox, "Wei"))
    run_all(cast.account.pk)
    assert told(cast) == [("Bob", "conversation_creation")]


def test_a_mail_goes_to_who_wants_mails_of_this_kind(cast: Cast, mailoutbox: list[Any]) -> None:
    factories.hear(cast.vera, "Where is it?")
    assign(cast, cast.alice, cast.bob)  # mails of assignments are on from the beginning
    factories.hear(cast.vera, "Hello?")  # mails of messages are not
    run_all(cast.account.pk)
    assert [mail.to for mail in mailoutbox] == [] or [mail.to for mail in mailoutbox] == [
        [cast.bob.user.email]
    ]
    with account_scope(cast.account.pk):
        type(cast.bob).objects.filter(pk=cast.bob.pk).update(
            email_notifications=["assigned_conversation_new_message"]
        )
    mailoutbox.clear()
    factories.hear(cast.vera, "It is urgent")
    run_all(cast.account.pk)
    [mail] = mailoutbox
    assert mail.to == [cast.bob.user.email]
    assert mail.subject == "New message in conversation #1 with Vera"
    assert "It is urgent" in mail.body
    assert f"/app/accounts/{cast.account.pk}/conversations/1" in mail.body


@pytest.fixture
def notified(cast: Cast) -> Cast:
    factories.hear(cast.vera, "Where is it?")
    assign(cast, cast.alice, cast.bob)
    run_all(cast.account.pk)
    return cast


def test_bob_reads_his_list_in_the_contracts_shape(notified: Cast, api: Any) -> None:
    body = api(notified.bob).read("/notifications").json()["data"]

    assert body["meta"] == {"unread_count": 1, "count": 1, "current_page": 1}
    [row] = body["payload"]
    assert row["notification_type"] == "conversation_assignment"
    assert row["push_message_title"] == "Conversation #1 with Vera is assigned to you"
    assert (row["primary_actor_type"], row["primary_actor"]["id"]) == ("Conversation", 1)
    assert row["user"]["id"] == notified.bob.user_id
    assert row["read_at"] is None
    assert api(notified.bob).read("/notifications/unread_count").json() == 1
    assert api(notified.alice).read("/notifications").json()["data"]["payload"] == []


def test_read_unread_snooze_and_away(notified: Cast, api: Any) -> None:
    bob = api(notified.bob)
    [row] = bob.read("/notifications").json()["data"]["payload"]
    path = f"/notifications/{row['id']}"

    assert bob.send(path, method="patch").json()["read_at"] is not None
    assert bob.read("/notifications/unread_count").json() == 0
    assert bob.read("/notifications").json()["data"]["payload"] == []
    shown = bob.read("/notifications", **{"includes[]": "read"}).json()["data"]["payload"]
    assert [one["id"] for one in shown] == [row["id"]]

    assert bob.send(f"{path}/unread").json()["read_at"] is None
    later = int((timezone.now() + datetime.timedelta(hours=1)).timestamp())
    assert bob.send(f"{path}/snooze", {"snoozed_until": later}).json()["snoozed_until"] is not None
    assert bob.read("/notifications/unread_count").json() == 0

    assert bob.delete(bob.base + path).status_code == 200
    assert bob.read("/notifications", **{"includes[]": "snoozed"}).json()["data"]["payload"] == []


def test_what_was_put_aside_comes_back_unread(notified: Cast, api: Any) -> None:
    with account_scope(notified.account.pk):
        Notification.objects.update(
            snoozed_until=timezone.now() - datetime.timedelta(seconds=1), read_at=timezone.now()
        )
        assert wake_snoozed(account_id=notified.account.pk) == 1
    assert api(notified.bob).read("/notifications/unread_count").json() == 1


def test_all_at_once(notified: Cast, api: Any) -> None:
    bob = api(notified.bob)
    assert bob.send("/notifications/read_all", {}).status_code == 200
    assert bob.read("/notifications/unread_count").json() == 0
    assert bob.send("/notifications/destroy_all", {"type": "read"}).status_code == 200
    assert told(notified) == []


def test_somebody_elses_notification_is_not_there(notified: Cast, api: Any) -> None:
    [row] = api(notified.bob).read("/notifications").json()["data"]["payload"]
    for stranger in (notified.alice, notified.dora):
        client = api(stranger)
        for path in (f"/notifications/{row['id']}/unread", f"/notifications/{row['id']}/snooze"):
            assert client.send(path, {}).status_code == 404
        assert client.delete(f"{client.base}/notifications/{row['id']}").status_code == 404
    assert told(notified) == [("Bob", "conversation_assignment")]


def test_the_persons_pages_are_told_with_the_new_count(notified: Cast, outbox: Any, api: Any) -> None:
    [payload] = [payload for name, payload in outbox() if name == "notification.created"]
    assert (payload["user_id"], payload["unread_count"]) == (notified.bob.user_id, 1)


def test_a_list_asks_the_same_number_of_questions_for_one_and_many(notified: Cast, api: Any) -> None:
    bob = api(notified.bob)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert bob.read("/notifications").status_code == 200
        return len(queries)

    bob.read("/notifications")
    before = asked()
    for number in range(5):
        factories.hear(factories.make_session(notified.inbox, f"Visitor {number}"))
        assign(notified, notified.alice, notified.bob, display_id=number + 2)
    run_all(notified.account.pk)
    assert len(told(notified)) == 6
    assert asked() == before
