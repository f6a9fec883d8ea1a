"""What follows from a message: the conversation, the event, the order, and never twice."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from config.database import account_scope
from config.problems import Conflict, Invalid, NotFound
from conversations.actions.status import change_status
from conversations.models import Conversation, Message
from conversations.models.message import CONTENT_LIMIT
from conversations.queries.messages import list_messages, messages_by_id
from tests import factories
from tests.factories import Cast


def reload(cast: Cast, display_id: int) -> Conversation:
    with account_scope(cast.account.pk):
        return Conversation.objects.for_account(cast.account).get(display_id=display_id)


def messages(cast: Cast) -> list[Message]:
    with account_scope(cast.account.pk):
        return list(Message.objects.order_by("id"))


def resolve(cast: Cast, display_id: int, status: str = "resolved", **fields: Any) -> None:
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        change_status(actor=access.actor, access=access, display_id=display_id, status=status, **fields)


def test_a_first_message_opens_a_conversation_and_publishes_both(cast: Cast, outbox: Any) -> None:
    heard = factories.hear(cast.vera, "Hello")
    conversation = reload(cast, heard["conversation_id"])
    message = messages(cast)[0]
    assert (conversation.status, conversation.unread_count) == (Conversation.Status.OPEN, 1)
    assert conversation.waiting_since is not None
    assert conversation.last_activity_at == message.created_at
    assert conversation.last_message_id == conversation.last_public_message_id == message.pk
    assert message.sender_contact_id == cast.vera.contact_id
    events = outbox()
    assert [name for name, _payload in events] == ["conversation.created", "message.created"]
    payload = events[1][1]
    assert payload == {
        "conversation_id": conversation.pk,
        "display_id": conversation.display_id,
        "inbox_id": cast.inbox.pk,
        "inbox_kind": "web_widget",
        "contact_id": cast.vera.contact_id,
        "contact_inbox_id": cast.vera.pk,
        "assignee_id": None,
        "team_id": None,
        "actor": {"kind": "contact", "id": cast.vera.contact_id, "name": "Vera"},
        "cause": None,
        "message_id": message.pk,
        "message_type": 0,
        "private": False,
        "first_reply": False,
        "echo_id": None,
        "files": 0,
        "replied_after": None,
    }


def test_the_next_message_goes_into_the_same_conversation(cast: Cast) -> None:
    first, second = factories.hear(cast.vera, "one"), factories.hear(cast.vera, "two")
    assert first["conversation_id"] == second["conversation_id"]
    assert reload(cast, first["conversation_id"]).unread_count == 2


def test_display_ids_count_up_from_one_in_each_account(cast: Cast) -> None:
    ours = [factories.make_conversation(cast.inbox).display_id for _ in range(3)]
    assert ours == [1, 2, 3]
    assert factories.make_conversation(cast.other_inbox).display_id == 1


def test_the_first_answer_ends_the_wait_and_says_how_long_it_was(cast: Cast, outbox: Any) -> None:
    heard = factories.hear(cast.vera)
    factories.say(cast.bob, heard["conversation_id"], "Hi")
    name, payload = outbox()[-1]
    assert (name, payload["first_reply"], payload["actor"]["kind"]) == ("message.created", True, "user")
    assert 0 <= payload["replied_after"] < 60
    factories.say(cast.bob, heard["conversation_id"], "Still there?")
    assert (outbox()[-1][1]["first_reply"], outbox()[-1][1]["replied_after"]) == (False, None)


def test_a_private_note_neither_answers_nor_shows_as_the_last_public_line(cast: Cast) -> None:
    heard = factories.hear(cast.vera)
    note = factories.say(cast.bob, heard["conversation_id"], "careful with this one", private=True)
    conversation = reload(cast, heard["conversation_id"])
    assert conversation.waiting_since is not None
    assert conversation.first_reply_created_at is None
    assert conversation.last_public_message_id == heard["id"]
    assert conversation.last_non_activity_message_id == note["id"]


@pytest.mark.parametrize("status", ["resolved", "snoozed"])
def test_a_message_of_the_contact_opens_what_was_closed(cast: Cast, outbox: Any, status: str) -> None:
    heard = factories.hear(cast.vera)
    until = timezone.now() + datetime.timedelta(hours=1) if status == "snoozed" else None
    resolve(cast, heard["conversation_id"], status, snoozed_until=until)
    factories.hear(cast.vera, "one more thing")
    conversation = reload(cast, heard["conversation_id"])
    assert (conversation.status, conversation.snoozed_until) == (Conversation.Status.OPEN, None)
    assert conversation.waiting_since is not None
    assert ["status", [status, "open"]] in [
        [field, change]
        for name, payload in outbox()
        if name == "conversation.updated"
        for field, change in payload["changes"].items()
    ]


def test_a_blocked_contact_reopens_nothing(cast: Cast) -> None:
    heard = factories.hear(cast.vera)
    resolve(cast, heard["conversation_id"])
    with account_scope(cast.account.pk):
        cast.vera.contact.blocked = True
        cast.vera.contact.save()
    factories.hear(cast.vera, "let me in")
    assert reload(cast, heard["conversation_id"]).status == Conversation.Status.RESOLVED


def test_the_same_echo_id_is_the_same_message(cast: Cast, outbox: Any) -> None:
    heard = factories.hear(cast.vera)
    first = factories.say(cast.bob, heard["conversation_id"], "Hi", echo_id="e1")
    events = len(outbox())
    again = factories.say(cast.bob, heard["conversation_id"], "Hi", echo_id="e1")
    assert again["id"] == first["id"]
    assert len(messages(cast)) == 2
    assert len(outbox()) == events


def test_the_same_echo_id_in_another_conversation_is_another_message(cast: Cast) -> None:
    one, two = factories.make_conversation(cast.inbox), factories.make_conversation(cast.inbox)
    first = factories.say(cast.bob, one.display_id, "Hi", echo_id="e1")
    second = factories.say(cast.bob, two.display_id, "Hi", echo_id="e1")
    assert first["id"] != second["id"]


def test_a_source_id_of_another_conversation_is_refused(cast: Cast) -> None:
    one, two = factories.make_conversation(cast.api_inbox), factories.make_conversation(cast.api_inbox)
    factories.say(cast.bob, one.display_id, "Hi", source_id="s1")
    with pytest.raises(Conflict):
        factories.say(cast.bob, two.display_id, "Hi", source_id="s1")


def test_twenty_at_once_with_one_echo_id_store_one(committed_cast: Cast) -> None:
    cast = committed_cast
    heard = factories.hear(cast.vera)

    def send(_number: int) -> int:
        try:
            return int(factories.say(cast.bob, heard["conversation_id"], "Hi", echo_id="e1")["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(send, range(20)))
    assert len(ids) == 1
    assert len(messages(cast)) == 2


def test_ten_first_messages_at_once_open_one_conversation(committed_cast: Cast) -> None:
    cast = committed_cast

    def write(number: int) -> int:
        try:
            return int(factories.hear(cast.vera, f"message {number}")["conversation_id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(write, range(10))) == {1}
    assert len(messages(cast)) == 10
    assert reload(cast, 1).unread_count == 10


def test_thirty_conversations_at_once_get_thirty_numbers(committed_cast: Cast) -> None:
    cast = committed_cast
    sessions = [factories.make_session(cast.inbox, f"V{number}") for number in range(30)]

    def write(session: Any) -> int:
        try:
            return int(factories.hear(session)["conversation_id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(write, sessions)) == list(range(1, 31))


@pytest.mark.parametrize(
    ("fields", "attribute"),
    [
        ({"text": "x" * (CONTENT_LIMIT + 1)}, "content"),
        ({"text": "  \u0000 "}, "content"),
        ({"text": ""}, "content"),
        ({"text": "x", "message_type": "shout"}, "message_type"),
        ({"text": "x", "message_type": "incoming"}, "message_type"),
        ({"text": "x", "content_type": "hologram"}, "content_type"),
        ({"text": "x", "content_attributes": {"a": "x" * 70_000}}, "content_attributes"),
        ({"text": "x", "echo_id": "e" * 256}, "echo_id"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(
    cast: Cast, outbox: Any, fields: dict[str, Any], attribute: str
) -> None:
    heard = factories.hear(cast.vera)
    events = len(outbox())
    with pytest.raises(Invalid) as refused:
        factories.say(cast.bob, heard["conversation_id"], **fields)
    assert refused.value.attributes == [attribute]
    assert len(messages(cast)) == 1
    assert len(outbox()) == events


def test_the_longest_message_fits_and_nul_is_dropped(cast: Cast) -> None:
    heard = factories.hear(cast.vera)
    said = factories.say(cast.bob, heard["conversation_id"], "a\x00" + "x" * (CONTENT_LIMIT - 2))
    assert said["content"] == "a" + "x" * (CONTENT_LIMIT - 2)


def test_nobody_writes_activity_lines(cast: Cast) -> None:
    heard = factories.hear(cast.vera)
    with pytest.raises(Invalid):
        factories.say(cast.bob, heard["conversation_id"], "closed by magic", message_type="activity")


def test_charlie_cannot_write_into_another_accounts_conversation(cast: Cast) -> None:
    heard = factories.hear(cast.vera)
    with pytest.raises(NotFound):
        factories.say(cast.charlie, heard["conversation_id"], "hello neighbours")
    assert len(messages(cast)) == 1


def test_the_answer_of_the_action_is_what_a_reader_gets(cast: Cast) -> None:
    heard = factories.hear(cast.vera, "Hello", echo_id="v1")
    said = factories.say(
        cast.bob, heard["conversation_id"], "Hi", echo_id="b1", content_attributes={"in_reply_to": 1}
    )
    for answered in (heard, said):
        with account_scope(cast.account.pk):
            read = messages_by_id(account_id=cast.account.pk, ids=[answered["id"]])[answered["id"]]
        about = answered.pop("conversation")
        assert answered == read
        assert about["contact_inbox"] == {"source_id": cast.vera.source_id}


def test_pages_of_a_thread(cast: Cast) -> None:
    ids = [factories.hear(cast.vera, f"{number}")["id"] for number in range(25)]
    conversation = reload(cast, 1)
    with account_scope(cast.account.pk):

        def page(**bounds: Any) -> list[int]:
            found = list_messages(account_id=cast.account.pk, conversation_id=conversation.pk, **bounds)
            return [message["id"] for message in found]

        assert page() == ids[5:]
        assert page(before=ids[5]) == ids[:5]
        assert page(after=ids[22]) == ids[23:]
        assert page(after=ids[3], before=ids[6], limit=1000) == ids[3:6]
