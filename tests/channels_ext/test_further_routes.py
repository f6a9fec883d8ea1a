"""What existing clients ask for beyond the OpenAPI file, small things each."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import NotificationSubscription
from automation.models import IntegrationHook
from config.database import account_scope
from conversations.models import Conversation, Message
from conversations.queries.webhooks import conversation_body
from tests import factories
from tests.channels_ext.contract import conversation
from tests.factories import Cast

SUBSCRIPTIONS = "/api/v1/notification_subscriptions"


# --- is anybody there -----------------------------------------------------------------------------------


def test_the_probe_of_existing_clients_tells_version_and_services(db: None, client: Client) -> None:
    body = client.get("/api").json()

    assert set(body) == {"version", "timestamp", "queue_services", "data_services"}
    assert (body["queue_services"], body["data_services"]) == ("ok", "ok")
    assert re.fullmatch(r"\d+\.\d+\.\d+", body["version"])
    told = datetime.datetime.strptime(body["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.UTC)
    assert abs((timezone.now() - told).total_seconds()) < 5


# --- conversations --------------------------------------------------------------------------------------


def test_conversations_are_found_by_what_was_said_with_the_lines_that_say_it(
    cast: Cast, api: Any, number: int
) -> None:
    factories.say(cast.bob, number, "Your parcel is in Hamburg")
    factories.say(cast.bob, number, "Anything else?")
    hidden = factories.make_conversation(factories.make_inbox(cast.account, "Board"), "Boss", "my parcel")
    factories.make_conversation(cast.other_inbox, "Stranger", "a parcel elsewhere")
    api(cast.alice).send(f"/conversations/{number}/toggle_status", {"status": "resolved"})

    body = api(cast.bob).read("/conversations/search", q="PARCEL").json()

    assert body["meta"] == {"mine_count": 0, "unassigned_count": 1, "all_count": 1}
    (found,) = body["payload"]
    row = conversation(cast, number)
    lines = found.pop("messages")
    assert found == {
        "id": number,
        "uuid": str(row.uuid),
        "created_at": int(row.created_at.timestamp()),
        "contact": {"id": cast.vera.contact_id, "name": "Vera"},
        "inbox": {"id": cast.inbox.pk, "name": "Website", "channel_type": "Channel::WebWidget"},
        "account_id": cast.account.pk,
    }
    assert [(one["content"], one["message_type"], one["sender_name"]) for one in lines] == [
        ("Where is my parcel?", 0, "Vera"),
        ("Your parcel is in Hamburg", 1, "Bob"),
    ]
    assert [set(one) for one in lines] == [{"content", "id", "sender_name", "message_type", "created_at"}] * 2
    everything = api(cast.alice).read("/conversations/search", q="parcel").json()
    assert {one["id"] for one in everything["payload"]} == {number, hidden.display_id}


@pytest.mark.parametrize("q", ["", " ", "nobody said this", "%", "_"])
def test_what_nobody_said_finds_nothing(cast: Cast, api: Any, number: int, q: str) -> None:
    body = api(cast.bob).read("/conversations/search", q=q).json()
    none = {"mine_count": 0, "unassigned_count": 0, "all_count": 0}
    assert body == {"meta": none, "payload": []}


def test_searching_costs_the_same_for_one_and_for_many(cast: Cast, api: Any, number: int) -> None:
    bob = api(cast.bob)
    one = factories.count_queries(lambda: bob.read("/conversations/search", q="parcel"))
    for name in ("Xena", "Yves", "Zoe"):
        factories.make_conversation(cast.inbox, name, "a parcel")
    assert factories.count_queries(lambda: bob.read("/conversations/search", q="parcel")) == one


def test_no_assistant_of_the_vendor_answers_here(cast: Cast, api: Any, number: int) -> None:
    path = f"/conversations/{number}/inbox_assistant"
    assert api(cast.bob).read(path).json() == {"assistant": None}
    assert api(cast.bob).read("/conversations/4711/inbox_assistant").status_code == 404
    assert api(cast.charlie).get(f"/api/v1/accounts/{cast.account.pk}{path}").status_code == 401


def test_a_text_that_is_translated_already_answers_nothing_and_another_says_why_not(
    cast: Cast, api: Any, number: int, stored: Any
) -> None:
    with account_scope(cast.account.pk):
        message = Message.objects.order_by("id").first()
        assert message is not None
        Message.objects.filter(pk=message.pk).update(content_attributes={"translations": {"de": "Wo?"}})
    path = f"/conversations/{number}/messages/{message.pk}/translate"
    before = stored()

    done = api(cast.bob).send(path, {"target_language": "de"})
    refused = api(cast.bob).send(path, {"target_language": "fr"})
    odd = api(cast.bob).send(path, {"target_language": "'; DROP"})

    assert (done.status_code, done.content) == (200, b"")
    assert (refused.status_code, refused.json()["code"]) == (422, "no_translator")
    assert odd.json()["attributes"] == ["target_language"]
    assert (
        api(cast.bob).send(path.replace(str(message.pk), "999999"), {"target_language": "de"}).status_code
        == 404
    )
    assert stored() == before


# --- until when one may answer ---------------------------------------------------------------------------


def test_an_api_inbox_with_a_window_can_be_answered_within_it(cast: Cast, api: Any, walter: Any) -> None:
    alice = api(cast.alice)
    number = factories.hear(walter, "Hello")["conversation_id"]
    path = f"/inboxes/{cast.api_inbox.pk}"

    def may(client: Any = alice) -> bool:
        listed = client.read("/conversations").json()["data"]["payload"]
        shown = client.read(f"/conversations/{number}").json()["can_reply"]
        assert {one["can_reply"] for one in listed if one["id"] == number} == {shown}
        with account_scope(cast.account.pk):
            pk = Conversation.objects.get(display_id=number).pk
            pushed = conversation_body(account_id=cast.account.pk, conversation_id=pk)
        assert pushed is not None
        assert pushed["can_reply"] is shown
        return bool(shown)

    assert may() is True
    window = {"channel": {"additional_attributes": {"agent_reply_time_window": 24}}}
    assert alice.send(path, window, method="patch").status_code == 200
    assert may() is True
    with account_scope(cast.account.pk):
        Message.objects.update(created_at=timezone.now() - datetime.timedelta(hours=25))
    assert may() is False
    factories.say(cast.bob, number, "Too late")
    assert may() is False
    factories.hear(walter, "Still here")
    assert may() is True
    with account_scope(cast.account.pk):
        Message.objects.update(created_at=timezone.now() - datetime.timedelta(hours=25))
    alice.send(path, {"channel": {"additional_attributes": {}}}, method="patch")
    assert may() is True


def test_a_website_can_always_be_answered(cast: Cast, api: Any, number: int) -> None:
    with account_scope(cast.account.pk):
        Message.objects.update(created_at=timezone.now() - datetime.timedelta(days=400))
    assert api(cast.bob).read(f"/conversations/{number}").json()["can_reply"] is True


# --- inboxes and integrations -----------------------------------------------------------------------------


def test_templates_and_quality_are_whatsapps_alone(cast: Cast, api: Any, stored: Any) -> None:
    before = stored()
    for method, path in (("post", "sync_templates"), ("get", "health")):
        answers = {
            who: getattr(api(member), method)(
                f"/api/v1/accounts/{cast.account.pk}/inboxes/{cast.inbox.pk}/{path}"
            )
            for who, member in (("alice", cast.alice), ("bob", cast.bob), ("charlie", cast.charlie))
        }
        assert {who: one.status_code for who, one in answers.items()} == {
            "alice": 422,
            "bob": 401,
            "charlie": 401,
        }
        assert answers["alice"].json()["code"] == "not_a_whatsapp_inbox"
    assert api(cast.alice).read("/inboxes/999999/health").status_code == 404
    assert stored() == before


def test_an_integration_that_processes_nothing_says_so(cast: Cast, api: Any, stored: Any) -> None:
    with account_scope(cast.account.pk):
        hook = IntegrationHook.objects.create(account=cast.account, app_id="slack")
    event = {"event": {"name": "rephrase", "data": {"content": "hi"}}}
    before = stored()

    answer = api(cast.bob).send(f"/integrations/hooks/{hook.pk}/process_event", event)

    assert (answer.status_code, answer.json()["error"]) == (422, "No processor found")
    assert api(cast.bob).send("/integrations/hooks/999999/process_event", event).status_code == 404
    assert api(cast.bob).send(f"/integrations/hooks/{hook.pk}/process_event", {"event": 1}).status_code == 422
    assert stored() == before


# --- browsers and telephones ------------------------------------------------------------------------------


def subscribe(client: Any, kind: str = "fcm", **attributes: Any) -> Any:
    body = {"subscription_type": kind, "subscription_attributes": attributes}
    return client.post(SUBSCRIPTIONS, {"notification_subscription": body}, content_type="application/json")


def test_a_telephone_belongs_to_whoever_signed_in_last(cast: Cast, api: Any) -> None:
    first = subscribe(api(cast.bob), device_id="phone-1", push_token="t-1", device_platform="android").json()
    second = subscribe(api(cast.alice), device_id="phone-1", push_token="t-2").json()

    assert set(first) == set(
        "id user_id subscription_type subscription_attributes identifier created_at updated_at".split()
    )
    assert (first["user_id"], first["subscription_type"], first["identifier"]) == (
        cast.bob.user_id,
        "fcm",
        "phone-1",
    )
    assert (second["id"], second["user_id"]) == (first["id"], cast.alice.user_id)
    row = NotificationSubscription.objects.get()
    assert row.subscription_attributes == {"device_id": "phone-1", "push_token": "t-2"}


def test_a_subscription_ends_by_its_push_token_for_its_person_only(cast: Cast, api: Any) -> None:
    subscribe(api(cast.bob), device_id="phone-1", push_token="t-1")
    subscribe(api(cast.bob), "browser_push", endpoint="https://push.test/1", p256dh="x", auth="y")

    foreign = api(cast.alice).delete(f"{SUBSCRIPTIONS}?push_token=t-1")
    assert (foreign.status_code, NotificationSubscription.objects.count()) == (200, 2)
    body = {"push_token": "t-1"}
    mine = api(cast.bob).delete(SUBSCRIPTIONS, body, content_type="application/json")
    assert (mine.status_code, mine.content) == (200, b"")
    assert list(NotificationSubscription.objects.values_list("identifier", flat=True)) == [
        "https://push.test/1"
    ]


@pytest.mark.parametrize(
    ("kind", "attributes", "field"),
    [
        ("carrier_pigeon", {"device_id": "x"}, "subscription_type"),
        ("", {"device_id": "x"}, "subscription_type"),
        ("fcm", {"endpoint": "https://push.test"}, "subscription_attributes"),
        ("fcm", {"device_id": ""}, "subscription_attributes"),
        ("fcm", {"device_id": 7}, "subscription_attributes"),
        ("fcm", {"device_id": "x" * 3000}, "subscription_attributes"),
        ("fcm", {"device_id": "ü"}, "subscription_attributes"),
        ("browser_push", {"device_id": "x"}, "subscription_attributes"),
    ],
)
def test_what_cannot_be_told_anything_is_refused(
    cast: Cast, api: Any, kind: str, attributes: Any, field: str
) -> None:
    answer = subscribe(api(cast.bob), kind, **attributes)
    assert (answer.status_code, answer.json()["attributes"]) == (422, [field])
    assert NotificationSubscription.objects.count() == 0


def test_one_person_keeps_fifty_of_them(cast: Cast, api: Any) -> None:
    bob = api(cast.bob)
    for number in range(52):
        assert subscribe(bob, device_id=f"phone-{number}").status_code == 200
    kept = set(NotificationSubscription.objects.values_list("identifier", flat=True))
    assert kept == {f"phone-{number}" for number in range(2, 52)}
