"""What is asked all day: every statement of the lists, threads, writes, visitors, sockets, relay and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection

from accounts.actors import Actor
from accounts.queries.door import Credential
from channels_ext import delivery
from channels_ext.realtime import outbox
from channels_ext.widget import queries as visitors
from channels_ext.widget.auth import find_widget, issue_visitor_token, session_of
from config import relay
from config.database import account_scope, platform_scope
from conversations.actions.inbound import receive_message
from conversations.actions.messages import MessageDraft, create_message
from conversations.actions.reading import mark_agent_seen
from conversations.models import ContactInbox
from conversations.queries.lists import SORTS, ListFilter, count_conversations, list_conversations
from conversations.queries.messages import messages_by_id
from conversations.queries.rows import conversations_by_id
from conversations.queries.threads import find_conversation, list_messages, raw_conversation
from inboxes.queries import Access, access_by_token, access_of_user
from tests.bench.data import Crowd
from tests.bench.explain import Asked, asked_by

AGENT = 13  # a member of two inboxes and a team

Calls = Iterator[tuple[str, Callable[[], Any]]]


def statements(crowd: Crowd) -> Iterator[Asked]:
    for name, call in [*_lists(crowd), *_threads(crowd), *_visitors(crowd), *_behind(crowd)]:
        yield from asked_by(name, crowd.account_id, call)


def access_of(crowd: Crowd, member: int) -> Access:
    with account_scope(crowd.account_id):
        access = access_of_user(account_id=crowd.account_id, user_id=crowd.id_of(member))
    assert access
    return access


def filters(crowd: Crowd) -> Iterator[tuple[str, ListFilter]]:
    for status in ("open", "all"):
        for kind in ("all", "me", "unassigned", "assigned"):
            yield f"{kind}, {status}", ListFilter(status=status, assignee_type=kind)
    for sort in SORTS:
        yield sort, ListFilter(sort=sort)
        yield f"{sort}, all", ListFilter(sort=sort, status="all")
    yield "page 5", ListFilter(page=5)
    yield "page 5, all", ListFilter(page=5, status="all")
    for number in (1, 9):
        yield f"inbox {number}", ListFilter(inbox_id=crowd.id_of(number))
    yield "team", ListFilter(team_id=crowd.id_of(4))
    yield "team, unassigned", ListFilter(team_id=crowd.id_of(4), assignee_type="unassigned")
    for label in ("common", "rare"):
        yield f"label {label}", ListFilter(labels=(label,))
        yield f"label {label}, all", ListFilter(labels=(label,), status="all")


def _lists(crowd: Crowd) -> Calls:
    for who, member in (("administrator", 1), ("agent", AGENT)):
        access = access_of(crowd, member)
        for name, wanted in filters(crowd):
            yield f"list, {who}, {name}", partial(list_conversations, access=access, filters=wanted)
            yield f"counts, {who}, {name}", partial(count_conversations, access=access, filters=wanted)


def _threads(crowd: Crowd) -> Calls:
    account, long = crowd.account_id, crowd.id_of(1)
    shown, user_id = Credential.of_token(crowd.token_of(AGENT)), crowd.id_of(AGENT)
    access = access_of(crowd, 1)
    middle = crowd.base + 5_000_500
    draft = MessageDraft(content="On its way", echo_id="hot")
    yield "door, token", lambda: access_by_token(account_id=account, shown=shown)
    yield "door, user", lambda: access_of_user(account_id=account, user_id=user_id)
    yield "conversation", lambda: find_conversation(access=access, display_id=77)
    yield "conversation's row", lambda: raw_conversation(access=access, display_id=77)
    yield "thread, newest", lambda: list_messages(account_id=account, conversation_id=long)
    yield "thread, before", lambda: list_messages(account_id=account, conversation_id=long, before=middle)
    yield (
        "thread, after",
        lambda: list_messages(account_id=account, conversation_id=long, after=middle, limit=100),
    )
    yield "thread, public", lambda: list_messages(account_id=account, conversation_id=long, public_only=True)
    yield "send", lambda: create_message(actor=access.actor, access=access, display_id=77, draft=draft)
    yield "seen", lambda: mark_agent_seen(actor=access.actor, access=access, display_id=77)


def _visitors(crowd: Crowd) -> Calls:
    with account_scope(crowd.account_id):
        session = ContactInbox.objects.select_related("contact").get(pk=crowd.id_of(42))
        widget = find_widget(f"w{crowd.id_of(1)}")
        token = issue_visitor_token(ContactInbox.objects.get(pk=crowd.id_of(40)))
    draft = MessageDraft(content="Hello?", message_type="incoming")
    yield "visitor's door", lambda: session_of(widget=find_widget(widget.website_token), token=token)
    yield "visitor's conversation", lambda: visitors.latest_conversation(session)
    yield "visitor's thread", lambda: visitors.thread_of(session, before=None, after=None)
    yield "visitor sends", lambda: receive_message(session=session, draft=draft)


def _behind(crowd: Crowd) -> Calls:
    account = crowd.account_id
    events = outbox.rows_after(after=0, account_ids=[account], limit=200).rows
    conversations = sorted({row.payload["conversation_id"] for row in events})
    messages = sorted({row.payload["message_id"] for row in events})
    after = events[-1].seq
    yield "feed, hub", lambda: outbox.rows_after(after=after, account_ids=[account], limit=500)
    yield "feed, socket", lambda: outbox.replay(account_id=account, after=outbox.head() - 300, names=())
    yield (
        "feed, visitor",
        lambda: outbox.replay(
            account_id=account, after=outbox.head() - 300, names=(), sessions=[crowd.id_of(42)]
        ),
    )
    yield "feed's conversations", lambda: conversations_by_id(account_id=account, ids=conversations)
    yield "feed's messages", lambda: messages_by_id(account_id=account, ids=messages)
    yield "relay stamps", lambda: _crossing(relay._STAMP, [])
    sweep = {"lease": relay.LEASE, "suspect": relay.SUSPECT, "starts": relay.MOST_STARTS}
    yield "relay sweeps", lambda: _crossing(relay._SWEEP, sweep)
    yield "delivery claimed", lambda: delivery._claim(account, conversations[0])


def _crossing(sql: str, params: Any) -> None:
    actor = Actor("system")
    with platform_scope(f"explained as {actor.kind}"), connection.cursor() as cursor:
        cursor.execute(sql, params)
