"""Intervals are measured once, from what the events say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from config.subscriptions import QUEUED
from conversations.actions.assignment import assign_agent
from conversations.actions.status import change_status
from conversations.models import Conversation, Message
from reports import recorders
from reports.models import ReportingEvent
from tests import factories
from tests.factories import Cast

HANDLERS = {
    "reports.recorders.record_reply": recorders.record_reply,
    "reports.recorders.record_status": recorders.record_status,
}
MINUTE = datetime.timedelta(minutes=1)


def record_all(account_id: int) -> None:
    """As the relay and the workers do: every event to the handlers of this app that want it."""
    with platform_scope("tests look at everything"):
        rows = list(OutboxEvent.objects.filter(account_id=account_id).order_by("id"))
    for row in rows:
        for queued in QUEUED.get(row.name, ()):
            if queued.handler in HANDLERS and queued.when(row.payload):
                event = StoredEvent(row.pk, row.pk, row.account_id, row.name, 1, row.payload, row.created_at)
                with account_scope(account_id):
                    HANDLERS[queued.handler](event)


def recorded(account_id: int) -> list[dict[str, Any]]:
    with account_scope(account_id):
        return list(
            ReportingEvent.objects.order_by("id").values(
                "name",
                "value",
                "value_in_business_hours",
                "event_start_time",
                "event_end_time",
                "inbox_id",
                "user_id",
                "conversation_id",
            )
        )


def age(cast: Cast, by: datetime.timedelta) -> None:
    """Everything that was written so far was written earlier: messages, their waiting, the conversation, what was
    recorded, and the events themselves."""
    with account_scope(cast.account.pk):
        for row in Conversation.objects.all():
            waiting = row.waiting_since - by if row.waiting_since else None
            Conversation.objects.filter(pk=row.pk).update(
                created_at=row.created_at - by, waiting_since=waiting
            )
        for message in Message.objects.all():
            Message.objects.filter(pk=message.pk).update(created_at=message.created_at - by)
    with platform_scope("tests move time"):
        for event in OutboxEvent.objects.all():
            OutboxEvent.objects.filter(pk=event.pk).update(created_at=event.created_at - by)


def only_conversation(cast: Cast) -> Conversation:
    with account_scope(cast.account.pk):
        return Conversation.objects.get()


def message(cast: Cast, pk: int) -> Message:
    with account_scope(cast.account.pk):
        return Message.objects.get(pk=pk)


def set_status(cast: Cast, status: str) -> datetime.datetime:
    """Returns when it happened, by the event."""
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        change_status(actor=access.actor, access=access, display_id=1, status=status)
    with platform_scope("tests look at everything"):
        moment: datetime.datetime = (
            OutboxEvent.objects.filter(name="conversation.updated").order_by("-id")[0].created_at
        )
    return moment


def seconds(start: datetime.datetime, end: datetime.datetime) -> Any:
    return pytest.approx((end - start).total_seconds(), abs=1e-6)


def test_the_first_answer_is_measured_from_the_beginning_for_who_gave_it(cast: Cast) -> None:
    factories.hear(cast.vera)
    age(cast, 5 * MINUTE)
    factories.say(cast.bob, 1, "One moment", private=True)  # a note is no answer
    answer = message(cast, factories.say(cast.bob, 1, "Hi")["id"])

    record_all(cast.account.pk)

    conversation = only_conversation(cast)
    assert recorded(cast.account.pk) == [
        {
            "name": "first_response",
            "value": seconds(conversation.created_at, answer.created_at),
            "value_in_business_hours": 0.0,
            "event_start_time": conversation.created_at,
            "event_end_time": answer.created_at,
            "inbox_id": cast.inbox.pk,
            "user_id": cast.bob.user_id,
            "conversation_id": conversation.pk,
        }
    ]
    assert recorded(cast.account.pk)[0]["value"] >= 300


def test_a_later_answer_is_measured_from_when_they_began_to_wait_for_the_assignee(cast: Cast) -> None:
    factories.hear(cast.vera)
    factories.say(cast.bob, 1, "Hi")
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        assign_agent(actor=access.actor, access=access, display_id=1, user_id=cast.bob.user_id)
    waiting_since = message(cast, factories.hear(cast.vera, "And the lamp?")["id"]).created_at - 2 * MINUTE
    factories.hear(cast.vera, "Hello?")  # waiting goes on from the first of them
    age(cast, 2 * MINUTE)
    answer = message(cast, factories.say(cast.alice, 1, "In stock")["id"])
    factories.say(cast.alice, 1, "Three of them")  # nobody waits any more

    record_all(cast.account.pk)

    first, reply = recorded(cast.account.pk)
    assert first["name"] == "first_response"
    assert reply == {
        "name": "reply_time",
        "value": seconds(waiting_since, answer.created_at),
        "value_in_business_hours": 0.0,
        "event_start_time": reply["event_start_time"],
        "event_end_time": answer.created_at,
        "inbox_id": cast.inbox.pk,
        "user_id": cast.bob.user_id,
        "conversation_id": only_conversation(cast).pk,
    }
    assert abs(reply["event_start_time"] - waiting_since) < datetime.timedelta(milliseconds=1)


def test_resolving_and_opening_again_are_measured_each_time(cast: Cast) -> None:
    factories.hear(cast.vera)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        assign_agent(actor=access.actor, access=access, display_id=1, user_id=cast.bob.user_id)
    age(cast, 10 * MINUTE)
    resolved = set_status(cast, "resolved")
    opened = set_status(cast, "open")
    again = set_status(cast, "resolved")

    record_all(cast.account.pk)

    conversation = only_conversation(cast)
    common = {
        "value_in_business_hours": 0.0,
        "inbox_id": cast.inbox.pk,
        "user_id": cast.bob.user_id,
        "conversation_id": conversation.pk,
    }
    began = conversation.created_at
    assert recorded(cast.account.pk) == [
        {
            **common,
            "name": "conversation_resolved",
            "value": seconds(began, resolved),
            "event_start_time": began,
            "event_end_time": resolved,
        },
        {
            **common,
            "name": "conversation_opened",
            "value": seconds(resolved, opened),
            "event_start_time": resolved,
            "event_end_time": opened,
        },
        {
            **common,
            "name": "conversation_resolved",
            "value": seconds(began, again),
            "event_start_time": began,
            "event_end_time": again,
        },
    ]
    assert recorded(cast.account.pk)[0]["value"] >= 600


def test_opening_what_was_never_resolved_takes_no_time_and_other_states_are_not_measured(cast: Cast) -> None:
    factories.hear(cast.vera)
    set_status(cast, "pending")
    opened = set_status(cast, "open")

    record_all(cast.account.pk)

    assert [
        (row["name"], row["value"], row["event_start_time"], row["event_end_time"], row["user_id"])
        for row in recorded(cast.account.pk)
    ] == [("conversation_opened", 0.0, opened, opened, None)]


def test_a_message_of_the_contact_opens_again_and_the_first_answer_counts_from_there(cast: Cast) -> None:
    factories.hear(cast.vera)
    set_status(cast, "resolved")
    age(cast, 60 * MINUTE)
    record_all(cast.account.pk)
    factories.hear(cast.vera, "Still there?")
    record_all(cast.account.pk)
    answer = message(cast, factories.say(cast.bob, 1, "Hi")["id"])

    record_all(cast.account.pk)

    rows = {row["name"]: row for row in recorded(cast.account.pk)}
    assert list(rows) == ["conversation_resolved", "conversation_opened", "first_response"]
    opened, first = rows["conversation_opened"], rows["first_response"]
    assert opened["value"] >= 3600
    assert first["event_start_time"] == opened["event_end_time"]
    assert first["value"] == pytest.approx(
        max(0.0, (answer.created_at - opened["event_end_time"]).total_seconds()), abs=1e-6
    )
    assert first["value"] < 60


def test_a_handler_that_runs_twice_records_once(cast: Cast) -> None:
    factories.hear(cast.vera)
    factories.say(cast.bob, 1, "Hi")
    set_status(cast, "resolved")
    factories.hear(cast.vera, "One more thing")
    factories.say(cast.bob, 1, "Yes?")

    record_all(cast.account.pk)
    once = recorded(cast.account.pk)
    record_all(cast.account.pk)

    assert recorded(cast.account.pk) == once
    assert [row["name"] for row in once] == [
        "first_response",
        "conversation_resolved",
        "conversation_opened",
        "reply_time",
    ]


def test_what_was_deleted_meanwhile_is_not_measured(cast: Cast) -> None:
    factories.hear(cast.vera)
    factories.say(cast.bob, 1, "Hi")
    set_status(cast, "resolved")
    with account_scope(cast.account.pk):
        Conversation.objects.all().delete()

    record_all(cast.account.pk)

    assert recorded(cast.account.pk) == []


def test_figures_of_one_account_are_not_seen_in_another(cast: Cast) -> None:
    factories.hear(cast.vera)
    factories.say(cast.bob, 1, "Hi")
    record_all(cast.account.pk)

    assert recorded(cast.other.pk) == []
    assert len(recorded(cast.account.pk)) == 1
