"""What an inbox says by itself."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from channels_ext import greetings
from channels_ext.realtime import presence
from config.database import account_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from config.subscriptions import QUEUED
from conversations.models import Message
from inboxes.hours import Day, columns_of
from inboxes.models import Inbox, WorkingHours
from tests import factories
from tests.factories import Cast


def set_inbox(cast: Cast, **fields: Any) -> None:
    with account_scope(cast.account.pk):
        Inbox.objects.filter(pk=cast.inbox.pk).update(**{"enable_email_collect": False, **fields})


def handle(cast: Cast, name: str, handler: Any) -> None:
    """Run the handler on every such event, if the table would."""
    (queued,) = [one for one in QUEUED[name] if one.handler.endswith(handler.__name__)]
    with account_scope(cast.account.pk):
        for row in OutboxEvent.objects.filter(name=name).order_by("id"):
            event = StoredEvent(row.pk, row.pk, row.account_id, row.name, 1, row.payload, timezone.now())
            if queued.when(row.payload):
                handler(event)


def greet(cast: Cast) -> None:
    handle(cast, "conversation.created", greetings.greet)


def lines(cast: Cast) -> list[tuple[str, str]]:
    """(content type, content) of what the house said."""
    with account_scope(cast.account.pk):
        found = Message.objects.filter(message_type=3).order_by("id")
        return [(one.get_content_type_display(), one.content or "") for one in found]


def test_a_first_message_is_greeted_once(cast: Cast) -> None:
    set_inbox(cast, greeting_enabled=True, greeting_message="Ahoy!")
    factories.hear(cast.vera)

    greet(cast)
    greet(cast)  # handlers may run again

    assert lines(cast) == [("text", "Ahoy!")]


@pytest.mark.parametrize("why", ["not wanted", "nothing to say", "already answered"])
def test_nobody_is_greeted(cast: Cast, why: str) -> None:
    text = " " if why == "nothing to say" else "Ahoy!"
    set_inbox(cast, greeting_enabled=why != "not wanted", greeting_message=text)
    number = factories.hear(cast.vera)["conversation_id"]
    if why == "already answered":
        factories.say(cast.bob, number)

    greet(cast)

    assert lines(cast) == []


def test_an_address_is_asked_for_while_nobody_is_there(cast: Cast) -> None:
    set_inbox(cast, enable_email_collect=True)
    factories.hear(cast.vera)

    greet(cast)
    greet(cast)

    assert lines(cast) == [
        ("text", "Nobody is here right now. Leave your e-mail address, and the answer finds you."),
        ("input_email", "Where do we answer you?"),
    ]


@pytest.mark.parametrize("why", ["somebody is here", "it is known", "an API inbox"])
def test_no_address_is_asked_for(cast: Cast, why: str) -> None:
    set_inbox(cast, enable_email_collect=True)
    session = cast.vera
    if why == "somebody is here":
        presence.mark_all({cast.account.pk: {cast.bob.user_id}})
    elif why == "it is known":
        session = factories.make_session(cast.inbox, "Wanda", email="w@mail.test")
    else:
        session = factories.make_session(cast.api_inbox, "Walter")
    factories.hear(session)

    greet(cast)

    assert lines(cast) == []


def close(cast: Cast) -> None:
    """All week, all day."""
    with account_scope(cast.account.pk):
        WorkingHours.objects.filter(inbox=cast.inbox).delete()
        WorkingHours.objects.bulk_create(
            WorkingHours(account=cast.account, inbox=cast.inbox, **columns_of(Day(number)))
            for number in range(7)
        )


def test_out_of_hours_it_is_said_once_a_day(cast: Cast) -> None:
    close(cast)
    set_inbox(cast, out_of_office_message="We sleep until nine.", working_hours_enabled=True)
    factories.hear(cast.vera)
    greet(cast)
    assert lines(cast) == [("text", "We sleep until nine.")]

    with account_scope(cast.account.pk):
        conversation = cast.vera.conversations.get()
        greetings.tell_closed(_event(cast, conversation.pk))
        assert len(lines(cast)) == 1
        long_ago = timezone.now() - datetime.timedelta(days=2)
        Message.objects.update(created_at=long_ago, echo_id=None)
        greetings.tell_closed(_event(cast, conversation.pk))

    assert len(lines(cast)) == 2


def _event(cast: Cast, conversation_id: int) -> StoredEvent:
    payload = {"conversation_id": conversation_id}
    return StoredEvent(1, 1, cast.account.pk, "conversation.updated", 1, payload, timezone.now())
