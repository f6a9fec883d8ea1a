"""What an inbox says first: kept by administrators, watched for by pages, and the beginning of a conversation."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from config.database import account_scope
from conversations.models import Campaign, Contact, Conversation, Label, Message
from inboxes.models import Inbox, WorkingHours
from tests import factories
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast, count_queries

RULES = {"url": "https://shop.test/pricing*", "time_on_page": 10}


@pytest.fixture
def alice(cast: Cast, api: Any) -> Any:
    return api(cast.alice)


def made(client: Any, inbox: Inbox, **fields: Any) -> dict[str, Any]:
    body = {
        "title": "Hello",
        "message": "May I help?",
        "inbox_id": inbox.pk,
        "trigger_rules": RULES,
        **fields,
    }
    answer = client.send("/campaigns", body)
    assert answer.status_code == 200, answer.content
    shape: dict[str, Any] = answer.json()
    return shape


def test_a_campaign_has_the_contracts_shape_and_a_number_of_its_own(cast: Cast, api: Any, alice: Any) -> None:
    shape = made(alice, cast.inbox, sender_id=cast.bob.user_id)

    assert shape.pop("created_at").endswith("Z") and shape.pop("updated_at").endswith("Z")
    assert (shape.pop("inbox")["id"], shape.pop("sender")["id"]) == (cast.inbox.pk, cast.bob.user_id)
    assert shape == {
        "id": 1,
        "title": "Hello",
        "description": None,
        "account_id": cast.account.pk,
        "message": "May I help?",
        "template_params": None,
        "campaign_status": "active",
        "enabled": True,
        "campaign_type": "ongoing",
        "trigger_rules": RULES,
        "trigger_only_during_business_hours": False,
    }
    assert made(alice, cast.inbox)["id"] == 2
    assert alice.delete(f"{alice.base}/campaigns/2").status_code == 200
    assert made(alice, cast.inbox)["id"] == 3  # a number is not given twice
    assert [one["id"] for one in alice.read("/campaigns").json()] == [1, 3]
    assert [one["id"] for one in alice.read(f"/inboxes/{cast.inbox.pk}/campaigns").json()] == [1, 3]
    assert alice.read(f"/inboxes/{cast.api_inbox.pk}/campaigns").json() == []
    changed = alice.send("/campaigns/1", {"campaign": {"enabled": False, "sender_id": None}}, "patch").json()
    assert (changed["enabled"], "sender" in changed) == (False, False)
    assert alice.read("/campaigns/2").status_code == 404
    assert api(cast.dora).read("/campaigns/1").status_code == 404
    for path, method in (("/campaigns", "get"), ("/campaigns/1", "get"), ("/campaigns", "post")):
        assert api(cast.bob).send(path, {}, method).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"message": " "}, "message"),
        ({"inbox_id": 10**17}, "inbox_id"),
        ({"sender_id": 10**17}, "sender_id"),
        ({"trigger_rules": {}}, "trigger_rules"),
        ({"trigger_rules": {"url": "javascript:alert(1)"}}, "trigger_rules"),
        ({"trigger_rules": {"url": "https://a", "time_on_page": "soon"}}, "trigger_rules"),
        ({"trigger_rules": {"url": "https://a", "time_on_page": -1}}, "trigger_rules"),
        ({"scheduled_at": "tomorrow"}, "scheduled_at"),
        ({"audience": "all"}, "audience"),
        ({"message": "x" * 20_001}, "message"),
    ],
)
def test_what_a_campaign_cannot_be_is_not_stored(cast: Cast, alice: Any, wrong: Any, field: str) -> None:
    body = {"title": "A", "message": "B", "inbox_id": cast.inbox.pk, "trigger_rules": RULES, **wrong}

    answer = alice.send("/campaigns", body)

    assert (answer.status_code, answer.json()["attributes"]) == (422, [field])
    with account_scope(cast.account.pk):
        assert not Campaign.objects.exists()


def test_an_api_inbox_says_nothing_first(cast: Cast, alice: Any) -> None:
    answer = alice.send("/campaigns", {"title": "A", "message": "B", "inbox_id": cast.api_inbox.pk})
    assert answer.json()["attributes"] == ["inbox_id"]


def test_a_number_talks_once_to_whom_it_knows(cast: Cast, alice: Any) -> None:
    with account_scope(cast.account.pk):
        sms = Inbox.objects.create(account=cast.account, name="SMS", kind="sms")
        label = Label.objects.create(account=cast.account, title="vip")
    audience = [{"type": "Label", "id": label.pk}]

    shape = made(alice, sms, audience=audience, scheduled_at=1_800_000_000)

    assert (shape["campaign_type"], shape["audience"], shape["scheduled_at"]) == (
        "one_off",
        audience,
        1_800_000_000,
    )
    for wrong in ([], [{"type": "Label", "id": 10**17}], [{"type": "Everybody"}]):
        answer = alice.send(f"/campaigns/{shape['id']}", {"audience": wrong}, "patch")
        assert answer.json()["attributes"] == ["audience"]
    with account_scope(cast.account.pk):
        Campaign.objects.update(campaign_status=Campaign.Status.COMPLETED)
    over = alice.send(f"/campaigns/{shape['id']}", {"title": "Again"}, "patch")
    assert (over.status_code, over.json()["code"]) == (422, "completed")


# --- on the page ----------------------------------------------------------------------------------------------
def trigger(visitor: Visitor, number: Any, name: str = "campaign.triggered") -> int:
    answer = visitor.send("/events", {"name": name, "event_info": {"campaign_id": number}})
    return int(answer.status_code)


def talks(cast: Cast) -> list[Conversation]:
    with account_scope(cast.account.pk):
        return list(Conversation.objects.for_account(cast.account).order_by("id"))


def test_a_page_knows_what_to_watch_for(cast: Cast, alice: Any, vera: Visitor) -> None:
    made(alice, cast.inbox, sender_id=cast.bob.user_id)
    made(alice, cast.inbox, enabled=False)

    (shape,) = Visitor(cast.inbox).read("/campaigns").json()

    sender = shape.pop("sender")
    assert (sender["name"], "email" in sender) == ("Bob", False)
    assert shape == {
        "id": 1,
        "trigger_rules": RULES,
        "trigger_only_during_business_hours": False,
        "message": "May I help?",
    }


def test_the_visitor_hears_it_once_and_it_is_no_answer(cast: Cast, alice: Any, vera: Visitor) -> None:
    made(alice, cast.inbox, sender_id=cast.bob.user_id)

    assert [trigger(vera, "1"), trigger(vera, 1)] == [204, 204]

    (talk,) = talks(cast)
    with account_scope(cast.account.pk):
        campaign = Campaign.objects.get()
        message = Message.objects.get(conversation=talk)
    assert (talk.campaign_id, talk.waiting_since, talk.first_reply_created_at) == (campaign.pk, None, None)
    assert (message.content, message.sender_user_id) == ("May I help?", cast.bob.user_id)
    assert message.additional_attributes == {"campaign_id": campaign.pk}
    assert [one["content"] for one in vera.thread()] == ["May I help?"]
    found = alice.send(
        "/conversations/filter",
        {"payload": [{"attribute_key": "campaign_id", "filter_operator": "equal_to", "values": [1]}]},
    )
    assert [one["id"] for one in found.json()["payload"]] == [talk.display_id]
    assert alice.delete(f"{alice.base}/campaigns/1").status_code == 200
    assert talks(cast)[0].campaign_id is None


@pytest.mark.parametrize(
    "why", ["talks already", "off", "unknown", "foreign", "blocked", "closed", "silly", "other name"]
)
def test_who_is_not_to_hear_it_does_not(cast: Cast, alice: Any, vera: Visitor, why: str) -> None:
    made(alice, cast.inbox, trigger_only_during_business_hours=why == "closed")
    number: Any = {"unknown": 99, "silly": "1 OR 1=1"}.get(why, 1)
    before = 0
    if why == "talks already":
        vera.write("Hello")
        before = 1
    elif why == "off":
        alice.send("/campaigns/1", {"enabled": False}, "patch")
    elif why == "foreign":
        alice.send("/campaigns/1", {"enabled": False}, "patch")
        made(alice, factories.make_inbox(cast.account, "Another site"))
        number = 2
    elif why == "blocked":
        with account_scope(cast.account.pk):
            Contact.objects.update(blocked=True)
    elif why == "closed":
        with account_scope(cast.account.pk):
            Inbox.objects.filter(pk=cast.inbox.pk).update(working_hours_enabled=True)
            for day in range(7):
                WorkingHours.objects.create(
                    account=cast.account, inbox=cast.inbox, day_of_week=day, closed_all_day=True
                )

    assert (
        trigger(vera, number, "webwidget.triggered" if why == "other name" else "campaign.triggered") == 204
    )
    assert len(talks(cast)) == before


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(cast: Cast, alice: Any) -> None:
    ask = partial(alice.read, "/campaigns")
    made(alice, cast.inbox, sender_id=cast.bob.user_id)
    ask()
    one = count_queries(ask)
    for _ in range(4):
        made(alice, factories.make_inbox(cast.account), sender_id=cast.alice.user_id)
    assert count_queries(ask) == one
