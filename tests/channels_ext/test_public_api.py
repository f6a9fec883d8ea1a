"""The public API of API inboxes (contract, 5.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Account
from config.database import account_scope, platform_scope
from conversations.models import Contact, ContactInbox, Conversation, Message
from conversations.shapes import iso
from tests import factories
from tests.channels_ext.contract import agent_face
from tests.channels_ext.integrator import Integrator
from tests.channels_ext.visitor import file
from tests.factories import Cast

NOT_FOUND = {"status": 404, "code": "not_found", "error": "Not Found", "message": "Not Found"}


@pytest.fixture
def program(cast: Cast) -> Integrator:
    """It has a contact already."""
    return Integrator(cast.api_inbox).arrive(source_id="phone-1", name="Vera", identifier="customer-1")


def contact_of(cast: Cast, source_id: str) -> Contact:
    with account_scope(cast.account.pk):
        return ContactInbox.objects.select_related("contact").get(source_id=source_id).contact


def raw(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.pk,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
        "account_id": contact.account_id,
        "created_at": iso(contact.created_at),
        "updated_at": iso(contact.updated_at),
        "identifier": contact.identifier,
        "additional_attributes": {},
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": iso(contact.last_activity_at),
        "contact_type": "visitor",
        "blocked": False,
    }


def test_the_inbox_shows_itself_without_its_secrets(cast: Cast) -> None:
    program = Integrator(cast.api_inbox)

    response = program.get(program.inbox)

    assert response.json() == {
        "name": "Shop API",
        "identifier": program.channel.identifier,
        "identity_validation_enabled": False,
        "timezone": "UTC",
        "working_hours": [],
        "working_hours_enabled": False,
        "csat_survey_enabled": False,
        "greeting_enabled": False,
    }


def test_a_new_contact_comes_back_with_a_session(cast: Cast) -> None:
    program = Integrator(cast.api_inbox)

    response = program.send(
        "/contacts",
        {
            "source_id": "phone-7",
            "name": "Vera",
            "email": "Vera@Home.test",
            "phone_number": "+4915112345678",
            "identifier": "customer-7",
            "custom_attributes": {"plan": "gold"},
        },
    )

    assert response.status_code == 200
    with account_scope(cast.account.pk):
        session = ContactInbox.objects.select_related("contact").get(source_id="phone-7")
    assert response.json() == {
        "source_id": "phone-7",
        "pubsub_token": session.pubsub_token,
        "id": session.contact_id,
        "name": "Vera",
        "email": "vera@home.test",
        "phone_number": "+4915112345678",
    }
    assert (session.contact.identifier, session.contact.custom_attributes) == ("customer-7", {"plan": "gold"})
    assert program.as_contact("phone-7").read("").json() == response.json()


def test_a_source_id_that_is_known_is_that_session_unchanged(
    cast: Cast, program: Integrator, stored: Callable[[], Any]
) -> None:
    first = program.read("").json()
    before = stored()

    again = program.post(
        f"{program.inbox}/contacts",
        {"source_id": "phone-1", "name": "Mallory", "email": "mallory@evil.test"},
        content_type="application/json",
    )

    assert (again.status_code, again.json()) == (200, first)
    assert stored() == before


@pytest.mark.parametrize("key", ["identifier", "email", "phone_number"])
def test_the_same_person_on_another_device_is_the_same_contact(cast: Cast, key: str) -> None:
    who = {"identifier": "customer-7", "email": "vera@home.test", "phone_number": "+4915112345678"}
    first = Integrator(cast.api_inbox).arrive(source_id="phone", name="Vera", **who)
    given = who[key].upper() if key == "email" else who[key]

    second = Integrator(cast.api_inbox).arrive(source_id="tablet", name="Somebody", **{key: given})

    one, two = first.read("").json(), second.read("").json()
    assert one["id"] == two["id"]
    assert two["name"] == "Vera"
    assert one["pubsub_token"] != two["pubsub_token"]
    # The sessions stay apart as long as nothing is signed.
    first.write(first.converse(), "My secret")
    assert second.read("/conversations").json() == []


def test_an_address_does_not_make_two_people_one(cast: Cast, stored: Callable[[], Any]) -> None:
    Integrator(cast.api_inbox).arrive(identifier="customer-7", email="vera@home.test")
    before = stored()

    response = Integrator(cast.api_inbox).send(
        "/contacts", {"identifier": "mallory", "email": "vera@home.test"}
    )

    assert response.status_code == 422
    assert (response.json()["code"], response.json()["attributes"]) == ("taken", ["email"])
    assert stored() == before


def test_people_of_another_account_are_other_people(cast: Cast) -> None:
    elsewhere = factories.make_inbox(cast.other, "Their API", "api")
    theirs = Integrator(elsewhere).arrive(source_id="phone-1", identifier="customer-1", name="Viktor")

    mine = Integrator(cast.api_inbox).arrive(source_id="phone-1", identifier="customer-1", name="Vera")

    assert mine.read("").json()["id"] != theirs.read("").json()["id"]
    assert mine.read("").json()["name"] == "Vera"


def test_a_contact_is_changed_by_merging_and_never_blanked(cast: Cast, program: Integrator) -> None:
    program.send("", {"custom_attributes": {"plan": "gold", "size": 1}}, method="patch")

    response = program.send(
        "", {"name": "", "email": "vera@home.test", "custom_attributes": {"size": 2}}, method="patch"
    )

    contact = contact_of(cast, "phone-1")
    assert response.status_code == 200
    assert (contact.name, contact.email) == ("Vera", "vera@home.test")
    assert contact.custom_attributes == {"plan": "gold", "size": 2}
    assert response.json() == raw(contact)


def test_a_conversation_is_opened_shown_and_listed(cast: Cast, program: Integrator) -> None:
    number = program.converse(custom_attributes={"order": "4711"})
    sent = program.write(number, "Where is it?").json()
    said = factories.say(cast.alice, number, "On its way")
    factories.say(cast.alice, number, "He is nervous", private=True)

    with account_scope(cast.account.pk):
        conversation = Conversation.objects.get(display_id=number)
    assert conversation.custom_attributes == {"order": "4711"}
    answer = {
        "id": said["id"],
        "content": "On its way",
        "message_type": 1,
        "content_type": "text",
        "content_attributes": {},
        "created_at": said["created_at"],
        "conversation_id": number,
        "sender": agent_face(cast.alice.user_id, "Alice"),
    }
    shape = {
        "id": number,
        "uuid": str(conversation.uuid),
        "inbox_id": cast.api_inbox.pk,
        "contact_last_seen_at": 0,
        "agent_last_seen_at": 0,
        "status": "open",
        "contact": raw(contact_of(cast, "phone-1")),
    }
    assert program.read(f"/conversations/{number}").json() == {**shape, "messages": [sent, answer]}
    assert program.read("/conversations").json() == [{**shape, "messages": [answer]}]
    assert program.read(f"/conversations/{number}/messages").json() == [sent, answer]
    assert b"nervous" not in program.read(f"/conversations/{number}").content


def test_a_message_is_always_the_contacts_own(cast: Cast, program: Integrator) -> None:
    number = program.converse()

    response = program.write(
        number, "Hello", message_type="outgoing", private=True, sender_id=cast.alice.user_id, created_at=0
    )

    with account_scope(cast.account.pk):
        message = Message.objects.get()
    assert (message.message_type, message.private) == (0, False)
    assert message.sender_contact_id == contact_of(cast, "phone-1").pk
    assert response.json() == {
        "id": message.pk,
        "content": "Hello",
        "message_type": 0,
        "content_type": "text",
        "content_attributes": {},
        "created_at": int(message.created_at.timestamp()),
        "conversation_id": number,
        "sender": {
            "additional_attributes": {},
            "custom_attributes": {},
            "email": None,
            "id": message.sender_contact_id,
            "identifier": "customer-1",
            "name": "Vera",
            "phone_number": None,
            "thumbnail": "",
            "blocked": False,
            "type": "contact",
        },
    }


def test_files_come_with_a_message(cast: Cast, program: Integrator) -> None:
    number = program.converse()
    url = f"{program.contact}/conversations/{number}/messages"

    sent = program.post(url, {"content": "Look", "attachments[]": [file("a.png", b"\x89PNG\r\n\x1a\n")]})
    refused = program.post(url, {"content": "Look", "attachments[]": [file("a.svg", b"<svg/>")]})

    assert [one["file_name"] for one in sent.json()["attachments"]] == ["a.png"]
    assert refused.status_code == 415
    assert refused.json()["status"] == 415


@pytest.mark.parametrize("key", ["source_id", "echo_id"])
def test_the_same_id_again_is_the_same_message(
    cast: Cast, program: Integrator, key: str, outbox: Any
) -> None:
    number = program.converse()

    first, again = (program.write(number, text, **{key: "m-1"}) for text in ("Hello", "Hello again"))

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert [name for name, _payload in outbox()].count("message.created") == 1


def test_a_source_id_of_another_conversation_is_a_conflict(
    cast: Cast, program: Integrator, stored: Callable[[], Any]
) -> None:
    one, two = program.converse(), program.converse()
    program.write(one, "Hello", source_id="m-1")
    before = stored()

    response = program.write(two, "Hello", source_id="m-1")

    assert (response.status_code, response.json()["code"]) == (409, "duplicate_source_id")
    assert stored() == before


def test_messages_are_read_page_by_page(cast: Cast, program: Integrator) -> None:
    number = program.converse()
    ids = [program.write(number, f"Line {n}").json()["id"] for n in range(25)]
    path = f"/conversations/{number}/messages"

    newest = [one["id"] for one in program.read(path).json()]
    oldest = [one["id"] for one in program.read(path, before=newest[0]).json()]

    assert oldest + newest == ids
    assert len(newest) == 20


def test_resolving_reading_and_typing(cast: Cast, program: Integrator, outbox: Any) -> None:
    first, second = program.converse(), program.converse()

    assert program.send(f"/conversations/{first}/update_last_seen").status_code == 200
    typing = program.send(f"/conversations/{first}/toggle_typing", {"typing_status": "on"})
    assert typing.status_code == 200
    resolved = program.send(f"/conversations/{first}/toggle_status").json()

    assert (resolved["id"], resolved["status"]) == (first, "resolved")
    with account_scope(cast.account.pk):
        one = Conversation.objects.get(display_id=first)
        two = Conversation.objects.get(display_id=second)
    assert (one.status, two.status) == (1, 0)
    assert one.contact_last_seen_at is not None and two.contact_last_seen_at is None
    changes = [payload["changes"] for name, payload in outbox() if name == "conversation.updated"]
    assert changes == [{"status": ["open", "resolved"]}]
    # Once more changes nothing; writing opens it again.
    program.send(f"/conversations/{first}/toggle_status")
    assert [name for name, _payload in outbox()].count("conversation.updated") == 1
    program.write(first, "One more thing")
    assert program.read(f"/conversations/{first}").json()["status"] == "open"


def foreign_paths(cast: Cast, program: Integrator) -> list[str]:
    """What is not this program's, in every way there is."""
    other = Integrator(cast.api_inbox).arrive(source_id="phone-2", name="Walter")
    number = other.converse()
    second = factories.make_inbox(cast.account, "Second API", "api")
    elsewhere = Integrator(second)
    foreign = Integrator(factories.make_inbox(cast.other, "Their API", "api")).arrive(source_id="phone-9")
    mine = program.contact
    return [
        f"{program.inbox}/contacts/nobody",
        f"{program.inbox}/contacts/phone-9",
        f"{program.inbox}/contacts/%00",
        f"{program.inbox}/contacts/a%00b/conversations",
        f"{elsewhere.inbox}/contacts/phone-1",
        f"{foreign.inbox}/contacts/phone-1",
        f"{mine}/conversations/{number}",
        f"{mine}/conversations/{number}/messages",
        f"{mine}/conversations/999999",
        f"{mine}/conversations/999999999999999999",
        "/public/api/v1/inboxes/nothing",
        "/public/api/v1/inboxes/%00",
        f"/public/api/v1/inboxes/{cast.inbox.pk}",
        "/public/api/v1/inboxes/" + "x" * 3000,
    ]


