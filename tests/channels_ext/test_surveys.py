"""How was it? Asked when a conversation is resolved, answered in the widget, by a program or on a page of its own, and
told to administrators."""

from __future__ import annotations

import datetime
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config.database import account_scope
from config.events import StoredEvent
from conversations.handlers.surveys import ask
from conversations.models import Contact, Conversation, Message, SurveyResponse
from inboxes.models import Inbox
from tests import factories
from tests.channels_ext.integrator import Integrator
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast, count_queries

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def wants(inbox: Inbox, **config: Any) -> None:
    with account_scope(inbox.account_id):
        Inbox.objects.filter(pk=inbox.pk).update(csat_survey_enabled=True, csat_config=config)


def resolved(conversation: Conversation, times: int = 1) -> Message | None:
    """As if an agent had resolved it: with the survey, if one was asked."""
    with account_scope(conversation.account_id):
        Conversation.objects.filter(pk=conversation.pk).update(status=Conversation.Status.RESOLVED)
        event = StoredEvent(
            id=1,
            seq=1,
            account_id=conversation.account_id,
            name="conversation.updated",
            version=1,
            payload={"conversation_id": conversation.pk, "changes": {"status": ["open", "resolved"]}},
            created_at=NOW,
        )
        for _ in range(times):
            ask(event)
        return Message.objects.filter(conversation=conversation, content_type=9).first()


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    wants(cast.inbox, display_type="star", message="How was it?")
    with account_scope(cast.account.pk):
        conversation = factories.make_conversation(cast.inbox)
        Conversation.objects.filter(pk=conversation.pk).update(assignee=cast.bob)
    return conversation


@pytest.fixture
def survey(talk: Conversation) -> Message:
    message = resolved(talk)
    assert message is not None
    return message


def responses(account: Any) -> list[tuple[int, str]]:
    with account_scope(account.pk):
        return list(
            SurveyResponse.objects.for_account(account)
            .order_by("id")
            .values_list("rating", "feedback_message")
        )


def aged(survey: Message, days: int) -> None:
    with account_scope(survey.account_id):
        Message.objects.filter(pk=survey.pk).update(created_at=timezone.now() - timedelta(days=days))


def test_the_survey_is_asked_once_in_the_words_of_the_inbox(cast: Cast, talk: Conversation) -> None:
    message = resolved(talk, times=3)

    assert message is not None
    assert (message.content, message.message_type) == ("How was it?", Message.Type.TEMPLATE)
    assert message.content_attributes == {"display_type": "star"}
    with account_scope(cast.account.pk):
        assert Message.objects.filter(conversation=talk, content_type=9).count() == 1
        talk.refresh_from_db()
    assert talk.status == Conversation.Status.RESOLVED


@pytest.mark.parametrize("why", ["not wanted", "open again", "blocked", "rule", "rule against"])
def test_who_is_not_to_be_asked_is_not(cast: Cast, talk: Conversation, why: str) -> None:
    rules = {"rule": ("contains", ["vip"]), "rule against": ("does_not_contain", ["billing"])}
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=talk.pk).update(labels=["billing"])
        if why == "not wanted":
            Inbox.objects.update(csat_survey_enabled=False)
        elif why == "blocked":
            Contact.objects.update(blocked=True)
    if why in rules:
        operator, values = rules[why]
        wants(cast.inbox, survey_rules={"operator": operator, "values": values})
    if why == "open again":
        with account_scope(cast.account.pk):
            event = StoredEvent(1, 1, cast.account.pk, "x", 1, {"conversation_id": talk.pk}, NOW)
            ask(event)
            assert not Message.objects.filter(content_type=9).exists()
        return
    assert resolved(talk) is None


def test_when_the_time_to_reply_is_over_a_line_says_so_instead(cast: Cast, talk: Conversation) -> None:
    with account_scope(cast.account.pk):
        Inbox.objects.filter(pk=cast.inbox.pk).update(reply_window_hours=24)
        Message.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert resolved(talk) is None
    with account_scope(cast.account.pk):
        line = Message.objects.get(conversation=talk, message_type=Message.Type.ACTIVITY)
    assert line.content == "The survey was not sent: the time to reply is over"


def test_a_rule_that_is_met_lets_ask(cast: Cast, talk: Conversation) -> None:
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=talk.pk).update(labels=["VIP"])
    wants(cast.inbox, survey_rules={"operator": "contains", "values": ["vip", "x"]})
    assert resolved(talk) is not None


