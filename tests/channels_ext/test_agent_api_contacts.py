"""Contacts for programs: entered, corrected, merged, removed; and what is refused without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import AuditEntry
from channels_ext.realtime import presence
from config.database import account_scope
from conversations.merging import deep_merged
from conversations.models import Contact, ContactInbox, ContactLabel, Conversation, Message, Note
from conversations.shapes import ts
from tests import factories
from tests.factories import Cast


def events(outbox: Any, name: str) -> list[dict[str, Any]]:
    return [payload for known, payload in outbox() if known == name]


def test_a_new_contact_with_a_session(cast: Cast, api: Any, outbox: Any) -> None:
    body = {
        "inbox_id": cast.api_inbox.pk,
        "name": "Ann",
        "email": "Ann@Home.Test",
        "phone_number": "+4915112345",
        "identifier": "a-1",
        "custom_attributes": {"plan": "gold"},
        "additional_attributes": {"city": "Rome"},
    }
    answer = api(cast.bob).send("/contacts", body)

    assert answer.status_code == 200
    payload = answer.json()["payload"]
    with account_scope(cast.account.pk):
        contact = Contact.objects.get(identifier="a-1")
        session = ContactInbox.objects.get(contact=contact)
    assert set(payload) == {"contact", "contact_inbox"}
    assert payload["contact"] == {
        "additional_attributes": {"city": "Rome"},
        "availability_status": "offline",
        "email": "ann@home.test",
        "id": contact.pk,
        "name": "Ann",
        "phone_number": "+4915112345",
        "blocked": False,
        "identifier": "a-1",
        "thumbnail": "",
        "custom_attributes": {"plan": "gold"},
        "created_at": ts(contact.created_at),
        "contact_inboxes": payload["contact"]["contact_inboxes"],
    }
    assert payload["contact_inbox"]["source_id"] == session.source_id
    assert payload["contact_inbox"]["inbox"]["id"] == cast.api_inbox.pk
    assert contact.contact_type == Contact.Type.LEAD
    assert [one["contact_id"] for one in events(outbox, "contact.created")][-1] == contact.pk


def test_a_contact_without_an_inbox_has_no_session(cast: Cast, api: Any) -> None:
    payload = api(cast.bob).send("/contacts", {"name": "Ann"}).json()["payload"]
    assert payload["contact_inbox"] == {"inbox": None, "source_id": None}
    assert payload["contact"]["contact_inboxes"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "TAKEN@home.test"), ("phone_number", "+491"), ("identifier", "taken")],
)
def test_what_somebody_else_has_is_refused_by_name(
    cast: Cast, api: Any, field: str, value: str, stored: Callable[[], Any]
) -> None:
    bob = api(cast.bob)
    session = factories.make_session(
        cast.inbox, "Tom", email="taken@home.test", phone_number="+491", identifier="taken"
    )
    other = factories.make_session(cast.inbox, "Una", email="una@home.test")
    before = stored()
    for answer in (
        bob.send("/contacts", {"name": "x", field: value}),
        bob.send(f"/contacts/{other.contact_id}", {field: value}, "patch"),
    ):
        assert answer.status_code == 422
        assert answer.json() == {
            "code": "taken",
            "message": f"{field} has already been taken",
            "error": f"{field} has already been taken",
            "attributes": [field],
        }
    assert stored() == before
    assert session.contact.email == "taken@home.test"


BAD: list[dict[str, Any]] = [
    {"email": "ann"},
    {"email": ["a@b.test"]},
    {"email": "a@b.test\x00"},
    {"phone_number": "0151"},
    {"phone_number": "+0151"},
    {"phone_number": "+4915112345; DROP TABLE x"},
    {"name": "x" * 256},
    {"name": {"a": 1}},
    {"identifier": "x" * 256},
    {"blocked": "maybe"},
    {"custom_attributes": [1]},
    {"custom_attributes": "x"},
    {"custom_attributes": {"a": "\x00"}},
    {"custom_attributes": {"a": "x" * 70_000}},
    {"additional_attributes": 7},
]


@pytest.mark.parametrize("body", BAD)
def test_what_is_no_contact_is_refused(cast: Cast, api: Any, body: Any, stored: Callable[[], Any]) -> None:
    bob = api(cast.bob)
    before = stored()
    for answer in (bob.send("/contacts", body), bob.send(f"/contacts/{cast.vera.contact_id}", body, "put")):
        assert answer.status_code == 422, answer.content
        assert set(answer.json()) == {"code", "message", "error", "attributes"}
    assert stored() == before


def test_an_update_merges_clears_and_tells_once(cast: Cast, api: Any, outbox: Any) -> None:
    walter = factories.make_session(
        cast.inbox, "Walter", email="w@home.test", custom_attributes={"a": {"x": 1}, "b": 2}
    )
    bob, path = api(cast.bob), f"/contacts/{walter.contact_id}"
    changed = bob.send(path, {"email": "", "custom_attributes": {"a": {"y": 2}, "b": None}}, "patch").json()
    assert changed["payload"]["email"] is None
    assert changed["payload"]["custom_attributes"] == {"a": {"x": 1, "y": 2}, "b": None}
    (event,) = events(outbox, "contact.updated")
    assert sorted(event["changes"]) == ["custom_attributes", "email"]
    bob.send(path, {"email": None}, "patch")
    assert len(events(outbox, "contact.updated")) == 1
    kept = bob.send(f"{path}/destroy_custom_attributes", {"custom_attributes": ["a"]}).json()["payload"]
    assert kept["custom_attributes"] == {"b": None}


def test_attributes_are_put_together_to_any_depth() -> None:
    base, more = {"a": {"b": {"c": 1}}, "d": 1, "e": {"f": 1}}, {"a": {"b": {"g": 2}}, "d": {"h": 3}, "e": 4}
    assert deep_merged(base, more) == {"a": {"b": {"c": 1, "g": 2}}, "d": {"h": 3}, "e": 4}
    assert base == {"a": {"b": {"c": 1}}, "d": 1, "e": {"f": 1}}


def test_labels_of_a_contact(cast: Cast, api: Any) -> None:
    bob, path = api(cast.bob), f"/contacts/{cast.vera.contact_id}/labels"
    assert bob.read(path).json() == {"payload": []}
    assert bob.send(path, {"labels": ["vip", "late"]}).json() == {"payload": ["vip", "late"]}
    assert bob.send(path, {"labels": ["late"]}).json() == {"payload": ["late"]}
    assert bob.read(path).json() == {"payload": ["late"]}
    with account_scope(cast.account.pk):
        assert list(ContactLabel.objects.values_list("title", flat=True)) == ["late"]


def test_notes_come_newest_first_wrapped_or_flat(cast: Cast, api: Any) -> None:
    bob, path = api(cast.bob), f"/contacts/{cast.vera.contact_id}/notes"
    first = bob.send(path, {"note": {"content": "A regular"}}).json()
    second = api(cast.alice).send(path, {"content": "Likes lamps"}).json()
    assert set(first) == {"id", "content", "account_id", "contact_id", "user", "created_at", "updated_at"}
    assert (first["content"], first["account_id"], first["contact_id"]) == ("A regular", None, None)
    assert first["user"]["id"] == cast.bob.user_id
    assert isinstance(first["created_at"], int)
    assert bob.read(path).json() == [second, first]
    changed = bob.send(f"{path}/{second['id']}", {"content": "Likes shades"}, "patch").json()
    assert (changed["content"], changed["user"]["name"]) == ("Likes shades", "Alice")
    assert bob.send(f"{path}/{first['id']}", None, "delete").content == b""
    assert [one["id"] for one in bob.read(path).json()] == [second["id"]]
    for content in ("", " \n", None, "x" * 20_001, ["x"]):
        assert bob.send(path, {"content": content}).status_code == 422
    with account_scope(cast.account.pk):
        assert Note.objects.count() == 1


def test_conversations_of_a_contact_are_those_the_asker_may_see(cast: Cast, api: Any) -> None:
    factories.hear(cast.vera, "Hello")
    hidden = factories.make_inbox(cast.account, "Hidden", "api")
    path = f"/contacts/{cast.vera.contact_id}/conversations"
    body = {"inbox_id": hidden.pk, "contact_id": cast.vera.contact_id}
    there = api(cast.alice).send("/conversations", body).json()
    seen = [one["id"] for one in api(cast.alice).read(path).json()["payload"]]
    assert seen == [there["id"], 1]
    assert [one["id"] for one in api(cast.bob).read(path).json()["payload"]] == [1]


def test_where_a_contact_can_be_reached(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    path = f"/contacts/{cast.vera.contact_id}"
    found = {one["inbox"]["id"]: one for one in bob.read(f"{path}/contactable_inboxes").json()["payload"]}
    assert set(found) == {cast.inbox.pk, cast.api_inbox.pk}
    assert found[cast.inbox.pk]["source_id"] == cast.vera.source_id
    assert len(found[cast.api_inbox.pk]["source_id"]) == 36

    made = bob.send(f"{path}/contact_inboxes", {"inbox_id": cast.api_inbox.pk, "source_id": "v-1"}).json()
    assert made == {"source_id": "v-1", "inbox": found[cast.api_inbox.pk]["inbox"]}
    asked = {"inbox_id": cast.api_inbox.pk, "source_id": "v-1"}
    assert bob.send("/contact_inboxes/filter", asked).json()["id"] == cast.vera.contact_id
    assert bob.send("/contact_inboxes/filter", {**asked, "source_id": "v-2"}).status_code == 404

    factories.hear(cast.vera, "Hello")
    left = [one["inbox"]["id"] for one in bob.read(f"{path}/contactable_inboxes").json()["payload"]]
    assert left == [cast.api_inbox.pk]


# --- merging and removing ---------------------------------------------------------------------------------------
def test_two_contacts_become_one(cast: Cast, api: Any, outbox: Any) -> None:
    base = factories.make_session(
        cast.inbox, "Walter", phone_number="+491", custom_attributes={"a": {"x": 1}, "plan": "gold"}
    )
    other = factories.make_session(
        cast.api_inbox, "Walt", email="walt@home.test", custom_attributes={"a": {"x": 2, "y": 3}, "plan": ""}
    )
    factories.hear(base, "From the site")
    factories.hear(other, "From the app")
    factories.make_note(other.contact, "Likes lamps")
    bob = api(cast.bob)
    bob.send(f"/contacts/{other.contact_id}/labels", {"labels": ["vip"]})

    body = {"base_contact_id": base.contact_id, "mergee_contact_id": other.contact_id}
    merged = bob.send("/actions/contact_merge", body).json()

    assert (merged["id"], merged["name"], merged["email"], merged["phone_number"]) == (
        base.contact_id,
        "Walter",
        "walt@home.test",
        "+491",
    )
    assert merged["custom_attributes"] == {"a": {"x": 1, "y": 3}, "plan": "gold"}
    assert "contact_inboxes" not in merged
    assert bob.read(f"/contacts/{other.contact_id}").status_code == 404
    assert bob.read(f"/contacts/{base.contact_id}/labels").json() == {"payload": ["vip"]}
    with account_scope(cast.account.pk):
        mine = {"contact_id": base.contact_id}
        assert Conversation.objects.filter(**mine).count() == 2
        assert Message.objects.filter(sender_contact_id=base.contact_id).count() == 2
        assert ContactInbox.objects.filter(**mine).count() == 2
        assert Note.objects.filter(**mine).count() == 1
        assert AuditEntry.objects.get().action == "contact.merged"
    (event,) = events(outbox, "contact.merged")
    assert (event["contact_id"], event["merged_id"]) == (base.contact_id, other.contact_id)
    # Their old session still reaches them.
    assert factories.hear(
        ContactInbox(pk=other.pk, account_id=cast.account.pk, contact=base.contact), "Still me?"
    )


def test_a_merge_with_nobody_changes_nothing(cast: Cast, api: Any, stored: Callable[[], Any]) -> None:
    walter = factories.make_session(cast.inbox, "Walter").contact_id
    foreign = factories.make_session(cast.other_inbox, "Wanda").contact_id
    bob = api(cast.bob)
    before = stored()
    for base, mergee, status in (
        (walter, walter, 422),
        (walter, foreign, 404),
        (foreign, walter, 404),
        (walter, 10**15, 404),
        (walter, -1, 422),
        ("x", walter, 422),
        (walter, None, 422),
    ):
        body = {"base_contact_id": base, "mergee_contact_id": mergee}
        assert bob.send("/actions/contact_merge", body).status_code == status, body
    assert stored() == before


def test_only_administrators_delete_contacts(cast: Cast, api: Any, stored: Callable[[], Any]) -> None:
    factories.hear(cast.vera, "Hello")
    path = f"/contacts/{cast.vera.contact_id}"
    bob, alice = api(cast.bob), api(cast.alice)
    before = stored()
    assert bob.send(path, None, "delete").status_code == 401
    assert stored() == before
    done = alice.send(path, None, "delete")
    assert (done.status_code, done.content) == (200, b"")
    assert alice.read(path).status_code == 404
    with account_scope(cast.account.pk):
        assert Message.objects.count() == Conversation.objects.count() == 0
        assert AuditEntry.objects.get().action == "contact.deleted"


def test_a_foreign_contact_is_as_missing_as_an_unknown_one(
    cast: Cast, api: Any, stored: Callable[[], Any]
) -> None:
    foreign = factories.make_session(cast.other_inbox, "Wanda").contact_id
    alice = api(cast.alice)
    before = stored()
    for path, method in (("", "get"), ("", "patch"), ("", "delete"), ("/notes", "get"), ("/labels", "get")):
        answers = [
            getattr(alice, method)(
                f"{alice.base}/contacts/{number}{path}", {}, content_type="application/json"
            )
            if method != "get"
            else alice.read(f"/contacts/{number}{path}")
            for number in (foreign, 987_654_321)
        ]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert stored() == before


def test_who_is_here_is_listed_even_without_a_name(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    assert bob.read("/contacts/active").json() == {"meta": {"count": 0, "current_page": 1}, "payload": []}
    foreign = factories.make_session(cast.other_inbox, "Wanda").contact_id
    presence.mark_all({}, {cast.account.pk: [cast.vera.contact_id, foreign]})
    body = bob.read("/contacts/active").json()
    assert body["meta"]["count"] == 1
    assert [(one["id"], one["availability_status"]) for one in body["payload"]] == [
        (cast.vera.contact_id, "online")
    ]
