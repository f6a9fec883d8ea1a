"""What programs do with conversations: answers, lines, events; and what is refused without a trace."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import AuditEntry
from config.database import account_scope
from config.events import StoredEvent
from conversations.handlers.transcripts import send_transcript
from conversations.models import (
    Contact,
    ContactInbox,
    Conversation,
    ConversationLabel,
    ConversationTally,
    Mention,
    Message,
    Participant,
)
from inboxes.models import Inbox
from tests import factories
from tests.factories import Cast


def row(cast: Cast, number: int) -> Conversation:
    with account_scope(cast.account.pk):
        return Conversation.objects.select_related("contact").get(display_id=number)


def lines(cast: Cast, number: int) -> list[str]:
    with account_scope(cast.account.pk):
        found = Message.objects.filter(conversation__display_id=number, message_type=2).order_by("pk")
        return [str(one) for one in found.values_list("content", flat=True)]


def changes(outbox: Any) -> list[dict[str, Any]]:
    return [payload["changes"] for name, payload in outbox() if name == "conversation.updated"]


# --- priority, labels, attributes ---------------------------------------------------------------------------
def test_priority_is_set_changed_and_cleared(cast: Cast, api: Any, number: int, outbox: Any) -> None:
    bob, path = api(cast.bob), f"/conversations/{number}/toggle_priority"
    for given in ("high", "high", "urgent", "", "low", None):
        answer = bob.send(path, {"priority": given})
        assert (answer.status_code, answer.content) == (200, b"")
    assert row(cast, number).priority is None
    assert changes(outbox) == [
        {"priority": [None, "high"]},
        {"priority": ["high", "urgent"]},
        {"priority": ["urgent", None]},
        {"priority": [None, "low"]},
        {"priority": ["low", None]},
    ]
    assert lines(cast, number)[:3] == [
        "Bob set the priority to high",
        "Bob changed the priority from high to urgent",
        "Bob removed the priority",
    ]


def test_a_patch_answers_the_conversation(cast: Cast, api: Any, number: int) -> None:
    bob = api(cast.bob)
    changed = bob.send(f"/conversations/{number}", {"priority": "urgent"}, "patch").json()
    assert changed == bob.read(f"/conversations/{number}").json()
    assert changed["priority"] == "urgent"
    assert bob.send(f"/conversations/{number}", {}, "put").json()["priority"] == "urgent"


def test_labels_are_found_and_counted(cast: Cast, api: Any, number: int, outbox: Any) -> None:
    bob, path = api(cast.bob), f"/conversations/{number}/labels"
    assert bob.send(path, {"labels": ["vip", " vip ", "", "late"]}).status_code == 422  # a blank one
    assert bob.send(path, {"labels": ["vip", " vip ", "late"]}).json() == {"payload": ["vip", "late"]}
    listed = bob.read("/conversations", **{"labels[]": "vip"}).json()["data"]
    assert [one["id"] for one in listed["payload"]] == [number]
    assert listed["meta"]["all_count"] == 1
    assert changes(outbox) == [{"labels": [[], ["vip", "late"]]}]
    assert bob.send(path, {"labels": []}).json() == {"payload": []}
    with account_scope(cast.account.pk):
        assert ConversationLabel.objects.count() == 0


def test_custom_attributes_are_replaced(cast: Cast, api: Any, number: int, outbox: Any) -> None:
    bob, path = api(cast.bob), f"/conversations/{number}/custom_attributes"
    assert bob.send(path, {"custom_attributes": {"a": 1}}).json() == {"custom_attributes": {"a": 1}}
    assert bob.send(path, {"custom_attributes": {"b": "x"}}).json() == {"custom_attributes": {"b": "x"}}
    assert row(cast, number).custom_attributes == {"b": "x"}
    assert changes(outbox)[-1] == {"custom_attributes": [{"a": 1}, {"b": "x"}]}


# --- muting, reading, following -----------------------------------------------------------------------------
def test_muting_blocks_the_contact_and_resolves(cast: Cast, api: Any, number: int) -> None:
    bob = api(cast.bob)
    assert bob.send(f"/conversations/{number}/mute").content == b""
    found = row(cast, number)
    assert (found.status, found.contact.blocked) == (1, True)
    assert bob.read(f"/conversations/{number}").json()["muted"] is True
    factories.hear(cast.vera, "Hello?")
    assert row(cast, number).status == 1  # a blocked contact reopens nothing

    bob.send(f"/conversations/{number}/unmute")
    found = row(cast, number)
    assert (found.status, found.contact.blocked) == (1, False)
    assert lines(cast, number) == ["Bob has muted the conversation", "Bob has unmuted the conversation"]


def test_unread_makes_the_last_incoming_message_new_again(cast: Cast, api: Any, number: int) -> None:
    bob = api(cast.bob)
    with account_scope(cast.account.pk):
        Message.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1))
    factories.hear(cast.vera, "Anybody?")
    assert bob.send(f"/conversations/{number}/update_last_seen").json()["unread_count"] == 0
    answer = bob.send(f"/conversations/{number}/unread").json()
    assert (answer["id"], answer["unread_count"]) == (number, 1)


def test_participants_are_set_exactly(cast: Cast, api: Any, number: int) -> None:
    bob, path = api(cast.bob), f"/conversations/{number}/participants"
    assert bob.read(path).json() == []
    added = bob.send(path, {"user_ids": [cast.bob.user_id]}).json()
    assert [one["id"] for one in added] == [cast.bob.user_id]
    assert added[0]["role"] == "agent"
    both = bob.send(path, {"user_ids": [cast.bob.user_id, cast.alice.user_id]}).json()
    assert [one["id"] for one in both] == [cast.bob.user_id, cast.alice.user_id]
    only = bob.send(path, {"user_ids": [cast.alice.user_id]}, "patch").json()
    assert [one["id"] for one in only] == [cast.alice.user_id]
    assert bob.send(path, {"user_ids": [cast.alice.user_id]}, "delete").status_code == 200
    assert bob.read(path).json() == []


def test_nobody_from_outside_the_inbox_takes_part(
    cast: Cast, api: Any, number: int, stored: Callable[[], Any]
) -> None:
    outsider = factories.make_member(cast.account, factories.make_user("Otto"))
    before = stored()
    for user_id in (outsider.user_id, cast.charlie.user_id, 0, -1):
        body = {"user_ids": [cast.bob.user_id, user_id]}
        assert api(cast.bob).send(f"/conversations/{number}/participants", body).status_code == 422
    assert stored() == before


def test_a_note_that_names_people_makes_them_participants(cast: Cast, api: Any, number: int) -> None:
    team = factories.make_team(cast.account, "returns", cast.bob)
    outsider = factories.make_member(cast.account, factories.make_user("Otto"))
    text = (
        f"[@Alice](mention://user/{cast.alice.user_id}/Alice) [@Otto](mention://user/{outsider.user_id}/Otto) "
        f"[@returns](mention://team/{team.pk}/returns)"
    )
    bob = api(cast.bob)
    bob.send(f"/conversations/{number}/messages", {"content": text})  # not private: only text
    assert bob.read(f"/conversations/{number}/participants").json() == []
    bob.send(f"/conversations/{number}/messages", {"content": text, "private": True})
    names = {one["name"] for one in bob.read(f"/conversations/{number}/participants").json()}
    assert names == {"Alice", "Bob"}
    for kind in ("mention", "participating"):
        found = bob.read("/conversations", conversation_type=kind).json()["data"]
        assert [one["id"] for one in found["payload"]] == [number]
        assert found["meta"]["all_count"] == 1
    with account_scope(cast.account.pk):
        assert Mention.objects.count() == Participant.objects.count() == 2


# --- files, drafts, transcript ------------------------------------------------------------------------------
def test_attachments_come_newest_first(cast: Cast, api: Any, number: int) -> None:
    for name in ("a.txt", "b.txt"):
        factories.say(cast.bob, number, name, files=(SimpleUploadedFile(name, b"the bill"),))
    body = api(cast.bob).read(f"/conversations/{number}/attachments").json()
    assert body["meta"] == {"total_count": 2}
    assert [one["data_url"].rsplit("/")[-1] for one in body["payload"]] == ["b.txt", "a.txt"]
    first = body["payload"][0]
    assert set(first) == {
        "message_id", "thumb_url", "data_url", "file_size", "file_type", "extension", "width", "height",
        "created_at", "sender",
    }  # fmt: skip
    assert (first["file_type"], first["file_size"], first["sender"]["id"]) == ("file", 8, cast.bob.user_id)


def test_a_draft_is_kept_for_its_writer(cast: Cast, api: Any, number: int) -> None:
    bob, path = api(cast.bob), f"/conversations/{number}/draft_messages"
    assert bob.read(path).json() == {"has_draft": False}
    assert bob.send(path, {"draft_message": {"message": "Dear Ve"}}, "patch").content == b""
    assert bob.read(path).json() == {"has_draft": True, "message": "Dear Ve"}
    assert api(cast.alice).read(path).json() == {"has_draft": False}
    bob.send(path, {"draft_message": {"message": ""}}, "patch")
    assert bob.read(path).json() == {"has_draft": False}
    bob.send(path, {"draft_message": {"message": "Again"}}, "put")
    assert bob.send(path, None, "delete").status_code == 200
    assert bob.read(path).json() == {"has_draft": False}


def test_a_transcript_is_mailed_without_what_the_contact_never_saw(
    cast: Cast, api: Any, number: int, outbox: Any
) -> None:
    factories.say(cast.bob, number, "On its way")
    factories.say(cast.bob, number, "She is angry", private=True)
    answer = api(cast.bob).send(f"/conversations/{number}/transcript", {"email": "vera@home.test"})
    assert (answer.status_code, answer.content) == (200, b"")

    ((_name, payload),) = [one for one in outbox() if one[0] == "transcript.requested"]
    event = StoredEvent(7, 7, cast.account.pk, "transcript.requested", 1, payload, timezone.now())
    with account_scope(cast.account.pk):
        send_transcript(event)

    (sent,) = mail.outbox
    assert sent.to == ["vera@home.test"]
    assert sent.body == "Vera:\nWhere is my parcel?\n\nBob:\nOn its way"
    assert sent.extra_headers["Message-ID"].startswith(f"<transcript.requested.{cast.account.pk}.7@")
    for email in ("", "vera", None, ["a@b.test"]):
        refused = api(cast.bob).send(f"/conversations/{number}/transcript", {"email": email})
        assert refused.status_code == 422


# --- opening and removing -----------------------------------------------------------------------------------
def test_a_new_conversation_needs_somebody_to_talk_to(
    cast: Cast, api: Any, stored: Callable[[], Any]
) -> None:
    factories.token_of(cast.bob.user)
    bob = api(cast.bob)
    hidden = factories.make_inbox(cast.account, "Hidden", "api")
    foreign = factories.make_session(cast.other_inbox, "Wanda")
    before = stored()
    vera = {"contact_id": cast.vera.contact_id}
    bodies: list[tuple[dict[str, Any], int]] = [
        ({}, 422),
        ({"inbox_id": cast.inbox.pk}, 422),
        (vera, 422),
        ({"source_id": "unknown"}, 404),
        ({"source_id": foreign.source_id}, 404),
        ({**vera, "inbox_id": hidden.pk}, 404),
        ({**vera, "inbox_id": cast.other_inbox.pk}, 404),
        ({"contact_id": foreign.contact_id, "inbox_id": cast.inbox.pk}, 404),
        ({"contact_id": -1, "inbox_id": cast.inbox.pk}, 404),
        ({"contact_id": "1; DROP TABLE x", "inbox_id": cast.inbox.pk}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "status": "closed"}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "priority": "none"}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "status": "snoozed", "snoozed_until": 1}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "custom_attributes": {"a": "x" * 1501}}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "custom_attributes": {"a": 10**10}}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "custom_attributes": [1]}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "message": {"content": "x" * 150_001}}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "message": {"content": " "}}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "message": {"content": "a", "message_type": "incoming"}}, 422),
        ({**vera, "inbox_id": cast.inbox.pk, "message": "hello"}, 422),
    ]
    for body, status in bodies:
        answer = bob.send("/conversations", body)
        assert (answer.status_code, "error" in answer.json()) == (status, True), (body, answer.content)
    assert stored() == before


def test_the_contacts_session_is_used_again_and_another_ones_source_is_refused(cast: Cast, api: Any) -> None:
    walter = factories.make_session(cast.api_inbox, "Walter")
    wanda = factories.make_session(cast.api_inbox, "Wanda")
    body = {"inbox_id": cast.api_inbox.pk, "contact_id": walter.contact_id}
    bob = api(cast.bob)
    assert bob.send("/conversations", body).json()["meta"]["sender"]["id"] == walter.contact_id
    assert bob.send("/conversations", {"source_id": walter.source_id}).status_code == 200
    taken = bob.send("/conversations", {**body, "source_id": wanda.source_id})
    assert (taken.status_code, taken.json()["error"]) == (422, "source_id should be unique")
    own = bob.send("/conversations", {**body, "source_id": "order-4711"})
    assert own.status_code == 200
    with account_scope(cast.account.pk):
        assert ContactInbox.objects.filter(contact=walter.contact).count() == 2
        assert Conversation.objects.filter(contact=walter.contact).count() == 3


def test_an_inbox_may_keep_one_conversation_per_contact(cast: Cast, api: Any) -> None:
    with account_scope(cast.account.pk):
        Inbox.objects.filter(pk=cast.api_inbox.pk).update(lock_to_single_conversation=True)
    walter = factories.make_session(cast.api_inbox, "Walter")
    body = {"inbox_id": cast.api_inbox.pk, "contact_id": walter.contact_id, "message": {"content": "Hi"}}
    bob = api(cast.bob)
    assert bob.send("/conversations", body).json()["id"] == bob.send("/conversations", body).json()["id"]
    with account_scope(cast.account.pk):
        assert Conversation.objects.count() == 1
        assert Message.objects.filter(message_type=1).count() == 2


def test_a_blocked_contacts_conversation_begins_resolved(cast: Cast, api: Any) -> None:
    with account_scope(cast.account.pk):
        Contact.objects.filter(pk=cast.vera.contact_id).update(blocked=True)
    body = {"inbox_id": cast.inbox.pk, "contact_id": cast.vera.contact_id, "status": "open"}
    assert api(cast.bob).send("/conversations", body).json()["status"] == "resolved"


def test_only_administrators_delete_and_nothing_of_it_stays(
    cast: Cast, api: Any, number: int, stored: Callable[[], Any], tmp_path: Any
) -> None:
    factories.say(cast.bob, number, "The bill", files=(SimpleUploadedFile("a.txt", b"the bill"),))
    factories.make_conversation(cast.inbox, "Wanda")
    bob, alice = api(cast.bob), api(cast.alice)
    before = stored()
    refused = bob.send(f"/conversations/{number}", None, "delete")
    assert (refused.status_code, set(refused.json())) == (401, {"error", "code", "message"})
    assert stored() == before

    done = alice.send(f"/conversations/{number}", None, "delete")

    assert (done.status_code, done.content) == (200, b"")
    assert alice.read(f"/conversations/{number}").status_code == 404
    assert alice.read("/conversations/meta").json()["meta"]["all_count"] == 1
    with account_scope(cast.account.pk):
        assert Message.objects.filter(conversation__display_id=number).count() == 0
        assert sum(ConversationTally.objects.values_list("delta", flat=True)) == 1
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.changes) == ("conversation.deleted", {"display_id": [number, None]})


# --- bad input ----------------------------------------------------------------------------------------------
DEEP: Any = "x"
for _level in range(70):
    DEEP = {"a": DEEP}

BAD: list[tuple[str, str, Any]] = [
    ("toggle_priority", "post", {}),
    ("toggle_priority", "post", {"priority": "none"}),
    ("toggle_priority", "post", {"priority": 1}),
    ("toggle_priority", "post", {"priority": ["low"]}),
    ("labels", "post", {}),
    ("labels", "post", {"labels": "vip"}),
    ("labels", "post", {"labels": [["vip"]]}),
    ("labels", "post", {"labels": [{"a": 1}]}),
    ("labels", "post", {"labels": ["x" * 256]}),
    ("labels", "post", {"labels": ["a\x00b"]}),
    ("labels", "post", {"labels": [str(n) for n in range(101)]}),
    ("custom_attributes", "post", {}),
    ("custom_attributes", "post", {"custom_attributes": "x"}),
    ("custom_attributes", "post", {"custom_attributes": {"a": "x" * 1501}}),
    ("custom_attributes", "post", {"custom_attributes": {"a": 10**12}}),
    ("custom_attributes", "post", {"custom_attributes": {"\x00": 1}}),
    ("participants", "post", {"user_ids": "1"}),
    ("participants", "post", {"user_ids": [10**30]}),
    ("participants", "patch", {"user_ids": ["'; DROP TABLE x"]}),
    ("draft_messages", "patch", {"draft_message": "x"}),
    ("draft_messages", "patch", {"draft_message": {"message": ["x"]}}),
    ("draft_messages", "patch", {"draft_message": {"message": "x" * 150_001}}),
    ("transcript", "post", {"email": "a@b.test\nBcc: c@d.test"}),
    ("toggle_typing_status", "post", {"typing_status": "maybe"}),
    ("", "patch", {"priority": "x"}),
]


@pytest.mark.parametrize(("path", "method", "body"), BAD)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    cast: Cast, api: Any, number: int, stored: Callable[[], Any], path: str, method: str, body: Any
) -> None:
    bob = api(cast.bob)
    before = stored()
    answer = bob.send(f"/conversations/{number}/{path}".rstrip("/"), body, method)
    assert answer.status_code == 422, answer.content
    assert set(answer.json()) >= {"code", "error", "message", "attributes"}
    assert stored() == before


@pytest.mark.parametrize("path", ["custom_attributes", "labels", "messages", "participants"])
def test_bodies_that_are_too_deep_or_no_objects(
    cast: Cast, api: Any, number: int, stored: Callable[[], Any], path: str
) -> None:
    bob = api(cast.bob)
    before = stored()
    for body, status in ((DEEP, 400), ([1], 422), ("text", 422), (7, 422)):
        answer = bob.post(f"{bob.base}/conversations/{number}/{path}", body, content_type="application/json")
        assert answer.status_code in {status, 400}, answer.content
    assert stored() == before


def test_a_first_message_with_a_file_comes_as_a_form(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    body = {
        "inbox_id": cast.inbox.pk,
        "contact_id": cast.vera.contact_id,
        "message": '{"content": "The bill"}',
        "attachments[]": SimpleUploadedFile("bill.txt", b"the bill"),
    }
    made = bob.post(f"{bob.base}/conversations", body)
    assert made.status_code == 200, made.content
    (message,) = made.json()["messages"]
    assert (message["content"], message["attachments"][0]["file_size"]) == ("The bill", 8)
    assert bob.post(f"{bob.base}/conversations", {**body, "message": "{"}).status_code == 422
