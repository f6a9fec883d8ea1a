"""What a visitor answers to a message that asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.database import account_scope
from config.models import OutboxEvent
from conversations.models import Contact, ContactInbox, Conversation, Message
from inboxes.models import Inbox
from tests import factories
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast

SIZES: dict[str, Any] = {"items": [{"title": "Small", "value": "s"}, {"title": "Large", "value": "l"}]}
CARDS: dict[str, Any] = {
    "items": [{"title": "Order", "actions": [{"type": "postback", "text": "Go", "payload": "P"}]}]
}
FORM: dict[str, Any] = {
    "items": [
        {"name": "email", "label": "Your e-mail", "type": "email", "required": True},
        {"name": "why", "label": "Why?", "type": "select", "options": [{"label": "A", "value": "a"}]},
        {"name": "note", "label": "Note", "type": "text_area"},
    ]
}


def ask(cast: Cast, kind: str, **attributes: Any) -> int:
    """bob asks vera. Returns the message's id."""
    number = factories.hear(cast.vera)["conversation_id"]
    sent = factories.say(cast.bob, number, "Which one?", content_type=kind, content_attributes=attributes)
    return int(sent["id"])


def answer(visitor: Visitor, message_id: int, values: Any) -> Any:
    return visitor.patch(
        visitor.address(f"/messages/{message_id}"),
        {"message": {"submitted_values": values}},
        content_type="application/json",
        HTTP_X_AUTH_TOKEN=visitor.token,
    )


def attributes_of(cast: Cast, message_id: int) -> dict[str, Any]:
    with account_scope(cast.account.pk):
        found: dict[str, Any] = Message.objects.get(pk=message_id).content_attributes
        return found


def updates(cast: Cast) -> list[dict[str, Any]]:
    with account_scope(cast.account.pk):
        return list(OutboxEvent.objects.filter(name="message.updated").values_list("payload", flat=True))


def test_a_choice_is_stored_shown_and_told(cast: Cast, vera: Visitor) -> None:
    message_id = ask(cast, "input_select", **SIZES)

    response = answer(vera, message_id, [{"title": "Huge", "value": "l"}])

    assert response.status_code == 200, response.content
    stored = {**SIZES, "submitted_values": [{"title": "Large", "value": "l"}]}
    assert response.json()["content_attributes"] == stored == attributes_of(cast, message_id)
    (told,) = updates(cast)
    assert told["message_id"] == message_id
    assert told["changes"] == {"content_attributes": [SIZES, stored]}
    assert told["actor"]["kind"] == "contact"


def test_a_choice_is_made_once_and_the_same_one_again_is_no_other(cast: Cast, vera: Visitor) -> None:
    message_id = ask(cast, "input_select", **SIZES)
    answer(vera, message_id, [{"value": "l"}])

    again = answer(vera, message_id, [{"value": "l"}])
    other = answer(vera, message_id, [{"value": "s"}])

    assert again.status_code == 200
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")
    assert attributes_of(cast, message_id)["submitted_values"] == [{"title": "Large", "value": "l"}]
    assert len(updates(cast)) == 1


def test_a_form_keeps_what_was_asked_and_nothing_else(cast: Cast, vera: Visitor) -> None:
    message_id = ask(cast, "form", **FORM)

    given = [{"name": "email", "value": "v@x.test"}, {"name": "admin", "value": "1"}]
    response = answer(vera, message_id, given)

    assert response.status_code == 200
    assert attributes_of(cast, message_id)["submitted_values"] == [{"name": "email", "value": "v@x.test"}]


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        ("form", [{"name": "note", "value": "x"}], "Your e-mail can't be blank"),
        ("form", [{"name": "email", "value": "nobody"}], "That is no e-mail address."),
        (
            "form",
            [{"name": "email", "value": "v@x.test"}, {"name": "why", "value": "z"}],
            "Why? is not one of the choices",
        ),
        ("form", "text", "submitted_values must be a list of objects."),
        ("form", [], "submitted_values must be a list of objects."),
        ("form", ["a"], "submitted_values must be a list of objects."),
        ("form", [{"name": "email", "value": {}}], "An answer is a text of at most 10000 characters."),
        ("input_select", [{"value": "xl"}], "That is not one of the choices."),
        ("input_select", [{}], "That is not one of the choices."),
        ("input_csat", {"csat_survey_response": {"rating": 6}}, "A rating is a number from 1 to 5."),
        ("input_csat", {"csat_survey_response": {"rating": True}}, "A rating is a number from 1 to 5."),
        ("input_csat", [1], "A rating is a number from 1 to 5."),
        ("input_email", "nobody", "That is no e-mail address."),
        ("cards", [{"value": "x"}], "This message asks for no answer."),
        ("text", [{"value": "x"}], "This message asks for no answer."),
    ],
)
def test_a_wrong_answer_is_refused_in_words_and_changes_nothing(
    cast: Cast, vera: Visitor, stored: Callable[[], Any], kind: str, values: Any, says: str
) -> None:
    message_id = ask(cast, kind, **{"form": FORM, "cards": CARDS}.get(kind, SIZES))
    before = stored()

    response = answer(vera, message_id, values)

    assert (response.status_code, response.json()["message"]) == (422, says)
    assert stored() == before


@pytest.mark.parametrize("items", [None, "x", [1, None], [{"options": 3, "type": "select", "name": "a"}]])
def test_a_question_of_nonsense_never_fails_the_server(cast: Cast, vera: Visitor, items: Any) -> None:
    for kind in ("form", "input_select"):
        message_id = ask(cast, kind, **(SIZES if kind == "input_select" else FORM))
        with account_scope(cast.account.pk):  # as an import may have brought it
            Message.objects.filter(pk=message_id).update(content_attributes={"items": items})
        assert answer(vera, message_id, [{"name": "a", "value": "x"}]).status_code in {200, 422}


