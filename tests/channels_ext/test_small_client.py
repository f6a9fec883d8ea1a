"""A small client of the contract, as they are written in Python: one token, one base path, plain JSON. It walks
through mission rows C1 to C5 and sees the shapes that it has always seen."""

from __future__ import annotations

from typing import Any

import pytest

from config.database import account_scope
from conversations.models import Contact, Conversation, Message
from conversations.shapes import ts
from tests import factories
from tests.factories import Cast

ORDER_CARD: dict[str, Any] = {
    "content": "**Order 4711** is on its way\n\n- 2 × lamp\n- 1 × shade",
    "content_type": "cards",
    "content_attributes": {
        "items": [
            {
                "title": "Order 4711",
                "description": "2 lamps, 1 shade",
                "media_url": "https://shop.test/lamp.png",
                "actions": [
                    {"type": "link", "text": "Track it", "uri": "https://shop.test/orders/4711"},
                    {"type": "postback", "text": "Cancel it", "payload": "cancel:4711"},
                ],
            }
        ]
    },
}


class SmallClient:
    """What an integrator writes in an afternoon: every method returns the JSON, and raises on 4xx."""

    def __init__(self, http: Any, account_id: int) -> None:
        self.http, self.base = http, f"/api/v1/accounts/{account_id}"

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        send = getattr(self.http, method)
        response = send(self.base + path) if body is None else send(
            self.base + path, body, content_type="application/json"
        )  # fmt: skip
        assert response.status_code == 200, (method, path, response.status_code, response.content)
        assert response["Content-Type"] == "application/json"
        return response.json() if response.content else None

    def send_message(self, conversation_id: int, content: str | None, **more: Any) -> Any:
        return self._call("post", f"/conversations/{conversation_id}/messages", {"content": content, **more})

    def get_conversation(self, conversation_id: int) -> Any:
        return self._call("get", f"/conversations/{conversation_id}")

    def toggle_status(self, conversation_id: int, **body: Any) -> Any:
        return self._call("post", f"/conversations/{conversation_id}/toggle_status", body)

    def set_labels(self, conversation_id: int, labels: list[str]) -> Any:
        return self._call("post", f"/conversations/{conversation_id}/labels", {"labels": labels})

    def assign(self, conversation_id: int, user_id: int) -> Any:
        return self._call("post", f"/conversations/{conversation_id}/assignments", {"assignee_id": user_id})

    def get_contact(self, contact_id: int) -> Any:
        return self._call("get", f"/contacts/{contact_id}")["payload"]

    def update_contact(self, contact_id: int, **fields: Any) -> Any:
        return self._call("put", f"/contacts/{contact_id}", fields)["payload"]

    def history(self, conversation_id: int, before: int | None = None) -> Any:
        query = f"?before={before}" if before else ""
        return self._call("get", f"/conversations/{conversation_id}/messages{query}")["payload"]


@pytest.fixture
def walter(cast: Cast) -> Any:
    return factories.make_session(cast.api_inbox, "Walter", email="walter@home.test")


@pytest.fixture
def number(walter: Any) -> int:
    return int(factories.hear(walter, "Where is my parcel?")["conversation_id"])


@pytest.fixture
def client_of_bob(cast: Cast, api: Any) -> SmallClient:
    return SmallClient(api(cast.bob), cast.account.pk)


# --- C1: who is asking ----------------------------------------------------------------------------------------
def test_c1_the_token_opens_the_own_account_and_no_other(cast: Cast, api: Any, client: Any) -> None:
    path = f"/api/v1/accounts/{cast.account.pk}/conversations"
    assert api(cast.bob).get(path).status_code == 200
    nobody, wrong = client.get(path), client.get(path, headers={"api-access-token": "x" * 24})
    foreign = api(cast.charlie).get(path)
    assert [one.status_code for one in (nobody, wrong, foreign)] == [401, 401, 401]
    assert set(nobody.json()) == {"errors", "code"}
    assert isinstance(nobody.json()["errors"], list)
    assert isinstance(wrong.json()["error"], str)