def test_a_visitor_answers_in_the_widget(cast: Cast, talk: Conversation, survey: Message, api: Any) -> None:
    with account_scope(cast.account.pk):
        session = talk.contact_inbox
    vera = Visitor(cast.inbox, session)

    def answer(rating: Any, words: str = "") -> Any:
        values = {"csat_survey_response": {"rating": rating, "feedback_message": words}}
        return vera.patch(
            vera.address(f"/messages/{survey.pk}"),
            {"message": {"submitted_values": values}},
            content_type="application/json",
            HTTP_X_AUTH_TOKEN=vera.token,
        )

    assert answer(6).status_code == 422
    assert responses(cast.account) == []
    assert answer(5).status_code == 200
    assert answer(4, "Quick\x00!").status_code == 200
    assert responses(cast.account) == [(4, "Quick!")]
    (shape,) = api(cast.alice).read("/csat_survey_responses").json()
    assert shape["assigned_agent"]["id"] == cast.bob.user_id
    assert (shape["conversation_id"], shape["message_id"]) == (talk.display_id, survey.pk)
    aged(survey, 20)
    assert answer(1).status_code == 200  # the widget's own is never closed
    assert responses(cast.account) == [(1, "")]


def test_the_contact_of_an_api_inbox_answers_too(cast: Cast) -> None:
    wants(cast.api_inbox)
    wanda = Integrator(cast.api_inbox).arrive(name="Wanda")
    number = wanda.converse()
    wanda.write(number, "Hello")
    with account_scope(cast.account.pk):
        talk = Conversation.objects.get(inbox=cast.api_inbox)
    message = resolved(talk)
    assert message is not None

    values = {"csat_survey_response": {"rating": 2, "feedback_message": "Slow"}}
    path = f"/conversations/{number}/messages/{message.pk}"
    assert wanda.send(path, {"submitted_values": values}, "patch").status_code == 200
    assert responses(cast.account) == [(2, "Slow")]


# --- the page -------------------------------------------------------------------------------------------------
def test_the_page_takes_an_answer_without_a_script(cast: Cast, talk: Conversation, survey: Message) -> None:
    browser, path = Client(enforce_csrf_checks=True), f"/survey/responses/{talk.uuid}"

    page = browser.get(path)

    text = page.content.decode()
    assert page.status_code == 200
    assert "How was it?" in text and "★" in text and text.count('type="radio"') == 5
    assert "<script" not in text and "style=" not in text and not page.cookies
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    sent = browser.post(path, {"rating": "5", "feedback_message": "<script>x</script>"})
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{path}?thanks=1")
    assert responses(cast.account) == [(5, "<script>x</script>")]
    after = browser.get(f"{path}?thanks=1").content.decode()
    assert "Thank you!" in after and "<script>x" not in after and "&lt;script&gt;x" in after
    browser.post(path, {"rating": "3", "feedback_message": ""})
    assert responses(cast.account) == [(3, "")]


@pytest.mark.parametrize("form", [{}, {"rating": "0"}, {"rating": "6"}, {"rating": "x"}, {"rating": "²"}])
def test_what_is_no_rating_is_said_and_the_words_are_kept(
    cast: Cast, talk: Conversation, survey: Message, form: Any
) -> None:
    answer = Client().post(f"/survey/responses/{talk.uuid}", {**form, "feedback_message": "Kept words"})

    assert answer.status_code == 422
    assert "A rating is a number from 1 to 5." in answer.content.decode()
    assert "Kept words" in answer.content.decode()
    assert responses(cast.account) == []


def test_after_14_days_it_is_over(cast: Cast, talk: Conversation, survey: Message) -> None:
    aged(survey, 15)
    browser = Client()

    assert "This survey is over" in browser.get(f"/survey/responses/{talk.uuid}").content.decode()
    assert browser.post(f"/survey/responses/{talk.uuid}", {"rating": "5"}).status_code == 422
    public = browser.put(
        f"/public/api/v1/csat_survey/{talk.uuid}",
        {"message": {"submitted_values": {"csat_survey_response": {"rating": 5}}}},
        content_type="application/json",
    )
    assert (public.status_code, public.json()["code"]) == (422, "survey_is_over")
    assert responses(cast.account) == []


@pytest.mark.parametrize("uuid", ["x", "00000000-0000-4000-8000-000000000000", "%00"])
def test_a_survey_that_nobody_asked_is_not_there(cast: Cast, talk: Conversation, uuid: str) -> None:
    for known in (uuid, str(talk.uuid)):  # the second has no survey yet
        assert Client().get(f"/survey/responses/{known}").status_code == 404
        answer = Client().get(f"/public/api/v1/csat_survey/{known}")
        assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


