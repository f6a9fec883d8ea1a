"""Labels, canned responses, attribute definitions and filters, in the contract's shapes (3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from config.database import account_scope
from config.events import StoredEvent
from conversations.actions import keeping
from conversations.actions.account_labels import rename_everywhere
from conversations.models import (
    CannedResponse,
    Contact,
    ContactLabel,
    Conversation,
    ConversationLabel,
    CustomAttributeDefinition,
    CustomFilter,
    Label,
)
from conversations.shapes import iso
from tests import factories
from tests.factories import Cast


# --- labels ---------------------------------------------------------------------------------------------------
def test_labels_are_everybodys_to_see_and_alices_to_change(cast: Cast, api: Any) -> None:
    alice, bob = api(cast.alice), api(cast.bob)
    made = alice.send("/labels", {"label": {"title": "VIP", "show_on_sidebar": True}}).json()

    assert made == {
        "id": made["id"],
        "title": "vip",
        "description": None,
        "color": "#1f93ff",
        "show_on_sidebar": True,
    }
    assert bob.read("/labels").json() == {"payload": [made]}
    assert alice.read(f"/labels/{made['id']}").json() == made
    changed = alice.send(f"/labels/{made['id']}", {"description": "Careful", "color": "#fff"}, "patch").json()
    assert changed == {**made, "description": "Careful", "color": "#fff"}
    for answer in (
        bob.read(f"/labels/{made['id']}"),
        bob.send("/labels", {"title": "mine"}),
        bob.send(f"/labels/{made['id']}", {"title": "mine"}, "put"),
        bob.send(f"/labels/{made['id']}", method="delete"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "forbidden")
    gone = alice.send(f"/labels/{made['id']}", method="delete")
    assert (gone.status_code, gone.content) == (200, b"")
    assert bob.read("/labels").json() == {"payload": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "a"},
        {"title": "two words"},
        {"title": "-x"},
        {"title": "_x"},
        {"title": "<script>"},
        {"title": "x" * 256},
        {"title": ["vip"]},
        {"title": "vip", "color": "red"},
        {"title": "vip", "color": "#12345"},
        {"title": "vip", "color": "#fff;}"},
        {"title": "vip", "show_on_sidebar": "perhaps"},
        {"title": "Taken"},
    ],
)
def test_a_label_is_not_made_of_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    alice = api(cast.alice)
    alice.send("/labels", {"title": "taken"})
    answer = alice.send("/labels", body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "error", "message", "attributes"}
    with account_scope(cast.account.pk):
        assert list(Label.objects.values_list("title", flat=True)) == ["taken"]


def test_a_new_title_reaches_conversations_and_contacts(cast: Cast, api: Any, outbox: Any) -> None:
    talk = factories.make_conversation(cast.inbox)
    both = factories.make_conversation(cast.inbox)
    with account_scope(cast.account.pk):
        label = Label.objects.create(account=cast.account, title="vip")
        for row, titles in ((talk, ["vip"]), (both, ["big", "vip"])):
            Conversation.objects.filter(pk=row.pk).update(labels=titles)
            for title in titles:
                ConversationLabel.objects.create(account=cast.account, conversation=row, title=title)
        ContactLabel.objects.create(account=cast.account, contact=talk.contact, title="vip")
        Contact.objects.filter(pk=talk.contact_id).update(labels=["old", "vip", "new"])

    api(cast.alice).send(f"/labels/{label.pk}", {"title": "BIG"}, "patch")
    name, payload = outbox()[-1]
    event = StoredEvent(1, 1, cast.account.pk, name, 1, payload, talk.created_at)
    for _twice in range(2):
        with account_scope(cast.account.pk):
            rename_everywhere(event)

    assert name == "label.renamed"
    with account_scope(cast.account.pk):
        assert Conversation.objects.get(pk=talk.pk).labels == ["big"]
        assert Conversation.objects.get(pk=both.pk).labels == ["big"]
        assert set(ConversationLabel.objects.values_list("conversation_id", "title")) == {
            (talk.pk, "big"),
            (both.pk, "big"),
        }
        assert list(ContactLabel.objects.values_list("title", flat=True)) == ["big"]
        assert Contact.objects.get(pk=talk.contact_id).labels == ["old", "big", "new"]


# --- canned responses ---------------------------------------------------------------------------------------
def test_a_canned_response_comes_changes_and_goes(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    body = bob.send("/canned_responses", {"canned_response": {"short_code": "hi", "content": "Hello"}}).json()

    with account_scope(cast.account.pk):
        row = CannedResponse.objects.get()
    assert body == {
        "id": row.pk,
        "account_id": cast.account.pk,
        "short_code": "hi",
        "content": "Hello",
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }
    assert bob.read("/canned_responses").json() == [body]
    changed = bob.send(f"/canned_responses/{row.pk}", {"content": "Hello!"}, "put").json()
    assert (changed["short_code"], changed["content"]) == ("hi", "Hello!")
    gone = bob.send(f"/canned_responses/{row.pk}", method="delete")
    assert (gone.status_code, gone.content) == (200, b"")
    assert bob.read("/canned_responses").json() == []


def test_a_search_finds_the_beginning_of_codes_first_then_codes_then_texts(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    for code, text in [
        ("zz", "we refund it"),
        ("no-refund", "no"),
        ("refund", "yes"),
        ("b", "x"),
        ("Refund2", "2"),
        ("50%", "a_b"),
    ]:
        bob.send("/canned_responses", {"short_code": code, "content": text})

    def found(text: str) -> list[str]:
        return [one["short_code"] for one in bob.read("/canned_responses", search=text).json()]

    assert found("refund") == ["Refund2", "refund", "no-refund", "zz"]
    assert found("%") == ["50%"]
    assert found("_") == ["50%"]
    assert found("nothing") == []
    assert len(found("")) == 6
    assert bob.read("/canned_responses", search="a\x00b").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"short_code": "x"},
        {"content": "x"},
        {"short_code": "", "content": "x"},
        {"short_code": "x", "content": "  "},
        {"short_code": "x", "content": "x" * 20_001},
        {"short_code": "taken", "content": "x"},
        {"short_code": {"a": 1}, "content": "x"},
        {"short_code": "x", "content": ["x"]},
    ],
)
def test_a_canned_response_is_not_made_of_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    bob = api(cast.bob)
    bob.send("/canned_responses", {"short_code": "taken", "content": "x"})
    assert bob.send("/canned_responses", body).status_code == 422
    with account_scope(cast.account.pk):
        assert CannedResponse.objects.count() == 1


# --- definitions of attributes --------------------------------------------------------------------------------
PLAN = {
    "attribute_display_name": "Plan",
    "attribute_key": "plan",
    "attribute_model": "contact_attribute",
    "attribute_display_type": "list",
    "attribute_values": ["free", "paid"],
}


def test_a_definition_takes_names_and_numbers(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    body = bob.send("/custom_attribute_definitions", {"custom_attribute_definition": PLAN}).json()
    other = {**PLAN, "attribute_model": 0, "attribute_display_type": 1, "attribute_values": []}
    second = bob.send("/custom_attribute_definitions", other).json()

    with account_scope(cast.account.pk):
        row = CustomAttributeDefinition.objects.get(pk=body["id"])
    assert body == {
        **PLAN,
        "id": row.pk,
        "attribute_description": None,
        "regex_pattern": None,
        "regex_cue": None,
        "default_value": None,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }
    assert (second["attribute_model"], second["attribute_display_type"]) == (
        "conversation_attribute",
        "number",
    )
    path = "/custom_attribute_definitions"
    assert bob.read(path).json() == [body, second]
    for model in ("contact_attribute", "1"):
        assert bob.read(path, attribute_model=model).json() == [body]
    assert bob.read(path, attribute_model="2").status_code == 422
    kept = bob.send(f"{path}/{row.pk}", {"attribute_key": "x", "attribute_display_name": "P"}, "patch").json()
    assert (kept["attribute_key"], kept["attribute_display_name"]) == ("plan", "P")
    gone = bob.send(f"{path}/{row.pk}", method="delete")
    assert (gone.status_code, gone.content) == (204, b"")
    assert bob.read(f"{path}/{row.pk}").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"attribute_key": "email"},
        {"attribute_key": "status", "attribute_model": 0},
        {"attribute_key": ""},
        {"attribute_model": "deal"},
        {"attribute_model": 7},
        {"attribute_model": True},
        {"attribute_display_type": "emoji"},
        {"attribute_display_type": -1},
        {"attribute_values": "free"},
        {"attribute_values": [{}]},
        {"default_value": 2**40},
        {"attribute_key": "taken"},
    ],
)
def test_a_definition_is_not_made_of_nonsense(cast: Cast, api: Any, fields: dict[str, Any]) -> None:
    bob = api(cast.bob)
    bob.send("/custom_attribute_definitions", {**PLAN, "attribute_key": "taken"})
    assert bob.send("/custom_attribute_definitions", {**PLAN, **fields}).status_code == 422
    with account_scope(cast.account.pk):
        assert CustomAttributeDefinition.objects.count() == 1


# --- filters --------------------------------------------------------------------------------------------------
QUERY = {"payload": [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"]}]}


def test_a_filter_is_its_owners_alone(cast: Cast, api: Any) -> None:
    bob, alice = api(cast.bob), api(cast.alice)
    body = bob.send("/custom_filters", {"custom_filter": {"name": "Mine", "query": QUERY}}).json()
    contacts = bob.send("/custom_filters", {"name": "People", "filter_type": 1, "query": QUERY}).json()

    with account_scope(cast.account.pk):
        row = CustomFilter.objects.get(pk=body["id"])
    assert body == {
        "id": row.pk,
        "name": "Mine",
        "filter_type": "conversation",
        "query": QUERY,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }
    assert bob.read("/custom_filters").json() == [body]
    assert bob.read("/custom_filters", filter_type="contact").json() == [contacts]
    assert alice.read("/custom_filters").json() == []
    path = f"/custom_filters/{row.pk}"
    for answer in (
        alice.read(path),
        alice.send(path, {"name": "x"}, "patch"),
        alice.send(path, method="delete"),
    ):
        assert answer.status_code == 404
    assert bob.send(path, {"name": "Open"}, "patch").json()["name"] == "Open"
    gone = bob.send(path, method="delete")
    assert (gone.status_code, gone.content) == (204, b"")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "query": []},
        {"name": "x", "query": "a"},
        {"name": "", "query": {}},
        {"name": "x", "query": {}, "filter_type": "deal"},
        {"name": "x", "query": {"a": "b\x00"}},
        {"name": "x", "query": {"a": list(range(3000))}},
    ],
)
def test_a_filter_is_not_made_of_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    assert api(cast.bob).send("/custom_filters", body).status_code == 422
    with account_scope(cast.account.pk):
        assert not CustomFilter.objects.exists()


def test_a_member_has_so_many_filters_and_no_more(cast: Cast, api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "MOST_FILTERS", 1)
    bob = api(cast.bob)
    assert bob.send("/custom_filters", {"name": "a", "query": {}}).status_code == 200
    assert bob.send("/custom_filters", {"name": "b", "query": {}}).status_code == 422
    assert api(cast.alice).send("/custom_filters", {"name": "b", "query": {}}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/labels", "/canned_responses", "/custom_attribute_definitions", "/custom_filters"]
)
def test_a_list_takes_as_few_statements_for_many_rows_as_for_one(cast: Cast, api: Any, path: str) -> None:
    alice = api(cast.alice)

    def make(name: str) -> None:
        alice.send("/labels", {"title": name})
        alice.send("/canned_responses", {"short_code": name, "content": "x"})
        alice.send("/custom_attribute_definitions", {**PLAN, "attribute_key": name})
        alice.send("/custom_filters", {"name": name, "query": {}})

    make("first")
    few = factories.count_queries(lambda: alice.read(path))
    for number in range(5):
        make(f"more{number}")
    assert factories.count_queries(lambda: alice.read(path)) == few <= 6