# --- C2: messages ---------------------------------------------------------------------------------------------
def test_c2_outgoing_private_and_incoming(
    cast: Cast, client_of_bob: SmallClient, walter: Any, number: int
) -> None:
    outgoing = client_of_bob.send_message(number, "On its way")
    private = client_of_bob.send_message(number, "He is a regular", private=True)
    incoming = client_of_bob.send_message(number, "Thank you", message_type="incoming")

    bob = {
        "id": cast.bob.user_id,
        "name": "Bob",
        "available_name": "Bob",
        "avatar_url": "",
        "type": "user",
        "availability_status": "offline",
        "thumbnail": "",
    }
    contact = {
        "additional_attributes": {},
        "custom_attributes": {},
        "email": "walter@home.test",
        "id": walter.contact_id,
        "identifier": None,
        "name": "Walter",
        "phone_number": None,
        "thumbnail": "",
        "blocked": False,
        "type": "contact",
    }
    for message, expected in (
        (outgoing, {"content": "On its way", "message_type": 1, "private": False, "sender": bob}),
        (private, {"content": "He is a regular", "message_type": 1, "private": True, "sender": bob}),
        (incoming, {"content": "Thank you", "message_type": 0, "private": False, "sender": contact}),
    ):
        with account_scope(cast.account.pk):
            created_at = Message.objects.get(pk=message["id"]).created_at
        assert message == {
            "id": message["id"],
            "inbox_id": cast.api_inbox.pk,
            "conversation_id": number,
            "content_type": "text",
            "status": "sent",
            "content_attributes": {},
            "created_at": ts(created_at),
            "source_id": None,
            **expected,
        }


def test_c2_an_order_card_comes_back_as_it_was_sent(
    cast: Cast, client_of_bob: SmallClient, walter: Any, number: int, client: Any
) -> None:
    sent = client_of_bob.send_message(number, **ORDER_CARD)

    assert sent["content"] == ORDER_CARD["content"]
    assert sent["content_type"] == "cards"
    assert sent["content_attributes"] == ORDER_CARD["content_attributes"]
    assert client_of_bob.history(number)[-1] == sent
    assert (
        client_of_bob.get_conversation(number)["messages"][0]["content_attributes"]
        == (ORDER_CARD["content_attributes"])
    )
    with account_scope(cast.account.pk):
        channel = cast.api_inbox.api_channel
    talk = f"/public/api/v1/inboxes/{channel.identifier}/contacts/{walter.source_id}/conversations/{number}"
    shown = client.get(f"{talk}/messages").json()[-1]
    assert shown["content_attributes"] == ORDER_CARD["content_attributes"]

    # The contact presses "Cancel it": its program says so, as one does with a postback of an API inbox.
    pressed = client.post(f"{talk}/messages", {"content": "cancel:4711"}, content_type="application/json")
    assert pressed.status_code == 200
    assert client_of_bob.history(number)[-1]["content"] == "cancel:4711"
    assert client_of_bob.history(number)[-1]["message_type"] == 0


@pytest.mark.parametrize(
    ("content_type", "content_attributes"),
    [
        (
            "input_select",
            {"items": [{"title": "Lamp", "value": "lamp"}, {"title": "Shade", "value": "shade"}]},
        ),
        (
            "form",
            {
                "items": [
                    {"name": "email", "label": "E-mail", "type": "email", "required": True},
                    {
                        "name": "size",
                        "label": "Size",
                        "type": "select",
                        "options": [{"label": "Small", "value": "s"}],
                    },
                ],
                "button_label": "Send",
            },
        ),
        ("article", {"items": [{"title": "Returns", "description": "How", "link": "https://shop.test/r"}]}),
        ("input_email", {}),
        ("input_csat", {"display_type": "emoji"}),
    ],
)
def test_c2_every_rich_form_is_kept(
    client_of_bob: SmallClient, number: int, content_type: str, content_attributes: dict[str, Any]
) -> None:
    sent = client_of_bob.send_message(
        number, "Please", content_type=content_type, content_attributes=content_attributes
    )
    assert (sent["content_type"], sent["content_attributes"]) == (content_type, content_attributes)
    assert client_of_bob.history(number)[-1] == sent


def test_c2_the_same_echo_id_again_is_the_same_message(client_of_bob: SmallClient, number: int) -> None:
    first = client_of_bob.send_message(number, "Once", echo_id="e1")
    again = client_of_bob.send_message(number, "Once", echo_id="e1")
    assert first["echo_id"] == "e1"
    assert again == first
    assert len(client_of_bob.history(number)) == 2


# --- C3: conversations ----------------------------------------------------------------------------------------
def test_c3_all_statuses(cast: Cast, client_of_bob: SmallClient, number: int) -> None:
    for status in ("resolved", "pending", "snoozed", "open"):
        answer = client_of_bob.toggle_status(number, status=status)
        assert answer == {
            "payload": {
                "success": True,
                "conversation_id": number,
                "current_status": status,
                "snoozed_until": None,
            }
        }
        assert client_of_bob.get_conversation(number)["status"] == status