def test_programs_read_and_answer_the_survey(cast: Cast, talk: Conversation, survey: Message) -> None:
    client, path = Client(), f"/public/api/v1/csat_survey/{talk.uuid}"

    shape = client.get(path).json()

    assert shape.pop("created_at").endswith("Z")
    assert shape == {
        "id": survey.pk,
        "csat_survey_response": None,
        "display_type": "star",
        "content": "How was it?",
        "inbox_avatar_url": "",
        "inbox_name": "Website",
        "locale": "en",
        "conversation_id": talk.pk,
    }
    body = {"message": {"submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "+"}}}}
    answered = client.put(path, body, content_type="application/json").json()["csat_survey_response"]
    assert (answered["rating"], answered["feedback_message"], answered["message_id"]) == (4, "+", survey.pk)
    for wrong in (
        {},
        {"message": 1},
        {"message": {"submitted_values": {"csat_survey_response": {"rating": "5"}}}},
    ):
        assert client.put(path, wrong, content_type="application/json").status_code == 422
    assert responses(cast.account) == [(4, "+")]


# --- what administrators see -----------------------------------------------------------------------------------
def rated(cast: Cast, rating: int, words: str = "", name: str = "Vera") -> SurveyResponse:
    conversation = factories.make_conversation(cast.inbox, name)
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=conversation.pk).update(assignee=cast.bob)
    message = resolved(conversation)
    assert message is not None
    Client().post(
        f"/survey/responses/{conversation.uuid}", {"rating": str(rating), "feedback_message": words}
    )
    with account_scope(cast.account.pk):
        return SurveyResponse.objects.get(message=message)


def test_responses_are_listed_counted_and_put_into_a_sheet(cast: Cast, api: Any) -> None:
    wants(cast.inbox)
    rated(cast, 5, "=1+1")
    low = rated(cast, 1, "Bad")
    resolved(factories.make_conversation(cast.inbox))  # asked, and not answered
    alice = api(cast.alice)

    def ratings(**asked: Any) -> list[int]:
        answer = alice.read("/csat_survey_responses", **asked)
        assert answer.status_code == 200, answer.content
        return [one["rating"] for one in answer.json()]

    assert ratings() == [1, 5]
    assert ratings(sort="-rating") == [5, 1]
    assert ratings(rating=1) == [1]
    assert ratings(page=2) == []
    assert ratings(inbox_id=cast.api_inbox.pk) == []
    assert ratings(**{"user_ids[]": [cast.bob.user_id]}) == [1, 5]
    assert ratings(**{"user_ids[]": [cast.alice.user_id]}) == []
    assert ratings(since=1, until=2) == []
    assert alice.read("/csat_survey_responses", rating=9).status_code == 422
    metrics = alice.read("/csat_survey_responses/metrics").json()
    assert metrics == {"total_count": 2, "ratings_count": {"1": 1, "5": 1}, "total_sent_messages_count": 3}
    sheet = alice.read("/csat_survey_responses/download")
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="csat_report.csv"'
    lines = sheet.content.decode().splitlines()
    assert lines[0].startswith("Agent Name,Rating,Feedback Comment,Contact Name,Contact Email Address")
    assert lines[1].startswith("Bob,1,Bad,Vera") and "'=1+1" in lines[2]
    noted = alice.send(
        f"/csat_survey_responses/{low.pk}", {"csat_review_notes": "Called back"}, "patch"
    ).json()
    assert (noted["csat_review_notes"], noted["review_notes_updated_by"]) == (
        "Called back",
        {"id": cast.alice.user_id, "name": "Alice"},
    )
    for path in ("", "/metrics", "/download"):
        assert api(cast.bob).read(f"/csat_survey_responses{path}").status_code == 401
    refused = api(cast.dora).send(f"/csat_survey_responses/{low.pk}", {"csat_review_notes": "x"}, "patch")
    assert refused.status_code == 404
    assert alice.read("/csat_survey_responses").json()[0]["csat_review_notes"] == "Called back"


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(cast: Cast, api: Any) -> None:
    wants(cast.inbox)
    alice = api(cast.alice)
    rated(cast, 5)
    ask_list = partial(alice.read, "/csat_survey_responses")
    ask_list()
    one = count_queries(ask_list)
    for number in range(4):
        rated(cast, 3, name=f"Visitor {number}")
    assert count_queries(ask_list) == one


def test_templates_are_for_whatsapp(cast: Cast, api: Any) -> None:
    answer = api(cast.alice).read(f"/inboxes/{cast.inbox.pk}/csat_template")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_whatsapp_inbox")