def test_what_is_not_theirs_looks_like_what_never_was(
    cast: Cast, program: Integrator, stored: Callable[[], Any]
) -> None:
    paths = foreign_paths(cast, program)
    before = stored()

    for path in paths:
        response = program.get(path)
        assert (response.status_code, response.json()) == (404, NOT_FOUND), path
    assert stored() == before


def test_nobody_writes_into_a_conversation_of_another_contact(
    cast: Cast, program: Integrator, stored: Callable[[], Any]
) -> None:
    other = Integrator(cast.api_inbox).arrive(source_id="phone-2", name="Walter")
    number = other.converse()
    before = stored()

    for path in ("messages", "toggle_status", "toggle_typing", "update_last_seen"):
        body = {"content": "Hello", "typing_status": "on"}
        response = program.send(f"/conversations/{number}/{path}", body)
        assert (response.status_code, response.json()) == (404, NOT_FOUND), path
    assert stored() == before


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "1%20OR%201=1", "%EF%BC%91", "9" * 40, "1e3"])
def test_a_number_that_is_none_is_no_conversation(program: Integrator, number: str) -> None:
    response = program.get(f"{program.contact}/conversations/{number}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_a_suspended_account_is_an_unknown_one(cast: Cast, program: Integrator) -> None:
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=Account.Status.SUSPENDED)

    for path in ("", "/conversations"):
        assert (program.read(path).status_code, program.read(path).json()) == (404, NOT_FOUND)


