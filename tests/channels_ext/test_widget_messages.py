from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from config.database import account_scope
from conversations.actions.assignment import assign_agent
from conversations.models import Contact, ContactInbox, Conversation, Message
from tests import factories
from tests.channels_ext.contract import agent_face
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast


def conversations(cast: Cast) -> list[Conversation]:
    with account_scope(cast.account.pk):
        return list(Conversation.objects.order_by("id"))


def messages(cast: Cast) -> list[Message]:
    with account_scope(cast.account.pk):
        return list(Message.objects.order_by("id"))


def vera_push(cast: Cast) -> dict[str, Any]:
    return {
        "additional_attributes": {},
        "custom_attributes": {},
        "email": None,
        "id": cast.vera.contact_id,
        "identifier": None,
        "name": "Vera",
        "phone_number": None,
        "thumbnail": "",
        "blocked": False,
        "type": "contact",
    }


def test_the_first_message_opens_a_conversation_and_comes_back_in_the_contracts_shape(
    cast: Cast, vera: Visitor
) -> None:
    response = vera.write(
        "Is the bench in stock?",
        echo_id="e-1",
        timestamp="Fri Nov 20 2026 10:00:00 GMT+0100",
        referer_url="https://shop.test/bench?x=1",
    )

    assert response.status_code == 200
    (conversation,), (message,) = conversations(cast), messages(cast)
    assert response.json() == {
        "id": message.pk,
        "content": "Is the bench in stock?",
        "message_type": 0,
        "content_type": "text",
        "content_attributes": {},
        "created_at": int(message.created_at.timestamp()),
        "conversation_id": conversation.display_id,
        "echo_id": "e-1",
        "sender": vera_push(cast),
        "inbox_id": cast.inbox.pk,
        "private": False,
        "source_id": None,
    }
    assert (conversation.status, conversation.unread_count, conversation.contact_inbox_id) == (
        0,
        1,
        cast.vera.pk,
    )
    assert conversation.waiting_since is not None
    assert conversation.additional_attributes == {
        "initiated_at": {"timestamp": "Fri Nov 20 2026 10:00:00 GMT+0100"},
        "referer": "https://shop.test/bench?x=1",
    }


def test_a_second_message_goes_into_the_same_conversation(cast: Cast, vera: Visitor) -> None:
    first, second = vera.write("One").json(), vera.write("Two").json()

    assert first["conversation_id"] == second["conversation_id"]
    assert [one["content"] for one in vera.thread()] == ["One", "Two"]
    assert len(conversations(cast)) == 1


def test_before_the_first_message_there_is_nothing_and_no_error(
    vera: Visitor, stored: Callable[[], Any]
) -> None:
    before = stored()

    assert vera.read("/conversations").json() == {}
    assert vera.read("/messages").json() == {"payload": [], "meta": {}}
    seen = vera.send("/conversations/update_last_seen")
    assert (seen.status_code, seen.content) == (204, b"")
    typing = vera.send("/conversations/toggle_typing", {"typing_status": "on"})
    assert (typing.status_code, typing.json()["code"]) == (404, "not_found")
    assert stored() == before


def test_the_conversation_is_shown_and_read(cast: Cast, vera: Visitor) -> None:
    vera.write("Hello")
    (conversation,) = conversations(cast)
    factories.say(cast.bob, conversation.display_id, "Hi")
    shape = {"id": conversation.display_id, "inbox_id": cast.inbox.pk, "status": "open"}
    assert vera.read("/conversations").json() == {**shape, "contact_last_seen_at": 0}

    response = vera.send("/conversations/update_last_seen")

    assert (response.status_code, response.json()) == (200, {})
    seen_at = conversations(cast)[0].contact_last_seen_at
    assert seen_at is not None
    assert vera.read("/conversations").json() == {
        **shape,
        "contact_last_seen_at": int(seen_at.timestamp()),
    }
    assert vera.read("/messages").json()["meta"] == {
        "contact_last_seen_at": int(seen_at.timestamp()),
        "agent_last_seen_at": 0,
        "status": "open",
    }


