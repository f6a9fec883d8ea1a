"""The same at the same time, in real transactions: dedupe is a constraint, not a look before the leap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connections

from config.database import account_scope
from conversations.models import Conversation, Message
from inboxes.models import Inbox
from tests import factories
from tests.channels_ext.integrator import Integrator
from tests.channels_ext.visitor import Visitor, file
from tests.factories import Cast

PNG = b"\x89PNG\r\n\x1a\n"


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run all of them at the same moment, each in a thread with a connection of its own."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(20)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def visitors(inbox: Inbox, session: Any, number: int) -> list[Visitor]:
    """The same visitor in as many tabs."""
    return [Visitor(inbox, session) for _tab in range(number)]


def count(cast: Cast) -> tuple[int, int]:
    """(conversations, messages)"""
    with account_scope(cast.account.pk):
        return Conversation.objects.count(), Message.objects.count()


def test_one_message_sent_twenty_times_at_once_is_one_message(committed_cast: Cast) -> None:
    cast = committed_cast
    tabs = visitors(cast.inbox, cast.vera, 20)

    answers = at_once([partial(tab.write, "Hello", echo_id="e-1") for tab in tabs])

    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(cast) == (1, 1)


def test_first_messages_at_once_open_one_conversation(committed_cast: Cast) -> None:
    cast = committed_cast
    tabs = visitors(cast.inbox, cast.vera, 8)

    answers = at_once([partial(tab.write, f"Line {n}") for n, tab in enumerate(tabs)])

    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["conversation_id"] for answer in answers}) == 1
    assert count(cast) == (1, 8)
    assert sorted(one["content"] for one in tabs[0].thread()) == [f"Line {n}" for n in range(8)]


def test_many_visitors_at_once_get_numbers_of_their_own(committed_cast: Cast) -> None:
    cast = committed_cast
    sessions = [factories.make_session(cast.inbox, f"Visitor {n}") for n in range(12)]
    tabs = [Visitor(cast.inbox, session) for session in sessions]

    answers = at_once([partial(tab.write, "Hello") for tab in tabs])

    assert sorted(answer.json()["conversation_id"] for answer in answers) == list(range(1, 13))
    assert count(cast) == (12, 12)


def test_one_file_sent_twice_at_once_is_one_message_with_one_file(committed_cast: Cast) -> None:
    cast = committed_cast
    tabs = visitors(cast.inbox, cast.vera, 2)

    def send(tab: Visitor) -> Any:
        form = {"message[echo_id]": "e-1", "message[attachments][]": file("a.png", PNG)}
        return tab.post(tab.address("/messages"), form, HTTP_X_AUTH_TOKEN=tab.token)

    answers = at_once([partial(send, tab) for tab in tabs])

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [len(answer.json()["attachments"]) for answer in answers] == [1, 1]
    assert count(cast) == (1, 1)


def test_the_same_source_id_at_once_is_one_message(committed_cast: Cast) -> None:
    cast = committed_cast
    program = Integrator(cast.api_inbox).arrive()
    number = program.converse()

    answers = at_once([lambda: program.write(number, "Hello", source_id="s-1") for _try in range(10)])

    assert [answer.status_code for answer in answers] == [200] * 10
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(cast) == (1, 1)


def test_the_same_contact_created_at_once_is_one_contact(committed_cast: Cast) -> None:
    program = Integrator(committed_cast.api_inbox)
    body = {"source_id": "phone-1", "identifier": "customer-1", "name": "Vera"}

    answers = at_once([lambda: program.send("/contacts", body) for _try in range(8)])

    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["pubsub_token"] for answer in answers}) == 1