BAD: list[tuple[str, Any, int, list[str]]] = [
    ("/contacts", {"email": "nobody"}, 422, ["email"]),
    ("/contacts", {"phone_number": "12"}, 422, ["phone_number"]),
    ("/contacts", {"source_id": "x" * 256}, 422, ["source_id"]),
    ("/contacts", {"source_id": "a\x00"}, 422, ["source_id"]),
    ("/contacts", {"custom_attributes": [1]}, 422, ["custom_attributes"]),
    ("/contacts", {"custom_attributes": {"a": "\x00"}}, 422, ["custom_attributes"]),
    ("/contacts", {"custom_attributes": {f"k{n}": n for n in range(5000)}}, 422, ["custom_attributes"]),
    ("/contacts", [1], 422, ["non_field_errors"]),
    ("/contacts", b"{", 400, []),
    ("/contacts", b'{"name": NaN}', 400, []),
    ("/contacts", b'{"name": "\\ud800"}', 400, []),
]


@pytest.mark.parametrize(("path", "body", "status", "fields"), BAD)
def test_what_cannot_be_a_contact_is_refused_by_name(
    cast: Cast, path: str, body: Any, status: int, fields: list[str], stored: Callable[[], Any]
) -> None:
    before = stored()

    response = Integrator(cast.api_inbox).send(path, body)

    assert response.status_code == status
    assert response.json()["status"] == status
    assert response.json().get("attributes", []) == fields
    assert stored() == before