def test_c3_labels_are_replaced(cast: Cast, client_of_bob: SmallClient, number: int) -> None:
    assert client_of_bob.set_labels(number, ["vip", "returns"]) == {"payload": ["vip", "returns"]}
    assert client_of_bob.set_labels(number, ["returns", "late"]) == {"payload": ["returns", "late"]}
    assert client_of_bob.get_conversation(number)["labels"] == ["returns", "late"]
    assert client_of_bob._call("get", f"/conversations/{number}/labels") == {"payload": ["returns", "late"]}
    lines = [one["content"] for one in client_of_bob.history(number) if one["message_type"] == 2]
    assert lines == ["Bob added vip, returns", "Bob added late", "Bob removed vip"]


def test_c3_an_agent_is_assigned(cast: Cast, client_of_bob: SmallClient, number: int) -> None:
    answer = client_of_bob.assign(number, cast.bob.user_id)
    assert answer == {
        "id": cast.bob.user_id,
        "account_id": cast.account.pk,
        "availability_status": "online",
        "auto_offline": True,
        "confirmed": True,
        "email": cast.bob.user.email,
        "provider": "email",
        "available_name": "Bob",
        "name": "Bob",
        "role": "agent",
        "thumbnail": "",
    }
    meta = client_of_bob.get_conversation(number)["meta"]
    assert (meta["assignee"], meta["assignee_type"]) == (answer, "User")


def test_c3_a_conversation_is_opened_with_its_first_message(
    cast: Cast, client_of_bob: SmallClient, walter: Any
) -> None:
    made = client_of_bob._call(
        "post",
        "/conversations",
        {
            "inbox_id": cast.api_inbox.pk,
            "contact_id": walter.contact_id,
            "source_id": walter.source_id,
            "status": "pending",
            "assignee_id": cast.bob.user_id,
            "custom_attributes": {"order": "4711"},
            "additional_attributes": {"referer": "https://shop.test"},
            "message": {"content": "We have a question about your order" + " " * 100_000},
        },
    )
    assert made == client_of_bob.get_conversation(made["id"])
    assert (made["status"], made["custom_attributes"], made["inbox_id"]) == (
        "pending",
        {"order": "4711"},
        cast.api_inbox.pk,
    )
    assert made["meta"]["assignee"]["id"] == cast.bob.user_id
    assert made["meta"]["sender"]["id"] == walter.contact_id
    assert made["messages"][0]["content"].strip() == "We have a question about your order"
    assert made["messages"][0]["message_type"] == 1


# --- C4: contacts ---------------------------------------------------------------------------------------------
def test_c4_a_contact_is_read_and_its_attributes_are_merged(
    cast: Cast, client_of_bob: SmallClient, walter: Any
) -> None:
    client_of_bob.update_contact(walter.contact_id, custom_attributes={"plan": "gold", "shop": {"id": 1}})
    updated = client_of_bob.update_contact(
        walter.contact_id, name="Walter B.", custom_attributes={"age": 44, "shop": {"city": "Rome"}}
    )

    with account_scope(cast.account.pk):
        contact = Contact.objects.get(pk=walter.contact_id)
    assert updated == {
        "additional_attributes": {},
        "availability_status": "offline",
        "email": "walter@home.test",
        "id": walter.contact_id,
        "name": "Walter B.",
        "phone_number": None,
        "blocked": False,
        "identifier": None,
        "thumbnail": "",
        "custom_attributes": {"plan": "gold", "shop": {"id": 1, "city": "Rome"}, "age": 44},
        "created_at": ts(contact.created_at),
        "contact_inboxes": [
            {
                "source_id": walter.source_id,
                "inbox": {
                    "id": cast.api_inbox.pk,
                    "avatar_url": "",
                    "channel_id": cast.api_inbox.pk,
                    "name": "Shop API",
                    "channel_type": "Channel::Api",
                    "provider": None,
                },
            }
        ],
    }
    assert client_of_bob.get_contact(walter.contact_id) == updated


# --- C5: history ----------------------------------------------------------------------------------------------
def test_c5_the_history_is_paged_backwards(cast: Cast, client_of_bob: SmallClient, number: int) -> None:
    for line in range(44):
        factories.say(cast.bob, number, f"Line {line}")

    seen: list[Any] = []
    before = None
    while page := client_of_bob.history(number, before):
        assert [one["id"] for one in page] == sorted(one["id"] for one in page)
        seen = [*page, *seen]
        before = page[0]["id"]

    assert len(seen) == 45
    assert [one["content"] for one in seen[:3]] == ["Where is my parcel?", "Line 0", "Line 1"]
    with account_scope(cast.account.pk):
        assert [one["id"] for one in seen] == list(
            Message.objects.order_by("pk").values_list("pk", flat=True)
        )
        assert Conversation.objects.count() == 1
