"""Inboxes with their channels, hours, members, bots, and webhooks, in the contract's shapes (3.4, 3.5)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from accounts.models import AgentBot, SystemBot
from channels_ext.models import ApiChannel, WebWidget
from config.database import account_scope, platform_scope
from config.events import StoredEvent
from conversations.actions import deletion
from conversations.models import Conversation
from inboxes.models import BotInbox, Inbox, Webhook, WorkingHours
from inboxes.models.webhook import SUBSCRIPTIONS
from tests import factories
from tests.factories import Cast

CLOSED = {
    "closed_all_day": True,
    "open_hour": None,
    "open_minutes": None,
    "close_hour": None,
    "close_minutes": None,
    "open_all_day": False,
}
NINE_TO_FIVE = {
    "closed_all_day": False,
    "open_hour": 9,
    "open_minutes": 0,
    "close_hour": 17,
    "close_minutes": 0,
    "open_all_day": False,
}
USUAL = [{"day_of_week": day, **(CLOSED if day in (0, 6) else NINE_TO_FIVE)} for day in range(7)]


def common(inbox: Inbox, **fields: Any) -> dict[str, Any]:
    null = (
        "allowed_domains,widget_color,website_url,hmac_mandatory,welcome_title,welcome_tagline,web_widget_script,"
        "website_token,selected_feature_flags,reply_time,messaging_service_sid,phone_number,provider"
    )
    return {
        "id": inbox.pk,
        "avatar_url": "",
        "name": inbox.name,
        "greeting_enabled": False,
        "greeting_message": None,
        "working_hours_enabled": False,
        "enable_email_collect": True,
        "csat_survey_enabled": False,
        "csat_config": {},
        "enable_auto_assignment": True,
        "auto_assignment_config": {},
        "out_of_office_message": None,
        "working_hours": USUAL,
        "timezone": "UTC",
        "callback_webhook_url": None,
        "allow_messages_after_resolved": True,
        "lock_to_single_conversation": False,
        "sender_name_type": "friendly",
        "business_name": None,
        **dict.fromkeys(null.split(",")),
        **fields,
    }


def website(inbox: Inbox, **fields: Any) -> dict[str, Any]:
    with account_scope(inbox.account_id):
        channel = WebWidget.objects.get(inbox=inbox)
    source, token = "http://127.0.0.1:8000/widget.js", channel.website_token
    script = f'<script src="{source}" data-website-token="{token}" async></script>'
    return common(
        inbox,
        channel_id=channel.pk,
        channel_type="Channel::WebWidget",
        allowed_domains="",
        widget_color="#1f93ff",
        website_url="https://shop.test",
        hmac_mandatory=False,
        web_widget_script=script,
        website_token=channel.website_token,
        selected_feature_flags=["attachments", "emoji_picker", "end_conversation"],
        reply_time="in_a_few_minutes",
        pre_chat_form_enabled=False,
        continuity_via_email=True,
        **fields,
    )


def api_channel(inbox: Inbox, **fields: Any) -> dict[str, Any]:
    with account_scope(inbox.account_id):
        channel = ApiChannel.objects.get(inbox=inbox)
    return common(
        inbox,
        channel_id=channel.pk,
        channel_type="Channel::Api",
        hmac_mandatory=False,
        webhook_url=None,
        inbox_identifier=channel.identifier,
        additional_attributes={},
        **fields,
    )


def without(shape: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key not in keys}


# --- looking --------------------------------------------------------------------------------------------------
def test_bob_sees_his_inboxes_without_their_secrets(cast: Cast, api: Any) -> None:
    hidden = factories.make_inbox(cast.account, "Hidden")
    listed = api(cast.bob).read("/inboxes").json()

    assert [one["id"] for one in listed["payload"]] == [cast.api_inbox.pk, cast.inbox.pk]
    assert listed["payload"][0] == api_channel(cast.api_inbox)
    assert without(listed["payload"][1], "pre_chat_form_options") == website(cast.inbox)
    assert list(listed["payload"][1]["pre_chat_form_options"]) == ["pre_chat_message", "pre_chat_fields"]
    assert api(cast.bob).read(f"/inboxes/{hidden.pk}").status_code == 404


def test_alice_sees_all_inboxes_with_the_key_that_signs_visitors(cast: Cast, api: Any) -> None:
    factories.make_inbox(cast.account, "another")
    with account_scope(cast.account.pk):
        token = ApiChannel.objects.get().hmac_token

    listed = api(cast.alice).read("/inboxes").json()["payload"]

    assert [one["name"] for one in listed] == ["another", "Shop API", "Website"]
    assert listed[1] == api_channel(cast.api_inbox, hmac_token=token)
    assert api(cast.alice).read(f"/inboxes/{cast.api_inbox.pk}/").json() == listed[1]


def test_the_list_takes_as_few_statements_for_many_inboxes_as_for_one(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    few = factories.count_queries(lambda: alice.read("/inboxes"))
    for number in range(5):
        factories.make_inbox(cast.account, f"more {number}", "api" if number % 2 else "web_widget")
    assert factories.count_queries(lambda: alice.read("/inboxes")) == few <= 8


# --- opening --------------------------------------------------------------------------------------------------
def test_alice_opens_a_website_with_everything_set(cast: Cast, api: Any) -> None:
    body = {
        "name": "Shop",
        "greeting_enabled": True,
        "greeting_message": "Hello",
        "channel": {
            "type": "web_widget",
            "website_url": "shop.test",
            "widget_color": "#009CE0",
            "welcome_title": "Welcome",
            "reply_time": "in_a_day",
            "selected_feature_flags": ["attachments", "use_inbox_avatar_for_bot"],
            "allowed_domains": "shop.test, *.shop.test",
            "website_token": "mine",
        },
    }
    answer = api(cast.alice).send("/inboxes/", body)

    shape = answer.json()
    assert answer.status_code == 200
    assert (shape["name"], shape["greeting_message"], shape["greeting_enabled"]) == ("Shop", "Hello", True)
    assert (shape["widget_color"], shape["reply_time"]) == ("#009CE0", "in_a_day")
    assert shape["selected_feature_flags"] == ["attachments", "use_inbox_avatar_for_bot"]
    assert shape["website_token"] != "mine"
    with account_scope(cast.account.pk):
        assert WebWidget.objects.get(inbox_id=shape["id"]).feature_flags == 9
        assert WorkingHours.objects.filter(inbox_id=shape["id"]).count() == 7


def test_alice_opens_an_api_inbox(cast: Cast, api: Any) -> None:
    body = {"name": "Bridge", "channel": {"type": "api", "webhook_url": "https://x.test/hook"}}
    shape = api(cast.alice).send("/inboxes", body).json()

    with account_scope(cast.account.pk):
        inbox = Inbox.objects.get(name="Bridge")
        token = ApiChannel.objects.get(inbox=inbox).hmac_token
    assert shape == {**api_channel(inbox, hmac_token=token), "webhook_url": "https://x.test/hook"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "X"},
        {"name": "X", "channel": None},
        {"name": "X", "channel": "api"},
        {"name": "X", "channel": []},
        {"name": "X", "channel": {"type": "carrier_pigeon"}},
        {"name": "X", "channel": {"type": ["api"]}},
        {"name": "X", "channel": {"type": "web_widget"}},
        {"name": "X", "channel": {"type": "web_widget", "website_url": "javascript:alert(1)"}},
        {"name": "X", "channel": {"type": "web_widget", "website_url": "a.test", "widget_color": "red;}"}},
        {"name": "X", "channel": {"type": "web_widget", "website_url": "a.test", "reply_time": "soon"}},
        {
            "name": "X",
            "channel": {"type": "web_widget", "website_url": "a.test", "selected_feature_flags": ["x"]},
        },
        {"name": "X", "channel": {"type": "api", "webhook_url": "file:///etc/passwd"}},
        {"name": "X", "channel": {"type": "api", "additional_attributes": {"agent_reply_time_window": -1}}},
        {"name": "X", "timezone": "Mars/Base", "channel": {"type": "api"}},
        {"name": "", "channel": {"type": "api"}},
        {"name": "X", "working_hours": [{"day_of_week": 9}], "channel": {"type": "api"}},
        {"name": "X", "greeting_message": "x" * 10_001, "channel": {"type": "api"}},
    ],
)
def test_an_inbox_is_not_opened_of_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    answer = api(cast.alice).send("/inboxes", body)
    assert answer.status_code == 422, answer.content
    assert set(answer.json()) == {"code", "error", "message", "attributes"}
    with account_scope(cast.account.pk):
        assert Inbox.objects.count() == 2


def test_an_agent_opens_changes_and_deletes_no_inbox(cast: Cast, api: Any) -> None:
    bob, path = api(cast.bob), f"/inboxes/{cast.inbox.pk}"
    answers = [
        bob.send("/inboxes", {"name": "X", "channel": {"type": "api"}}),
        bob.send(path, {"name": "Mine"}, "patch"),
        bob.send(path, method="delete"),
        bob.send(f"{path}/avatar", method="delete"),
        bob.send(f"{path}/set_agent_bot", {"agent_bot": None}),
        bob.send(f"/inboxes/{cast.api_inbox.pk}/reset_secret"),
        bob.send("/inbox_members", {"inbox_id": cast.inbox.pk, "user_ids": [cast.alice.user_id]}),
    ]
    assert {one.status_code for one in answers} == {401}
    with account_scope(cast.account.pk):
        assert sorted(Inbox.objects.values_list("name", flat=True)) == ["Shop API", "Website"]


def test_a_limit_of_inboxes_is_402(cast: Cast, api: Any) -> None:
    with platform_scope("tests set limits"):
        type(cast.account).objects.filter(pk=cast.account.pk).update(limits={"inboxes": 2})
    answer = api(cast.alice).send("/inboxes", {"name": "X", "channel": {"type": "api"}})
    assert answer.status_code == 402
    with account_scope(cast.account.pk):
        assert Inbox.objects.count() == 2


# --- changing -------------------------------------------------------------------------------------------------
def test_alice_changes_an_inbox_its_channel_and_its_hours_at_once(cast: Cast, api: Any) -> None:
    body = {
        "name": "Website 2",
        "timezone": "Europe/Berlin",
        "sender_name_type": "professional",
        "csat_config": {"display_type": "star", "survey_rules": {"operator": "contains", "values": ["vip"]}},
        "auto_assignment_config": {"max_assignment_limit": 5},
        "working_hours": [
            {"day_of_week": 0, "open_all_day": True},
            {"day_of_week": 1, "closed_all_day": True, "open_hour": 9},
            {"day_of_week": 2, "open_hour": 8, "open_minutes": 30, "close_hour": 20, "close_minutes": 15},
        ],
        "channel": {"welcome_tagline": "Ask us", "hmac_mandatory": True},
    }
    shape = api(cast.alice).send(f"/inboxes/{cast.inbox.pk}", body, "patch").json()

    assert (shape["name"], shape["timezone"], shape["sender_name_type"]) == (
        "Website 2",
        "Europe/Berlin",
        "professional",
    )
    assert shape["csat_config"] == body["csat_config"]
    assert shape["auto_assignment_config"] == {"max_assignment_limit": 5}
    assert (shape["welcome_tagline"], shape["hmac_mandatory"]) == ("Ask us", True)
    all_day = {"open_hour": 0, "open_minutes": 0, "close_hour": 23, "close_minutes": 59}
    assert shape["working_hours"][:4] == [
        {"day_of_week": 0, "closed_all_day": False, "open_all_day": True, **all_day},
        {"day_of_week": 1, **CLOSED},
        {
            **NINE_TO_FIVE,
            "day_of_week": 2,
            "open_hour": 8,
            "open_minutes": 30,
            "close_hour": 20,
            "close_minutes": 15,
        },
        {"day_of_week": 3, **NINE_TO_FIVE},
    ]
    assert api(cast.alice).read(f"/inboxes/{cast.inbox.pk}").json() == shape


@pytest.mark.parametrize(
    "hours",
    [
        [{"day_of_week": 1, "open_hour": 9, "open_minutes": 0, "close_hour": 9, "close_minutes": 0}],
        [{"day_of_week": 1, "open_hour": 9, "open_minutes": 0}],
        [{"day_of_week": 1, "closed_all_day": True, "open_all_day": True}],
        [{"day_of_week": 1, "closed_all_day": True}, {"day_of_week": 1, "open_all_day": True}],
        [{"day_of_week": 7, "closed_all_day": True}],
        [{"day_of_week": 1, "open_hour": 24, "open_minutes": 0, "close_hour": 25, "close_minutes": 0}],
        [{"closed_all_day": True}],
        ["monday"],
        "always",
        [{"day_of_week": 1, "closed_all_day": True}] * 8,
    ],
)
def test_hours_that_are_none_change_nothing(cast: Cast, api: Any, hours: Any) -> None:
    body = {"name": "Changed", "working_hours": hours}
    answer = api(cast.alice).send(f"/inboxes/{cast.inbox.pk}", body, "patch")
    assert (answer.status_code, answer.json()["attributes"]) == (422, ["working_hours"])
    shape = api(cast.alice).read(f"/inboxes/{cast.inbox.pk}").json()
    assert (shape["name"], shape["working_hours"]) == ("Website", USUAL)


def test_a_form_says_null_by_its_name_and_brings_a_picture(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    alice.send(f"/inboxes/{cast.inbox.pk}", {"greeting_message": "Hi"}, "patch")
    made = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(made, "PNG")
    fields = {
        "greeting_message": "null",
        "channel[welcome_title]": "Welcome",
        "channel[selected_feature_flags][]": ["attachments", "emoji_picker"],
        "avatar": SimpleUploadedFile("a.png", made.getvalue(), "image/png"),
    }
    path = f"{alice.base}/inboxes/{cast.inbox.pk}"

    shape = alice.patch(path, encode_multipart(BOUNDARY, fields), content_type=MULTIPART_CONTENT).json()

    assert (shape["greeting_message"], shape["welcome_title"]) == (None, "Welcome")
    assert shape["selected_feature_flags"] == ["attachments", "emoji_picker"]
    assert shape["avatar_url"].startswith("http://127.0.0.1:8000/avatars/")
    gone = alice.delete(f"{path}/avatar")
    assert (gone.status_code, gone.content) == (200, b"")
    assert alice.get(path).json()["avatar_url"] == ""


def test_a_new_secret_of_the_webhook_is_shown_once_and_only_of_an_api_inbox(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    shape = alice.send(f"/inboxes/{cast.api_inbox.pk}/reset_secret").json()

    with account_scope(cast.account.pk):
        assert ApiChannel.objects.get().secret == shape["secret"]
    assert "secret" not in alice.read(f"/inboxes/{cast.api_inbox.pk}").json()
    assert alice.send(f"/inboxes/{cast.inbox.pk}/reset_secret").status_code == 404


# --- deleting -------------------------------------------------------------------------------------------------
def test_a_deleted_inbox_goes_with_its_conversations_bit_by_bit(
    cast: Cast, api: Any, outbox: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    for _ in range(3):
        factories.make_conversation(cast.inbox)
    kept = factories.make_conversation(cast.api_inbox)

    answer = api(cast.alice).send(f"/inboxes/{cast.inbox.pk}", method="delete")

    assert answer.status_code == 200
    assert set(answer.json()) == {"message"}
    runs = 0
    while [name for name, _payload in outbox()].count("inbox.deletion_asked") > runs:
        payload = [payload for name, payload in outbox() if name == "inbox.deletion_asked"][runs]
        runs += 1
        event = StoredEvent(
            id=runs,
            seq=runs,
            account_id=cast.account.pk,
            name="inbox.deletion_asked",
            version=1,
            payload=payload,
            created_at=cast.account.created_at,
        )
        with account_scope(cast.account.pk):
            deletion.delete_inbox(event)
    assert runs == 2
    with account_scope(cast.account.pk):
        assert list(Inbox.objects.values_list("pk", flat=True)) == [cast.api_inbox.pk]
        assert list(Conversation.objects.values_list("pk", flat=True)) == [kept.pk]
    assert api(cast.alice).read(f"/inboxes/{cast.inbox.pk}").status_code == 404


# --- who is in it -----------------------------------------------------------------------------------------
def ids(answer: Any) -> list[int]:
    return [one["id"] for one in answer.json()["payload"]]


def test_members_of_an_inbox_are_added_set_and_removed(cast: Cast, api: Any) -> None:
    alice, inbox = api(cast.alice), factories.make_inbox(cast.account, "Empty")
    bob, boss = cast.bob.user_id, cast.alice.user_id

    assert ids(alice.send("/inbox_members", {"inbox_id": inbox.pk, "user_ids": [bob, boss]})) == [boss, bob]
    assert ids(alice.send("/inbox_members", {"inbox_id": inbox.pk, "user_ids": [bob]}, "patch")) == [bob]
    assert ids(api(cast.bob).read(f"/inbox_members/{inbox.pk}")) == [bob]
    gone = alice.send("/inbox_members", {"inbox_id": inbox.pk, "user_ids": [bob]}, "delete")
    assert (gone.status_code, gone.content) == (200, b"")
    assert ids(alice.read(f"/inbox_members/{inbox.pk}")) == []
    assert api(cast.bob).read(f"/inbox_members/{inbox.pk}").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"inbox_id": "x"}, {"inbox_id": 1, "user_ids": "x"}, {"user_ids": [1]}, {"inbox_id": None}]
)
def test_members_that_are_none(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    for method in ("post", "patch", "delete"):
        assert api(cast.alice).send("/inbox_members", body, method).status_code == 422


def test_a_foreign_inbox_or_user_cannot_be_joined(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    for inbox_id in (cast.other_inbox.pk, 987_654, -1):
        body = {"inbox_id": inbox_id, "user_ids": [cast.bob.user_id]}
        assert alice.send("/inbox_members", body).status_code == 404
    stranger = alice.send("/inbox_members", {"inbox_id": cast.inbox.pk, "user_ids": [cast.charlie.user_id]})
    assert stranger.status_code == 422
    assert ids(alice.read(f"/inbox_members/{cast.inbox.pk}")) == [cast.bob.user_id]


def test_assignable_is_who_is_in_all_of_them_and_every_administrator(cast: Cast, api: Any) -> None:
    nora = factories.make_member(cast.account, factories.make_user("Nora"))
    factories.join_inbox(nora, cast.inbox)
    alice = api(cast.alice)
    both = [cast.inbox.pk, cast.api_inbox.pk]
    path = f"{alice.base}/assignable_agents"

    assert ids(alice.get(path, {"inbox_ids[]": [cast.inbox.pk]})) == [
        cast.alice.user_id,
        cast.bob.user_id,
        nora.user_id,
    ]
    assert ids(alice.get(path, {"inbox_ids[]": both})) == [cast.alice.user_id, cast.bob.user_id]
    assert ids(alice.read(f"/inboxes/{cast.inbox.pk}/assignable_agents"))[-1] == nora.user_id
    assert alice.get(path, {"inbox_ids[]": [cast.other_inbox.pk]}).status_code == 404
    assert alice.get(path).status_code == 422
    assert alice.get(path, {"inbox_ids[]": ["x"]}).status_code == 422


# --- bots -----------------------------------------------------------------------------------------------------
def test_a_bot_is_put_into_an_inbox_and_taken_out_again(cast: Cast, api: Any) -> None:
    with account_scope(cast.account.pk):
        bot = AgentBot.objects.create(account=cast.account, name="Robo")
    house = SystemBot.objects.create(id=10**9, name="House")
    alice, path = api(cast.alice), f"/inboxes/{cast.inbox.pk}"

    assert alice.read(f"{path}/agent_bot").json() == {}
    put = alice.send(f"{path}/set_agent_bot", {"agent_bot": bot.pk})
    assert (put.status_code, put.content) == (200, b"")
    shown = api(cast.bob).read(f"{path}/agent_bot").json()["agent_bot"]
    assert (shown["id"], shown["name"], "access_token" in shown) == (bot.pk, "Robo", False)
    alice.send(f"{path}/set_agent_bot", {"agent_bot": house.pk})
    assert alice.read(f"{path}/agent_bot").json()["agent_bot"]["system_bot"] is True
    alice.send(f"{path}/set_agent_bot", {"agent_bot": None})
    assert alice.read(f"{path}/agent_bot").json() == {}


def test_a_foreign_bot_does_not_get_in(cast: Cast, api: Any) -> None:
    with account_scope(cast.other.pk):
        bot = AgentBot.objects.create(account=cast.other, name="Spy")
    for bot_id in (bot.pk, 987_654, -1):
        answer = api(cast.alice).send(f"/inboxes/{cast.inbox.pk}/set_agent_bot", {"agent_bot": bot_id})
        assert answer.status_code == 404
    with account_scope(cast.account.pk):
        assert not BotInbox.objects.exists()


# --- webhooks -------------------------------------------------------------------------------------------------
def test_webhooks_in_their_envelopes(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    made = alice.send(
        "/webhooks", {"webhook": {"url": "https://x.test/hook", "inbox_id": cast.inbox.pk}}
    ).json()

    row = made["payload"]["webhook"]
    assert made == {
        "payload": {
            "webhook": {
                "id": row["id"],
                "name": None,
                "url": "https://x.test/hook",
                "account_id": cast.account.pk,
                "subscriptions": list(SUBSCRIPTIONS[:8]),
                "inbox": {"id": cast.inbox.pk, "name": "Website"},
            }
        }
    }
    assert alice.read("/webhooks").json() == {"payload": {"webhooks": [row]}}
    changed = {"name": "Shop", "subscriptions": ["message_created"]}
    assert alice.send(f"/webhooks/{row['id']}", changed, "patch").json()["payload"]["webhook"] == {
        **row,
        **changed,
    }
    assert alice.send(f"/webhooks/{row['id']}", method="delete").status_code == 200
    assert alice.read("/webhooks").json() == {"payload": {"webhooks": []}}
    assert api(cast.bob).read("/webhooks").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "x"},
        {"url": "javascript:alert(1)"},
        {"url": "https://u:p@x.test"},
        {"url": "https://x.test/" + "a" * 2048},
        {"url": "https://x.test/ü"},
        {"url": "https://x.test:99999"},
        {"url": "https://taken.test"},
        {"url": "https://x.test", "subscriptions": []},
        {"url": "https://x.test", "subscriptions": ["x"]},
        {"url": "https://x.test", "subscriptions": [["message_created"]]},
        {"url": "https://x.test", "inbox_id": "x"},
    ],
)
def test_a_webhook_is_not_made_of_nonsense(cast: Cast, api: Any, body: dict[str, Any]) -> None:
    alice = api(cast.alice)
    alice.send("/webhooks", {"url": "https://taken.test"})
    assert alice.send("/webhooks", body).status_code == 422
    assert (
        alice.send("/webhooks", {"url": "https://y.test", "inbox_id": cast.other_inbox.pk}).status_code == 404
    )
    with account_scope(cast.account.pk):
        assert Webhook.objects.count() == 1