@pytest.mark.parametrize(
    "body",
    [{}, {"content": ""}, {"content": None}, {"content": "x" * 150_001}, {"content": "\x00"}, ["text"]],
)
def test_what_cannot_be_a_message_is_refused(
    program: Integrator, body: Any, stored: Callable[[], Any]
) -> None:
    number = program.converse()
    before = stored()

    response = program.send(f"/conversations/{number}/messages", body)

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert stored() == before


def test_a_flood_is_stopped(
    program: Integrator, rates: Callable[..., None], stored: Callable[[], Any]
) -> None:
    rates(visitor="3/min")
    number = program.converse()  # counts too
    answers = [program.write(number, f"Line {n}").status_code for n in range(2)]
    before = stored()

    refused = program.write(number, "One too many")

    assert answers == [200, 200]
    assert (refused.status_code, refused.json()["status"]) == (429, 429)
    assert "Retry-After" in refused
    assert stored() == before


def test_a_repeated_write_with_a_key_happens_once_within_its_session(cast: Cast, program: Integrator) -> None:
    number = program.converse()
    other = Integrator(cast.api_inbox).arrive(source_id="phone-2", name="Wanda")

    def write(who: Integrator, text: str) -> Any:
        path = f"{who.contact}/conversations/{number}/messages"
        key = {"Idempotency-Key": "k1"}
        return who.post(path, {"content": text}, content_type="application/json", headers=key)

    first, again = write(program, "Hello"), write(program, "Hello")
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert write(program, "Ho").status_code == 422
    assert write(other, "Hello").status_code == 404  # their key is another one
    with account_scope(cast.account.pk):
        assert Message.objects.filter(content="Hello").count() == 1
