"""What agents do from the pane, as the server sees it: by script, and by plain forms without it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.models.membership import Availability
from config.database import account_scope
from conversations.models import (
    CannedResponse,
    Conversation,
    CustomAttributeDefinition,
    Draft,
    Label,
    Message,
    Note,
)
from tests import factories
from tests.factories import Cast

HX = {"HX-Request": "true"}
_CONTROL = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SELECT set_config)")


def base(cast: Cast) -> str:
    return f"/app/accounts/{cast.account.pk}"


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return factories.make_conversation(cast.inbox, "Ana Lima")


def now(cast: Cast, talk: Conversation) -> Conversation:
    with account_scope(cast.account.pk):
        found = Conversation.objects.for_account(cast.account).select_related("team", "assignee", "contact")
        return found.get(pk=talk.pk)


def define(cast: Cast, key: str, of: str = "contact", kind: str = "text", **more: Any) -> None:
    with account_scope(cast.account.pk):
        CustomAttributeDefinition.objects.create(
            account=cast.account,
            attribute_key=key,
            attribute_display_name=key.title(),
            attribute_model=CustomAttributeDefinition.Model[of.upper()],
            attribute_display_type=CustomAttributeDefinition.DisplayType[kind.upper()],
            **more,
        )


def test_everything_that_is_set_in_the_head_is_set_by_plain_forms(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    team = factories.make_team(cast.account, "returns", cast.bob)
    with account_scope(cast.account.pk):
        Label.objects.create(account=cast.account, title="vip")
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}"
    forms: list[tuple[str, dict[str, Any]]] = [
        ("assignee", {"assignee": cast.bob.user_id}),
        ("team", {"team": team.pk}),
        ("priority", {"priority": "urgent"}),
        ("labels", {"labels": ["vip"]}),
        ("muted", {"muted": "1"}),
    ]
    for what, body in forms:
        page = bob.get(f"{path}/{what}?tab=all")
        assert page.status_code == 200 and 'method="post"' in page.content.decode()
        assert bob.post(f"{path}/{what}?tab=all", body)["Location"] == f"{path}?tab=all"
    done = now(cast, talk)
    assert (done.assignee_id, done.team_id, done.priority) == (cast.bob.pk, team.pk, 3)
    assert (done.labels, done.contact.blocked, done.status) == (["vip"], True, Conversation.Status.RESOLVED)
    assert bob.post(f"{path}/labels", {"had": ["vip"]}).status_code == 302
    assert now(cast, talk).labels == []


def test_script_gets_the_head_with_what_is_true_now(cast: Cast, signed_in: Any, talk: Conversation) -> None:
    path = f"{base(cast)}/conversations/{talk.display_id}/priority"
    answer = signed_in(cast.bob).post(path, {"priority": "high"}, headers=HX)
    assert answer.status_code == 200
    assert 'id="conversation-head"' in answer.content.decode()
    assert 'data-priority="high"' in answer.content.decode()


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("team", {"team": "x"}),
        ("priority", {"priority": "odd"}),
        ("status", {"until": "someday"}),
        ("status", {"until": "2001-01-01T09:00"}),
        ("labels", {"add": "n" * 300}),
        ("field", {"name": "contact.email", "value": "not an address"}),
        ("field", {"name": "contact.phone_number", "value": "0171"}),
        ("notes", {"content": "  "}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(
    cast: Cast, signed_in: Any, talk: Conversation, what: str, body: dict[str, str]
) -> None:
    before = now(cast, talk)
    answer = signed_in(cast.bob).post(
        f"{base(cast)}/conversations/{talk.display_id}/{what}", body, headers=HX
    )
    assert answer.status_code == 422
    assert answer.json()["message"]
    after = now(cast, talk)
    for field in ("team_id", "priority", "status", "labels", "updated_at"):
        assert getattr(after, field) == getattr(before, field)
    assert (after.contact.email, after.contact.phone_number) == (None, None)
    with account_scope(cast.account.pk):
        assert not Note.objects.for_account(cast.account).exists()


def test_a_new_label_is_made_by_an_administrator_and_refused_to_an_agent(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    path = f"{base(cast)}/conversations/{talk.display_id}/labels"
    refused = signed_in(cast.bob).post(path, {"add": "brand-new"}, headers=HX)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    with account_scope(cast.account.pk):
        assert not Label.objects.for_account(cast.account).exists()
    assert now(cast, talk).labels == []
    assert signed_in(cast.alice).post(path, {"add": "brand-new"}, headers=HX).status_code == 200
    assert now(cast, talk).labels == ["brand-new"]


def test_two_agents_who_add_a_label_each_lose_none(cast: Cast, signed_in: Any, talk: Conversation) -> None:
    with account_scope(cast.account.pk):
        for title in ("one", "two"):
            Label.objects.create(account=cast.account, title=title)
    path = f"{base(cast)}/conversations/{talk.display_id}/labels"
    signed_in(cast.alice).post(path, {"add": "one"}, headers=HX)
    signed_in(cast.bob).post(path, {"add": "two"}, headers=HX)
    assert now(cast, talk).labels == ["one", "two"]


def test_a_field_is_stored_as_typed_and_a_blank_clears_it(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}/field"

    def put(name: str, value: str) -> Any:
        return bob.post(path, {"name": name, "value": value}, headers=HX)

    assert put("contact.email", "Ana@Example.org").json() == {"value": "ana@example.org"}
    assert put("contact.phone_number", "+4930123456").json() == {"value": "+4930123456"}
    assert now(cast, talk).contact.email == "ana@example.org"
    assert put("contact.email", "").json() == {"value": ""}
    assert now(cast, talk).contact.email is None
    assert bob.post(path, {"name": "contact.name", "value": "Ana L."})["Location"].endswith("?panel=details")
    assert now(cast, talk).contact.name == "Ana L."


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("text", " blue ", "blue"),
        ("number", "4,5", 4.5),
        ("number", "7", 7),
        ("link", "https://a.example/x", "https://a.example/x"),
        ("date", "2026-03-04", "2026-03-04"),
        ("list", "gold", "gold"),
        ("checkbox", "true", True),
    ],
)
def test_an_attribute_is_kept_as_its_definition_says(
    cast: Cast, signed_in: Any, talk: Conversation, kind: str, typed: str, stored: Any
) -> None:
    for owner in ("contact", "conversation"):
        define(cast, "thing", owner, kind, attribute_values=["gold", "silver"])
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}/field"
    for owner in ("contact", "conversation"):
        answer = bob.post(path, {"name": f"{owner}.custom.thing", "value": typed}, headers=HX)
        assert answer.status_code == 200
    done = now(cast, talk)
    assert done.contact.custom_attributes == done.custom_attributes == {"thing": stored}


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", "many"),
        ("number", "nan"),
        ("link", "javascript:alert(1)"),
        ("date", "soon"),
        ("list", "tin"),
    ],
)
def test_an_attribute_of_another_kind_is_refused(
    cast: Cast, signed_in: Any, talk: Conversation, kind: str, typed: str
) -> None:
    define(cast, "thing", "contact", kind, attribute_values=["gold"])
    body = {"name": "contact.custom.thing", "value": typed}
    path = f"{base(cast)}/conversations/{talk.display_id}/field"
    assert signed_in(cast.bob).post(path, body, headers=HX).status_code == 422
    assert now(cast, talk).contact.custom_attributes == {}


@pytest.mark.parametrize(
    "name", ["contact.blocked", "contact.custom.unknown", "conversation.status", "", "x.y.z"]
)
def test_a_field_that_nobody_offered_is_missing(
    cast: Cast, signed_in: Any, talk: Conversation, name: str
) -> None:
    path = f"{base(cast)}/conversations/{talk.display_id}/field"
    assert signed_in(cast.bob).post(path, {"name": name, "value": "1"}, headers=HX).status_code == 404
    assert not now(cast, talk).contact.blocked


def test_notes_are_added_by_anybody_and_deleted_by_their_author(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    path = f"{base(cast)}/conversations/{talk.display_id}/notes"
    shown = signed_in(cast.alice).post(path, {"content": "Likes <b>oak</b>"}, headers=HX).content.decode()
    assert "Likes &lt;b&gt;oak&lt;/b&gt;" in shown
    with account_scope(cast.account.pk):
        note = Note.objects.for_account(cast.account).get()
    assert signed_in(cast.bob).post(f"{path}/{note.pk}/delete", headers=HX).status_code == 403
    with account_scope(cast.account.pk):
        assert Note.objects.for_account(cast.account).count() == 1
    assert signed_in(cast.alice).post(f"{path}/{note.pk}/delete", headers=HX).status_code == 200
    with account_scope(cast.account.pk):
        assert not Note.objects.for_account(cast.account).exists()


def test_the_newest_draft_wins_and_is_the_writer_s_alone(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    page = f"{base(cast)}/conversations/{talk.display_id}"
    bob = signed_in(cast.bob)

    def keep(content: str, version: int, mode: str = "reply") -> Any:
        body = {"mode": mode, "content": content, "version": version}
        return bob.post(f"{page}/draft", body, headers=HX)

    assert keep("half", 10).json() == {"newest": True}
    assert keep("older", 9).json() == {"newest": False}
    assert keep("remember the oak", 11, "note").json() == {"newest": True}
    assert "&quot;half&quot;" in bob.get(page).content.decode()
    assert bob.get(f"{base(cast)}/badges").json()["drafts"] == [talk.display_id]
    assert keep("", 12).json() == {"newest": True}
    assert keep("half", 10).json() == {"newest": False}, "a late copy does not bring back what was sent"
    assert keep("x", 1, "odd").status_code == 422
    alice = signed_in(cast.alice)
    assert "remember the oak" not in alice.get(page).content.decode()
    with account_scope(cast.account.pk):
        assert Draft.objects.for_account(cast.account).count() == 2


def test_a_message_is_taken_back_for_everybody(
    cast: Cast, signed_in: Any, talk: Conversation, outbox: Any
) -> None:
    said = factories.say(cast.bob, talk.display_id, "wrong window")
    bob, page = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}"
    answer = bob.post(f"{page}/messages/{said['id']}/delete", headers=HX)
    assert answer.status_code == 200 and "wrong window" not in answer.content.decode()
    assert "wrong window" not in bob.get(page).content.decode()
    assert outbox()[-1][0] == "message.updated"
    written = len(outbox())
    assert bob.post(f"{page}/messages/{said['id']}/retry", headers=HX).status_code == 200
    assert len(outbox()) == written, "what has not failed may be on its way: it is left alone"
    assert bob.post(f"{page}/messages/987654/delete", headers=HX).status_code == 404


def test_a_failed_message_says_why_and_goes_again(
    cast: Cast, signed_in: Any, talk: Conversation, outbox: Any
) -> None:
    said = factories.say(cast.bob, talk.display_id, "to a closed mailbox")
    with account_scope(cast.account.pk):
        Message.objects.for_account(cast.account).filter(pk=said["id"]).update(
            status=Message.Status.FAILED, content_attributes={"external_error": "mailbox full"}
        )
    bob, page = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}"
    shown = bob.get(page).content.decode()
    assert "mailbox full" in shown and "data-retry" in shown
    again = bob.post(f"{page}/messages/{said['id']}/retry", headers=HX).content.decode()
    assert "mailbox full" not in again and 'data-status="sent"' in again
    name, payload = outbox()[-1]
    assert (name, payload["changes"]["status"], payload["resend"]) == (
        "message.updated",
        ["failed", "sent"],
        True,
    )


def test_send_and_resolve_is_one_step_and_neither_happens_without_the_other(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}/messages"
    refused = bob.post(path, {"content": " ", "kind": "reply", "then": "resolve"}, headers=HX)
    assert (refused.status_code, now(cast, talk).status) == (422, Conversation.Status.OPEN)
    bob.post(path, {"content": "Done.", "kind": "reply", "then": "resolve"}, headers=HX)
    assert now(cast, talk).status == Conversation.Status.RESOLVED


def test_choices_and_canned_responses_are_sent_once(cast: Cast, signed_in: Any) -> None:
    with account_scope(cast.account.pk):
        CannedResponse.objects.create(account=cast.account, short_code="hi", content="Hello {{contact.name}}")
    bob = signed_in(cast.bob)
    for name in ("choices", "canned"):
        first = bob.get(f"{base(cast)}/{name}")
        again = bob.get(f"{base(cast)}/{name}", headers={"If-None-Match": first["ETag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert first["Cache-Control"] == "private, no-cache"
    assert json.loads(bob.get(f"{base(cast)}/canned").content) == [
        {"short_code": "hi", "content": "Hello {{contact.name}}"}
    ]
    people = [one["name"] for one in bob.get(f"{base(cast)}/choices").json()["people"]]
    assert people == ["Alice", "Bob"]


def test_numbers_of_folders_are_of_what_the_agent_may_see(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    hidden = factories.make_inbox(cast.account, "Board")
    factories.make_conversation(hidden)
    with account_scope(cast.account.pk):
        Label.objects.create(account=cast.account, title="vip")
    alice, path = signed_in(cast.alice), f"{base(cast)}/conversations/{talk.display_id}"
    alice.post(f"{path}/labels", {"add": "vip"}, headers=HX)
    alice.post(f"{path}/assignee", {"assignee": cast.bob.user_id}, headers=HX)
    seen = alice.get(f"{base(cast)}/badges").json()
    own = {"mentions:": 0, "participating:": 0, "unattended:": 2}
    assert seen["folders"] == {f"inbox:{cast.inbox.pk}": 1, f"inbox:{hidden.pk}": 1, "label:vip": 1, **own}
    bob = signed_in(cast.bob)
    seen = bob.get(f"{base(cast)}/badges").json()
    own["unattended:"] = 1
    assert seen["folders"] == {f"inbox:{cast.inbox.pk}": 1, "label:vip": 1, **own}
    assert (seen["unread"], seen["accounts"]) == (1, [cast.account.pk])
    bob.post(f"{path}/seen")
    assert bob.get(f"{base(cast)}/badges").json()["unread"] == 0


def test_an_agent_switches_their_own_availability(cast: Cast, signed_in: Any) -> None:
    def availability() -> int:
        with account_scope(cast.account.pk):
            return Membership.objects.get(pk=cast.bob.pk).availability

    bob = signed_in(cast.bob)
    assert bob.post(f"{base(cast)}/availability", {"availability": "2"}, headers=HX).status_code == 204
    assert availability() == Availability.BUSY
    assert bob.post(f"{base(cast)}/availability", {"availability": "9"}, headers=HX).status_code == 422
    assert availability() == Availability.BUSY


def test_a_link_to_an_old_message_shows_it_and_everything_since(cast: Cast, signed_in: Any) -> None:
    ids = [factories.hear(cast.vera, f"line {number}")["id"] for number in range(60)]
    display_id = factories.hear(cast.vera, "last")["conversation_id"]
    text = (
        signed_in(cast.bob)
        .get(f"{base(cast)}/conversations/{display_id}?messageId={ids[20]}")
        .content.decode()
    )
    shown = [int(one) for one in re.findall(r'id="message-(\d+)"', text)]
    assert shown[0] == ids[10]
    assert len(shown) == 51


def test_the_pane_asks_as_much_for_many_notes_fields_and_talks_as_for_one(
    cast: Cast, signed_in: Any, talk: Conversation
) -> None:
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{talk.display_id}"

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert bob.get(path, headers={**HX, "HX-Target": "main#pane"}).status_code == 200
        return len([query for query in seen if not _CONTROL.match(query["sql"])])

    define(cast, "first")
    bob.post(f"{path}/notes", {"content": "one"}, headers=HX)
    asked()
    one = asked()
    for number in range(8):
        define(cast, f"more{number}")
        bob.post(f"{path}/notes", {"content": f"note {number}"}, headers=HX)
    assert asked() == one <= 10


def test_only_unread_shows_only_unread(cast: Cast, signed_in: Any, talk: Conversation) -> None:
    read = factories.make_conversation(cast.inbox, "Ben")
    bob = signed_in(cast.bob)
    bob.post(f"{base(cast)}/conversations/{read.display_id}/seen")
    for order in ("latest", "waiting", "priority", "patient", "first"):
        text = bob.get(f"{base(cast)}/dashboard?tab=all&unread=1&order={order}").content.decode()
        assert re.findall(r'id="row-(\d+)"', text) == [str(talk.display_id)]