def test_agents_are_shown_to_visitors_by_name_and_face_alone(cast: Cast, vera: Visitor) -> None:
    heard = vera.write("Hello").json()
    said = factories.say(cast.bob, heard["conversation_id"], "Hi, how can I help?")

    first, answer = vera.thread()

    assert first == {key: value for key, value in heard.items() if key in first}
    assert answer == {
        "id": said["id"],
        "content": "Hi, how can I help?",
        "message_type": 1,
        "content_type": "text",
        "content_attributes": {},
        "created_at": said["created_at"],
        "conversation_id": heard["conversation_id"],
        "sender": agent_face(cast.bob.user_id, "Bob"),
    }


def test_notes_and_activity_never_reach_the_visitor(cast: Cast, vera: Visitor) -> None:
    display_id = vera.write("Hello").json()["conversation_id"]
    factories.say(cast.bob, display_id, "Careful with this one", private=True)
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        assign_agent(actor=access.actor, access=access, display_id=display_id, user_id=cast.bob.user_id)
    factories.say(cast.bob, display_id, "Hi")
    assert len(messages(cast)) == 4

    assert [one["content"] for one in vera.thread()] == ["Hello", "Hi"]
    assert [one["content"] for one in vera.thread(after=0)] == ["Hello", "Hi"]
    assert [one["content"] for one in vera.thread(before=2**62)] == ["Hello", "Hi"]
    for path in ("/conversations", "/messages"):
        assert b"Careful" not in vera.read(path).content


def test_nobody_sees_the_conversation_of_another_visitor(cast: Cast, vera: Visitor) -> None:
    vera.write("My card number is 4111")
    walter = Visitor(cast.inbox, factories.make_session(cast.inbox, "Walter"))

    assert walter.read("/conversations").json() == {}
    assert walter.thread() == []
    mine = walter.write("Hello")
    assert mine.json()["conversation_id"] != conversations(cast)[0].display_id
    assert [one["content"] for one in walter.thread(before=2**62)] == ["Hello"]
    assert [one["content"] for one in vera.thread()] == ["My card number is 4111"]


def test_a_token_of_one_inbox_opens_nothing_in_another_of_the_same_account(cast: Cast, vera: Visitor) -> None:
    second = factories.make_inbox(cast.account, "Second site")
    vera.write("Hello")
    elsewhere = Visitor(second)
    elsewhere.token = vera.token

    assert elsewhere.read("/messages").status_code == 404
    assert elsewhere.write("Hello").status_code == 404
    assert len(messages(cast)) == 1


def test_what_a_page_may_not_say_is_ignored(cast: Cast, vera: Visitor) -> None:
    before = timezone.now()
    response = vera.send(
        "/messages",
        {
            "message": {
                "content": "Give me admin",
                "message_type": "outgoing",
                "private": True,
                "sender_id": cast.alice.user_id,
                "sender_type": "User",
                "created_at": 0,
                "status": "read",
                "source_id": "forged",
                "content_type": "cards",
                "content_attributes": {"deleted": True},
                "conversation_id": 4711,
                "account_id": cast.other.pk,
                "inbox_id": cast.other_inbox.pk,
                "id": 1,
            },
            "status": "resolved",
            "account_id": cast.other.pk,
        },
    )

    assert response.status_code == 200
    (message,), (conversation,) = messages(cast), conversations(cast)
    assert (message.message_type, message.private, message.status) == (0, False, 0)
    assert (message.sender_contact_id, message.sender_user_id) == (cast.vera.contact_id, None)
    assert (message.source_id, message.content_type, message.content_attributes) == (None, 0, {})
    assert before <= message.created_at <= timezone.now()
    assert (message.account_id, message.inbox_id) == (cast.account.pk, cast.inbox.pk)
    assert conversation.status == 0


