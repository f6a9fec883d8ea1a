"""A visitor's JSON message goes a shorter way through the same code: the same requests, sent both ways, get the same
answers, and leave the same behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from channels_ext.models import WebWidget
from config import throttling
from config.database import account_scope
from conversations.models import Contact, Conversation, Message
from tests import factories
from tests.channels_ext.visitor import Visitor, set_widget
from tests.factories import Cast

# What differs from one message to the next, whatever the way.
_OWN = re.compile(rb'"(id|created_at|last_activity_at|conversation_id)":\d+')


def both_ways(visitor: Callable[[], Visitor], act: Callable[[Visitor], Any]) -> tuple[Any, Any]:
    """(answer by the short way, by the long way), each to a browser of its own."""
    short = act(visitor())
    with override_settings(SHORT_WAYS={}):
        long = act(visitor())
    return short, long


def shown(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers, but for the headers that pages need and no JSON does."""
    headers = {
        name: value
        for name, value in answer.items()
        if name not in {"X-Request-Id", "Content-Length", "Vary"}
    }
    return answer.status_code, _OWN.sub(rb'"\1":0', answer.content), headers


REQUESTS: dict[str, Callable[[Visitor], Any]] = {
    "a message": lambda vera: vera.write("Hello"),
    "with everything": lambda vera: vera.write(
        "Hello", timestamp="2026", referer_url="https://shop.test/", echo_id=f"e{id(vera)}"[:3] + "x"
    ),
    "a body that is the message": lambda vera: vera.send("/messages", {"content": "Hello"}),
    "nothing in it": lambda vera: vera.write(""),
    "no message": lambda vera: vera.send("/messages", {"message": {}}),
    "a list": lambda vera: vera.send("/messages", b"[1]"),
    "no JSON": lambda vera: vera.send("/messages", b'{"message":'),
    "an empty body": lambda vera: vera.send("/messages", b""),
    "too deep": lambda vera: vera.send("/messages", b'{"message":' * 80 + b"1" + b"}" * 80),
    "too large": lambda vera: vera.send("/messages", b'{"message":{"content":"' + b"x" * 5_000_000 + b'"}}'),
    "too long": lambda vera: vera.write("x" * 150_001),
    "an echo_id that is too long": lambda vera: vera.write("Hello", echo_id="e" * 256),
    "a surrogate": lambda vera: vera.send("/messages", b'{"message":{"content":"\\ud800"}}'),
    "no visitor token": lambda vera: _as(vera, token="").write("Hello"),
    "a forged visitor token": lambda vera: _as(vera, token=vera.token[:-3] + "abc").write("Hello"),
    "no such website token": lambda vera: _as(vera, website_token="nobody").write("Hello"),
    "a website token with NUL": lambda vera: _as(vera, website_token="a%00b").write("Hello"),
    "a strange host": lambda vera: vera.send("/messages", {"content": "Hello"}, HTTP_HOST="evil.test"),
    "another page": lambda vera: vera.send(
        "/messages", {"content": "Hello"}, HTTP_ORIGIN="https://evil.test"
    ),
    "in Chinese": lambda vera: vera.send("/messages", {"content": ""}, HTTP_ACCEPT_LANGUAGE="zh-hans"),
}


def _as(visitor: Visitor, **changes: str) -> Visitor:
    for name, value in changes.items():
        setattr(visitor, name, value)
    return visitor


@pytest.mark.parametrize("name", REQUESTS)
def test_both_ways_give_the_same_answer(cast: Cast, name: str) -> None:
    set_widget(cast.inbox, allowed_domains="shop.test" if name == "another page" else "")
    short, long = both_ways(lambda: Visitor(cast.inbox, cast.vera), REQUESTS[name])

    assert shown(short) == shown(long)


def test_both_ways_count_towards_the_same_limit(cast: Cast, settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "visitor": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    throttling._rate.cache_clear()
    try:
        short, long = both_ways(lambda: Visitor(cast.inbox, cast.vera), lambda vera: vera.write("Hello"))
        again = Visitor(cast.inbox, cast.vera).write("Hello")
    finally:
        throttling._rate.cache_clear()

    assert [short.status_code, long.status_code, again.status_code] == [200, 429, 429]
    assert again.json().keys() == long.json().keys()
    assert again.json()["code"] == long.json()["code"] == "too_many_requests"
    assert abs(int(again["Retry-After"]) - int(long["Retry-After"])) <= 2


def test_what_is_written_belongs_to_the_visitor_and_their_inbox(cast: Cast) -> None:
    answer = Visitor(cast.inbox, cast.vera).write("Hello")

    with account_scope(cast.account.pk):
        message = Message.objects.get(pk=answer.json()["id"])
        conversation = Conversation.objects.get(pk=message.conversation_id)
    assert message.sender_contact_id == conversation.contact_id == cast.vera.contact_id
    assert message.inbox_id == conversation.inbox_id == cast.vera.inbox_id
    assert conversation.contact_inbox_id == cast.vera.pk


def test_a_blocked_contacts_message_opens_a_resolved_conversation(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        Contact.objects.filter(pk=cast.vera.contact_id).update(blocked=True)
    Visitor(cast.inbox, cast.vera).write("Hello")
    with account_scope(cast.account.pk):
        assert Conversation.objects.get().status == Conversation.Status.RESOLVED


def test_a_token_of_another_inbox_writes_nothing(cast: Cast) -> None:
    with account_scope(cast.other.pk):
        foreign = WebWidget.objects.get(inbox=cast.other_inbox)
    vera = Visitor(cast.inbox, cast.vera)
    vera.website_token = foreign.website_token

    assert vera.write("Hello").status_code == 404
    for account in (cast.account, cast.other):
        with account_scope(account.pk):
            assert Message.objects.count() == 0


def test_a_message_takes_two_statements_and_the_scope(cast: Cast, django_assert_num_queries: Any) -> None:
    factories.hear(cast.vera, "First")
    vera = Visitor(cast.inbox, cast.vera)
    vera.write("Second")  # afterwards the account of the website token is known
    with django_assert_num_queries(6) as log:
        assert vera.write("Third").status_code == 200
    statements = [
        one["sql"] for one in log.captured_queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    assert [sql.lstrip().split()[0] for sql in statements] == ["SELECT", "SELECT", "WITH", "SELECT"]