def test_a_rating_may_be_changed_and_words_added(cast: Cast, vera: Visitor) -> None:
    message_id = ask(cast, "input_csat")
    for response in ({"rating": 4}, {"rating": 5, "feedback_message": "Quick!"}):
        assert answer(vera, message_id, {"csat_survey_response": response}).status_code == 200
    assert attributes_of(cast, message_id)["submitted_values"] == {
        "csat_survey_response": {"rating": 5, "feedback_message": "Quick!"}
    }


def test_an_address_that_was_asked_for_becomes_the_contacts(cast: Cast, vera: Visitor) -> None:
    message_id = ask(cast, "input_email")

    response = vera.patch(
        vera.address(f"/messages/{message_id}"),
        {"contact": {"email": "Vera@Mail.test"}},
        content_type="application/json",
        HTTP_X_AUTH_TOKEN=vera.token,
    )

    assert response.status_code == 200
    assert attributes_of(cast, message_id) == {"submitted_email": "vera@mail.test"}
    with account_scope(cast.account.pk):
        assert Contact.objects.get(pk=cast.vera.contact_id).email == "vera@mail.test"


@pytest.mark.parametrize("whose", ["another visitor", "another account", "a note", "nobody"])
def test_nobody_answers_what_was_not_asked_of_them(cast: Cast, stored: Callable[[], Any], whose: str) -> None:
    message_id = ask(cast, "input_select", **SIZES)
    visitor = Visitor(cast.inbox, cast.vera)
    if whose == "another visitor":
        visitor = Visitor(cast.inbox, factories.make_session(cast.inbox, "Walter"))
    elif whose == "another account":
        visitor = Visitor(cast.other_inbox, factories.make_session(cast.other_inbox, "Viktor"))
    elif whose == "a note":
        note = factories.say(
            cast.bob, 1, "Which?", private=True, content_type="input_select", content_attributes=SIZES
        )
        message_id = note["id"]
    else:
        message_id = 2**62
    before = stored()

    response = answer(visitor, message_id, [{"value": "l"}])

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert stored() == before


def test_an_address_of_somebody_known_brings_the_visit_to_them_and_changes_nothing_of_theirs(
    cast: Cast, vera: Visitor
) -> None:
    known = factories.make_session(cast.inbox, "Veronika", email="v@mail.test")
    message_id = ask(cast, "input_email")

    vera.patch(
        vera.address(f"/messages/{message_id}"),
        {"contact": {"email": "v@mail.test"}},
        content_type="application/json",
        HTTP_X_AUTH_TOKEN=vera.token,
    )

    with account_scope(cast.account.pk):
        assert ContactInbox.objects.get(pk=cast.vera.pk).contact_id == known.contact_id
        assert Contact.objects.get(pk=known.contact_id).name == "Veronika"
        assert not Contact.objects.filter(pk=cast.vera.contact_id).exists()
        senders = set(Message.objects.filter(message_type=0).values_list("sender_contact_id", flat=True))
    assert senders == {known.contact_id}
    assert [one["content"] for one in vera.thread()] == ["Hello", "Which one?"]


@pytest.mark.parametrize("goes_on", [True, False])
def test_after_the_end_a_message_goes_on_or_begins_anew_as_the_inbox_has_it(
    cast: Cast, vera: Visitor, goes_on: bool
) -> None:
    with account_scope(cast.account.pk):
        Inbox.objects.filter(pk=cast.inbox.pk).update(allow_messages_after_resolved=goes_on)
    first = vera.write("One").json()
    vera.read("/conversations/toggle_status")

    second = vera.write("Two", echo_id="e-2").json()
    again = vera.write("Two", echo_id="e-2").json()

    assert (second["conversation_id"] == first["conversation_id"]) is goes_on
    assert again["id"] == second["id"]
    with account_scope(cast.account.pk):
        statuses = list(Conversation.objects.order_by("id").values_list("status", flat=True))
    assert statuses == ([0] if goes_on else [1, 0])


def test_details_given_before_the_first_message_are_the_contacts(cast: Cast) -> None:
    visitor = Visitor(cast.inbox)
    visitor.token = visitor.send("/config").json()["website_channel_config"]["auth_token"]

    body = {
        "contact": {"name": "Wanda", "email": "Wanda@mail.test", "custom_attributes": {"consent": True}},
        "message": {"content": "Hello", "echo_id": "e-1"},
        "custom_attributes": {"topic": "Delivery"},
    }
    answers = [visitor.send("/conversations", body).json() for _again in range(2)]

    with account_scope(cast.account.pk):
        wanda = Contact.objects.get(pk=answers[0]["contact"]["id"])
    assert (wanda.name, wanda.email, wanda.custom_attributes) == (
        "Wanda",
        "wanda@mail.test",
        {"consent": True},
    )
    assert answers[0]["custom_attributes"] == {"topic": "Delivery"}
    assert [one["messages"][0]["id"] for one in answers] == [answers[0]["messages"][0]["id"]] * 2


def test_a_known_address_given_before_the_first_message_is_no_obstacle(cast: Cast, vera: Visitor) -> None:
    known = factories.make_session(cast.inbox, "Wanda", email="wanda@mail.test")

    body = {"contact": {"name": "W", "email": "wanda@mail.test"}, "message": {"content": "Hello"}}
    response = vera.send("/conversations", body)

    assert response.status_code == 200
    assert response.json()["contact"]["id"] == known.contact_id