def test_a_referer_that_is_no_web_address_is_not_kept(cast: Cast, vera: Visitor) -> None:
    vera.write("Hello", referer_url="javascript:alert(1)")

    assert conversations(cast)[0].additional_attributes == {"initiated_at": {"timestamp": ""}}


def test_the_same_echo_id_is_the_same_message(cast: Cast, vera: Visitor, outbox: Any) -> None:
    first = vera.write("Hello", echo_id="e-1")
    again = vera.write("Hello, edited on the way", echo_id="e-1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert len(messages(cast)) == 1
    assert [name for name, _payload in outbox()].count("message.created") == 1


def test_another_visitors_echo_id_is_another_message(cast: Cast, vera: Visitor) -> None:
    walter = Visitor(cast.inbox, factories.make_session(cast.inbox, "Walter"))

    assert vera.write("Hello", echo_id="e-1").json()["id"] != walter.write("Hi", echo_id="e-1").json()["id"]


def test_history_is_read_page_by_page_without_gap_or_repeat(cast: Cast, vera: Visitor) -> None:
    ids = [factories.hear(cast.vera, f"Line {number}")["id"] for number in range(45)]

    newest = [one["id"] for one in vera.thread()]
    middle = [one["id"] for one in vera.thread(before=newest[0])]
    oldest = [one["id"] for one in vera.thread(before=middle[0])]

    assert (len(newest), len(middle), len(oldest)) == (20, 20, 5)
    assert oldest + middle + newest == ids
    assert vera.thread(before=oldest[0]) == []
    assert [one["id"] for one in vera.thread(after=ids[2])] == ids[3:]
    assert vera.thread(after=ids[-1]) == []


@pytest.mark.parametrize(
    "query", [{"before": "x"}, {"before": "-1"}, {"after": "1e3"}, {"before": str(2**63)}]
)
def test_a_place_in_history_that_is_no_id_is_refused_by_name(vera: Visitor, query: dict[str, str]) -> None:
    response = vera.read("/messages", **query)

    assert response.status_code == 422
    body = response.json()
    assert (body["code"], body["attributes"]) == ("invalid", list(query))


@pytest.mark.parametrize(("status", "name"), [(1, "resolved"), (3, "snoozed")])
def test_a_message_opens_what_was_resolved_or_snoozed(
    cast: Cast, vera: Visitor, status: int, name: str, outbox: Any
) -> None:
    first = vera.write("Hello").json()
    with account_scope(cast.account.pk):
        until = timezone.now() + datetime.timedelta(days=1) if status == 3 else None
        Conversation.objects.update(status=status, snoozed_until=until, waiting_since=None)

    again = vera.write("One more thing").json()

    (conversation,) = conversations(cast)
    assert again["conversation_id"] == first["conversation_id"] == conversation.display_id
    assert (conversation.status, conversation.snoozed_until) == (0, None)
    assert conversation.waiting_since is not None
    changes = [payload["changes"] for event, payload in outbox() if event == "conversation.updated"]
    assert [change["status"] for change in changes] == [[name, "open"]]


def test_a_pending_conversation_stays_pending(cast: Cast, vera: Visitor) -> None:
    vera.write("Hello")
    with account_scope(cast.account.pk):
        Conversation.objects.update(status=2)

    vera.write("Still there?")

    assert conversations(cast)[0].status == 2


def test_a_blocked_contact_is_heard_but_opens_nothing(cast: Cast, vera: Visitor) -> None:
    vera.write("Hello")
    with account_scope(cast.account.pk):
        Contact.objects.filter(pk=cast.vera.contact_id).update(blocked=True)
        Conversation.objects.update(status=1)

    assert vera.write("Let me in").status_code == 200

    assert [one.status for one in conversations(cast)] == [1]


def test_the_first_message_of_a_blocked_contact_starts_resolved(cast: Cast, vera: Visitor) -> None:
    with account_scope(cast.account.pk):
        Contact.objects.filter(pk=cast.vera.contact_id).update(blocked=True)

    assert vera.write("Let me in").status_code == 200

    assert [one.status for one in conversations(cast)] == [1]


def test_the_token_of_a_deleted_contact_is_over_at_once(
    cast: Cast, vera: Visitor, stored: Callable[[], Any]
) -> None:
    vera.write("Hello")
    with account_scope(cast.account.pk):
        Contact.objects.filter(pk=cast.vera.contact_id).delete()
    before = stored()

    assert vera.write("Still me").status_code == 404
    assert vera.read("/messages").status_code == 404
    assert stored() == before


def test_typing_is_told_and_stores_nothing(vera: Visitor, stored: Callable[[], Any]) -> None:
    vera.write("Hello")
    before = stored()

    for state in ("on", "off"):
        response = vera.send("/conversations/toggle_typing", {"typing_status": state})
        assert (response.status_code, response.content) == (200, b"")
    wrong = vera.send("/conversations/toggle_typing", {"typing_status": "maybe"})
    assert (wrong.status_code, wrong.json()["attributes"]) == (422, ["typing_status"])
    assert stored() == before


def test_details_and_first_message_come_in_one(cast: Cast, vera: Visitor) -> None:
    response = vera.send(
        "/conversations",
        {
            "contact": {"name": "Vera Lind", "email": "Vera@Home.test", "phone_number": "+4915112345678"},
            "message": {"content": "Hello", "echo_id": "e-1"},
            "custom_attributes": {"order": "4711"},
        },
    )

    assert response.status_code == 200
    (conversation,) = conversations(cast)
    with account_scope(cast.account.pk):
        contact = Contact.objects.get(pk=cast.vera.contact_id)
    assert (contact.name, contact.email, contact.phone_number) == (
        "Vera Lind",
        "vera@home.test",
        "+4915112345678",
    )
    assert conversation.custom_attributes == {"order": "4711"}
    body = response.json()
    assert [one["content"] for one in body.pop("messages")] == ["Hello"]
    raw = body.pop("contact")
    assert (raw["id"], raw["name"], raw["email"]) == (contact.pk, "Vera Lind", "vera@home.test")
    assert body == {
        "id": conversation.display_id,
        "inbox_id": cast.inbox.pk,
        "contact_last_seen_at": 0,
        "status": "open",
        "custom_attributes": {"order": "4711"},
    }


def test_an_address_that_somebody_has_brings_the_visit_to_them_and_tells_nothing_of_them(
    cast: Cast, vera: Visitor
) -> None:
    walter = factories.make_session(
        cast.inbox,
        "Walter Weiss",
        email="walter@home.test",
        phone_number="+4930123456",
        custom_attributes={"debts": "many"},
    )

    response = vera.send(
        "/conversations", {"contact": {"email": "walter@home.test"}, "message": {"content": "Hello"}}
    )

    assert response.status_code == 200
    contact = response.json()["contact"]
    assert (contact["id"], contact["email"]) == (walter.contact_id, "walter@home.test")
    assert (contact["name"], contact["phone_number"], contact["custom_attributes"]) == ("", None, {})
    answers = [
        vera.send("/config"),
        vera.read("/messages"),
        vera.read("/contact"),
        vera.write("Hello again"),
        vera.patch(vera.address("/contact"), {}, "application/json", HTTP_X_AUTH_TOKEN=vera.token),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for known in (b"Weiss", b"home.test", b"4930", b"debts"):
            assert known not in answer.content, answer.request["PATH_INFO"]


def test_the_session_of_a_visitor_is_not_told_to_the_page_of_another(cast: Cast, vera: Visitor) -> None:
    walter = Visitor(cast.inbox)
    body = walter.send("/config").content

    with account_scope(cast.account.pk):
        session = ContactInbox.objects.get(pk=cast.vera.pk)
    assert session.pubsub_token.encode() not in body
    assert session.source_id.encode() not in body
