"""Messages for programs: every form, what is refused, and what happens to one after it was written."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import AgentBot
from channels_ext import delivery
from channels_ext.models import ApiChannel, Delivery
from config import sending
from config.database import account_scope
from conversations.actions.message_changes import fail_message
from conversations.models import Attachment, Message
from tests import factories
from tests.channels_ext.outgoing import plan_all
from tests.factories import Cast

CARD = {"title": "Order", "actions": [{"type": "link", "text": "Track", "uri": "https://shop.test"}]}


def card(**fields: Any) -> dict[str, Any]:
    return {"content_type": "cards", "content_attributes": {"items": [{**CARD, **fields}]}}


def action(**fields: Any) -> dict[str, Any]:
    return card(actions=[{"type": "link", "text": "Track", "uri": "https://shop.test", **fields}])


@pytest.fixture
def talk(cast: Cast, walter: Any) -> int:
    """Of walter's conversation in the API inbox."""
    return int(factories.hear(walter, "Where is my parcel?")["conversation_id"])


REFUSED: list[dict[str, Any]] = [
    {"content_type": "cards"},
    {"content_type": "cards", "content_attributes": {"items": []}},
    {"content_type": "cards", "content_attributes": {"items": [{}]}},
    {"content_type": "cards", "content_attributes": {"items": "x"}},
    {"content_type": "cards", "content_attributes": {"items": [["x"]]}},
    {"content_type": "cards", "content_attributes": {"items": [CARD] * 101}},
    card(actions=[]),
    card(onclick="alert(1)"),
    card(media_url="javascript:alert(1)"),
    action(type="script"),
    action(uri="javascript:alert(1)"),
    action(uri="data:text/html,x"),
    action(uri=" https://shop.test"),
    action(uri=""),
    card(actions=[{"type": "postback", "text": "Cancel"}]),
    {"content_type": "input_select", "content_attributes": {"items": [{"title": "a"}]}},
    {"content_type": "input_select", "content_attributes": {"items": [{"title": 1, "value": "a"}]}},
    {"content_type": "form", "content_attributes": {"items": [{"name": "a", "type": "password"}]}},
    {"content_type": "article", "content_attributes": {"items": [{"title": "a", "link": "vbscript:x"}]}},
    {"content_type": "input_csat", "content_attributes": {"display_type": "stars"}},
    {"content": "a", "template_params": {"category": "x"}},
    {"content": "a", "template_params": {"name": "x", "evil": 1}},
    {"content": "a", "template_params": "x"},
    {"content": "a", "sender_type": "AgentBot", "sender_id": 999_999},
    {"content": "a", "sender_type": "AgentBot", "sender_id": -1},
    {"content": "a", "campaign_id": "x"},
    {"content": "a", "message_type": "incoming", "private": True},
    {"content": "a", "email_html_content": ["<p>"]},
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_no_such_message_is_refused(
    cast: Cast, api: Any, talk: int, number: int, stored: Callable[[], Any]
) -> None:
    bob = api(cast.bob)
    before = stored()
    answer = bob.send(f"/conversations/{talk}/messages", REFUSED[number])
    assert answer.status_code == 422, answer.content
    assert isinstance(answer.json()["error"], str)
    assert len(answer.content) < 1000
    assert stored() == before


def test_the_refusal_says_where(cast: Cast, api: Any, talk: int) -> None:
    said = api(cast.bob).send(f"/conversations/{talk}/messages", action(uri="javascript:x")).json()
    assert said["error"] == (
        "content_attributes.items[0].actions[0].uri: "
        "must be an address that begins with https://, http://, mailto: or tel:"
    )


def test_a_member_writes_in_the_name_of_a_bot(cast: Cast, api: Any, talk: int) -> None:
    with account_scope(cast.account.pk):
        bot = AgentBot.objects.create(account=cast.account, name="Robby")
    body = {"content": "Beep", "sender_type": "AgentBot", "sender_id": bot.pk}
    sent = api(cast.bob).send(f"/conversations/{talk}/messages", body).json()
    assert sent["sender"] == {"id": bot.pk, "name": "Robby", "avatar_url": "", "type": "agent_bot"}
    shown = api(cast.bob).read(f"/conversations/{talk}").json()
    assert (shown["first_reply_created_at"], shown["waiting_since"]) == (0, 0)


def test_templates_times_and_replies_are_kept(cast: Cast, api: Any, talk: int) -> None:
    bob = api(cast.bob)
    question = bob.read(f"/conversations/{talk}/messages").json()["payload"][0]
    params = {"name": "shipped", "language": "en", "processed_params": {"1": "4711"}}
    sent = bob.send(
        f"/conversations/{talk}/messages",
        {
            "content": "Shipped",
            "template_params": params,
            "external_created_at": "1700000000",
            "content_attributes": {"in_reply_to": question["id"]},
        },
    ).json()
    assert sent["content_attributes"] == {
        "in_reply_to": question["id"],
        "in_reply_to_external_id": None,
        "external_created_at": "1700000000",
    }
    shown = bob.read(f"/conversations/{talk}").json()["messages"][0]
    assert shown["additional_attributes"] == {"template_params": params}
    unknown = {"content": "?", "content_attributes": {"in_reply_to": "987654321"}}
    lost = bob.send(f"/conversations/{talk}/messages", unknown).json()["content_attributes"]
    assert lost == {"in_reply_to": None, "in_reply_to_external_id": None}


def test_html_of_agents_passes_an_allow_list(cast: Cast, api: Any, talk: int) -> None:
    html = '<p onclick="x()">Hi <b>you</b><script>alert(1)</script><img src="javascript:x" alt="a"></p>'
    html += "<style>*{}</style>"
    clean = '<p>Hi <b>you</b><img alt="a"></p>'
    bob = api(cast.bob)
    sent = bob.send(f"/conversations/{talk}/messages", {"content": "Hi", "email_html_content": html}).json()
    assert sent["content_attributes"]["email"] == {
        "html_content": {"full": clean, "reply": clean},
        "text_content": {"full": "Hi", "reply": "Hi"},
    }
    direct = {"content": "Hi", "content_attributes": {"email": {"html_content": {"full": html, "reply": 1}}}}
    sent = bob.send(f"/conversations/{talk}/messages", direct).json()
    assert sent["content_attributes"]["email"]["html_content"] == {"full": clean, "reply": 1}


# --- afterwards ---------------------------------------------------------------------------------------------
def test_a_program_reports_what_became_of_a_message(cast: Cast, api: Any, talk: int, outbox: Any) -> None:
    bob = api(cast.bob)
    sent = factories.say(cast.bob, talk, "On its way")
    path = f"/conversations/{talk}/messages/{sent['id']}"
    assert bob.send(path, {"status": "delivered"}, "patch").json()["status"] == "delivered"
    assert bob.send(path, {"status": "read"}, "patch").json()["status"] == "read"
    assert bob.send(path, {"status": "delivered"}, "patch").json()["status"] == "read"
    assert bob.send(path, {"status": "vanished"}, "patch").json()["status"] == "read"
    failed = bob.send(path, {"status": "failed", "external_error": "no such number"}, "put").json()
    assert (failed["status"], failed["content_attributes"]) == (
        "failed",
        {"external_error": "no such number"},
    )
    told = [payload["changes"] for name, payload in outbox() if name == "message.updated"]
    assert [one["status"] for one in told] == [
        ["sent", "delivered"],
        ["delivered", "read"],
        ["read", "failed"],
    ]


def test_elsewhere_the_channel_itself_knows(
    cast: Cast, api: Any, number: int, stored: Callable[[], Any]
) -> None:
    sent = factories.say(cast.bob, number, "On its way")
    bob = api(cast.bob)
    before = stored()
    answer = bob.send(f"/conversations/{number}/messages/{sent['id']}", {"status": "read"}, "patch")
    assert (answer.status_code, "error" in answer.json()) == (403, True)
    assert stored() == before


def test_a_deleted_message_keeps_its_place_and_nothing_else(cast: Cast, api: Any, number: int) -> None:
    file = SimpleUploadedFile("bill.txt", b"the bill")
    sent = factories.say(
        cast.bob, number, "Your password is 1234", files=(file,), content_attributes={"secret": 1}
    )
    bob = api(cast.bob)
    gone = bob.send(f"/conversations/{number}/messages/{sent['id']}", None, "delete").json()
    assert (gone["id"], gone["content"], gone["content_type"], gone["content_attributes"]) == (
        sent["id"],
        "This message was deleted",
        "text",
        {"deleted": True},
    )
    assert "attachments" not in gone
    assert bob.read(f"/conversations/{number}/messages").json()["payload"][-1] == gone
    with account_scope(cast.account.pk):
        assert Attachment.objects.count() == 0


def test_activity_and_other_talks_messages_cannot_be_touched(
    cast: Cast, api: Any, number: int, talk: int, stored: Callable[[], Any]
) -> None:
    bob = api(cast.bob)
    bob.send(f"/conversations/{number}/toggle_status", {"status": "resolved"})
    line = bob.read(f"/conversations/{number}/messages").json()["payload"][-1]
    other = bob.read(f"/conversations/{talk}/messages").json()["payload"][0]
    before = stored()
    for message_id in (line["id"], other["id"], 987_654_321):
        path = f"/conversations/{number}/messages/{message_id}"
        assert bob.send(path, None, "delete").status_code == 404
        assert bob.send(path, {}, "patch").status_code == 404
        assert bob.send(f"{path}/retry").status_code == 404
    assert stored() == before


@pytest.fixture
def webhook(cast: Cast) -> ApiChannel:
    """An address that nobody answers at."""
    with account_scope(cast.account.pk):
        ApiChannel.objects.update(webhook_url="http://127.0.0.1:1/hook")
        return ApiChannel.objects.get()


def test_after_the_last_try_the_message_has_failed_and_a_retry_sends_it_again(
    cast: Cast, api: Any, talk: int, webhook: ApiChannel, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS_ALLOWED = True
    sent = factories.say(cast.bob, talk, "On its way")
    plan_all(cast)
    with account_scope(cast.account.pk):
        Delivery.objects.exclude(message_id=sent["id"]).delete()
        Delivery.objects.update(
            attempts=sending.MOST_TRIES - 1, due_at=timezone.now() - datetime.timedelta(1)
        )
        conversation_id = Delivery.objects.get().conversation_id
    delivery.deliver_conversation(account_id=cast.account.pk, conversation_id=conversation_id)

    bob = api(cast.bob)
    failed = bob.read(f"/conversations/{talk}/messages").json()["payload"][-1]
    assert (failed["id"], failed["status"]) == (sent["id"], "failed")
    assert failed["content_attributes"]["external_error"] != ""

    retried = bob.send(f"/conversations/{talk}/messages/{sent['id']}/retry").json()
    assert (retried["status"], retried["content_attributes"]) == ("sent", {})
    plan_all(cast)
    with account_scope(cast.account.pk):
        found = (
            Delivery.objects.filter(message_id=sent["id"], state="queued")
            .order_by("pk")
            .values_list("event_name", flat=True)
        )
        assert list(found) == ["message_updated", "message_created"]
        assert Delivery.objects.values("key").distinct().count() == Delivery.objects.count()
    # Not failed: nothing to send again.
    again = bob.send(f"/conversations/{talk}/messages/{sent['id']}/retry").json()
    assert again == retried


def test_notes_and_what_contacts_wrote_never_fail(cast: Cast, talk: int) -> None:
    note = factories.say(cast.bob, talk, "A regular", private=True)
    with account_scope(cast.account.pk):
        heard = Message.objects.get(message_type=0)
        for message_id in (note["id"], heard.pk, 987_654_321):
            assert not fail_message(account_id=cast.account.pk, message_id=message_id, reason="x")
        assert set(Message.objects.values_list("status", flat=True)) == {0}


# --- answers of the contact -----------------------------------------------------------------------------------
def answer(client: Any, cast: Cast, walter: Any, talk: int, message_id: int, body: Any) -> Any:
    with account_scope(cast.account.pk):
        identifier = ApiChannel.objects.get().identifier
    path = f"/public/api/v1/inboxes/{identifier}/contacts/{walter.source_id}/conversations/{talk}"
    return client.patch(f"{path}/messages/{message_id}", body, content_type="application/json")


CSAT = {"csat_survey_response": {"rating": 5, "feedback_message": "Quick"}}
ASKED: list[tuple[str, dict[str, Any], Any]] = [
    ("input_select", {"items": [{"title": "A", "value": "a"}]}, [{"title": "A", "value": "a"}]),
    ("form", {"items": [{"name": "n", "type": "text"}]}, [{"name": "n", "value": "x"}]),
    ("input_csat", {}, CSAT),
]


@pytest.mark.parametrize(("kind", "attributes", "values"), ASKED)
def test_the_contact_answers(
    cast: Cast,
    client: Any,
    walter: Any,
    talk: int,
    outbox: Any,
    kind: str,
    attributes: dict[str, Any],
    values: Any,
) -> None:
    asked = factories.say(cast.bob, talk, "Please", content_type=kind, content_attributes=attributes)
    response = answer(client, cast, walter, talk, asked["id"], {"submitted_values": values})
    assert response.status_code == 200, response.content
    assert response.json()["content_attributes"] == {**attributes, "submitted_values": values}
    (told,) = [payload for name, payload in outbox() if name == "message.updated"]
    assert told["actor"]["kind"] == "contact"
    assert told["changes"]["content_attributes"][1] == {"submitted_values": values}


@pytest.mark.parametrize(
    ("kind", "attributes", "values"),
    [
        ("text", {}, "x"),
        ("cards", {"items": [CARD]}, [{"value": "x"}]),
        ("input_select", ASKED[0][1], "a"),
        ("input_select", ASKED[0][1], []),
        ("input_select", ASKED[0][1], [{"value": ["a"]}]),
        ("input_csat", {}, {"csat_survey_response": {"rating": 6}}),
        ("input_csat", {}, {"csat_survey_response": {"rating": "5"}}),
        ("input_csat", {}, {"rating": 5}),
        ("form", ASKED[1][1], [{"name": "n", "value": "x", "role": "administrator"}]),
    ],
)
def test_what_is_no_answer_is_refused(
    cast: Cast, client: Any, walter: Any, talk: int, kind: str, attributes: dict[str, Any], values: Any,
    stored: Callable[[], Any],
) -> None:  # fmt: skip
    asked = factories.say(cast.bob, talk, "Please", content_type=kind, content_attributes=attributes)
    before = stored()
    response = answer(client, cast, walter, talk, asked["id"], {"submitted_values": values})
    assert response.status_code == 422, response.content
    assert stored() == before


def test_nobody_answers_for_somebody_else(
    cast: Cast, client: Any, walter: Any, talk: int, stored: Callable[[], Any]
) -> None:
    wanda = factories.make_session(cast.api_inbox, "Wanda")
    factories.hear(wanda, "Hello")
    asked = factories.say(cast.bob, talk, "How was it?", content_type="input_csat")
    note = factories.say(cast.bob, talk, "How was it?", content_type="input_csat", private=True)
    before = stored()
    assert answer(client, cast, wanda, talk, asked["id"], {"submitted_values": CSAT}).status_code == 404
    assert answer(client, cast, walter, talk, note["id"], {"submitted_values": CSAT}).status_code == 404
    assert stored() == before


def test_a_survey_is_over_after_two_weeks(cast: Cast, client: Any, walter: Any, talk: int) -> None:
    asked = factories.say(cast.bob, talk, "How was it?", content_type="input_csat")
    with account_scope(cast.account.pk):
        Message.objects.filter(pk=asked["id"]).update(created_at=timezone.now() - datetime.timedelta(days=15))
    late = answer(client, cast, walter, talk, asked["id"], {"submitted_values": CSAT})
    assert (late.status_code, late.json()["code"]) == (422, "survey_is_over")
