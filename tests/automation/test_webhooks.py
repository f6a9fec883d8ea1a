"""Webhooks of an account: every event once, signed, in order, tried for 76 hours, and a log that can be sent again."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from automation import deliveries, tasks, webhooks
from automation.models import WebhookDelivery, WebhookPause
from config.celery import app
from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from config.sending import MOST_TRIES, WAITS
from conversations.actions.status import change_status
from conversations.queries.webhooks import NAMES
from inboxes.models import Webhook
from tests import factories
from tests.channels_ext.receiver import Arrival, Receiver, always, is_signed
from tests.factories import Cast

State = WebhookDelivery.State


@pytest.fixture(autouse=True)
def nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker of these tests is `send_all`."""
    monkeypatch.setattr(app, "send_task", lambda *_args, **_kwargs: None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as listening:
        yield listening


def subscribe(cast: Cast, url: str, *names: str, **fields: Any) -> Webhook:
    with account_scope(cast.account.pk):
        return Webhook.objects.create(account=cast.account, url=url, subscriptions=list(names), **fields)


def plan_all(cast: Cast) -> None:
    with platform_scope("tests look at everything"):
        rows = list(OutboxEvent.objects.filter(account_id=cast.account.pk).order_by("id"))
    for row in rows:
        if row.name in NAMES:
            event = StoredEvent(row.pk, row.pk, row.account_id, row.name, 1, row.payload, row.created_at)
            with account_scope(cast.account.pk):
                webhooks.plan(event)
    make_due(cast)


def make_due(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        WebhookDelivery.objects.filter(state="queued").update(
            due_at=timezone.now() - datetime.timedelta(hours=1)
        )


def send_all(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        lanes = list(WebhookDelivery.objects.values_list("webhook_id", "lane").distinct())
    for webhook_id, lane in lanes:
        deliveries.deliver_lane(account_id=cast.account.pk, webhook_id=webhook_id, lane=lane)


def log(cast: Cast) -> list[WebhookDelivery]:
    with account_scope(cast.account.pk):
        return list(WebhookDelivery.objects.order_by("id"))


def test_what_is_subscribed_to_arrives_signed_and_in_order(cast: Cast, receiver: Receiver) -> None:
    hook = subscribe(cast, receiver.url, "message_created", "conversation_created")
    factories.hear(cast.vera, "First")
    factories.say(cast.bob, 1, "Second")
    plan_all(cast)

    send_all(cast)

    events = [(arrival.json["event"], arrival.json.get("content")) for arrival in receiver.arrivals]
    assert events == [
        ("conversation_created", None),
        ("message_created", "First"),
        ("message_created", "Second"),
    ]
    assert all(is_signed(arrival, hook.secret) for arrival in receiver.arrivals)
    assert len({arrival.key for arrival in receiver.arrivals}) == 3
    assert [one.state for one in log(cast)] == ["accepted"] * 3


def test_what_nobody_subscribes_to_is_not_planned(cast: Cast, receiver: Receiver) -> None:
    subscribe(cast, receiver.url, "conversation_status_changed")
    factories.hear(cast.vera)
    plan_all(cast)
    assert log(cast) == []
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        change_status(actor=access.actor, access=access, display_id=1, status="resolved")
    plan_all(cast)
    assert [one.event_name for one in log(cast)] == ["conversation_status_changed"]


def test_a_webhook_of_one_inbox_hears_of_that_inbox_only(cast: Cast, receiver: Receiver) -> None:
    subscribe(cast, receiver.url, "message_created", inbox=cast.api_inbox)
    factories.hear(cast.vera, "Somewhere else")
    factories.hear(factories.make_session(cast.api_inbox), "Here")
    plan_all(cast)
    send_all(cast)
    assert [arrival.json["content"] for arrival in receiver.arrivals] == ["Here"]


def test_another_account_hears_nothing(cast: Cast, receiver: Receiver) -> None:
    with account_scope(cast.other.pk):
        Webhook.objects.create(account=cast.other, url=receiver.url, subscriptions=["message_created"])
    factories.hear(cast.vera)
    plan_all(cast)
    assert log(cast) == []
    with account_scope(cast.other.pk):
        assert WebhookDelivery.objects.count() == 0


def test_a_handler_that_runs_twice_plans_once(cast: Cast, receiver: Receiver) -> None:
    subscribe(cast, receiver.url, "message_created")
    factories.hear(cast.vera)
    plan_all(cast)
    plan_all(cast)
    assert len(log(cast)) == 1


def test_every_try_has_the_same_id_and_body_and_a_new_time(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = subscribe(cast, receiver.url, "message_created")
    factories.hear(cast.vera)
    plan_all(cast)
    receiver.answer = always(500, b"no")
    now = time.time()
    for number in range(MOST_TRIES):
        with monkeypatch.context() as later:
            later.setattr("config.sending.time.time", lambda number=number: now + number)
            send_all(cast)
        [line] = log(cast)
        assert (line.attempts, line.answer_status, line.reason) == (number + 1, 500, "answered 500: no")
        if number < MOST_TRIES - 1:
            wait = (line.due_at - line.updated_at).total_seconds()
            assert line.state == "queued"
            assert 0.8 * WAITS[number] <= wait <= 1.2 * WAITS[number]
            make_due(cast)

    assert line.state == "failed"
    assert len({arrival.key for arrival in receiver.arrivals}) == 1
    assert len({arrival.body for arrival in receiver.arrivals}) == 1
    assert len({arrival.headers["webhook-signature"] for arrival in receiver.arrivals}) == MOST_TRIES
    assert is_signed(receiver.arrivals[0], hook.secret)
    assert 75 <= sum(WAITS) / 3600 <= 77


def test_one_that_waits_holds_back_its_own_conversation_and_no_other(cast: Cast, receiver: Receiver) -> None:
    subscribe(cast, receiver.url, "message_created")
    factories.hear(cast.vera, "bad")
    factories.hear(cast.vera, "after bad")
    factories.hear(factories.make_session(cast.inbox, "Wei"), "good")
    plan_all(cast)

    def answer(arrival: Arrival) -> tuple[int, dict[str, str], bytes]:
        return (500 if arrival.json["content"] == "bad" else 200), {}, b""

    receiver.answer = answer
    send_all(cast)
    assert [arrival.json["content"] for arrival in receiver.arrivals] == ["bad", "good"]


def test_a_redirect_is_not_followed(cast: Cast, receiver: Receiver) -> None:
    subscribe(cast, receiver.url, "message_created")
    factories.hear(cast.vera)
    plan_all(cast)
    receiver.answer = always(302, b"", Location=f"{receiver.url}/elsewhere")
    send_all(cast)
    assert len(receiver.arrivals) == 1
    assert (log(cast)[0].state, log(cast)[0].answer_status) == ("queued", 302)


def test_gone_pauses_the_webhook_and_tells_the_administrators_by_mail(
    cast: Cast, receiver: Receiver, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    hook = subscribe(cast, receiver.url, "message_created")
    factories.hear(cast.vera, "one")
    factories.hear(cast.vera, "two")
    plan_all(cast)
    receiver.answer = always(410)
    with django_capture_on_commit_callbacks(execute=True):
        send_all(cast)

    assert len(receiver.arrivals) == 1
    with account_scope(cast.account.pk):
        assert WebhookPause.objects.get(webhook=hook).reason == "The endpoint answered 410 Gone."
    assert [one.state for one in log(cast)] == ["failed", "queued"]
    assert [mail.to for mail in mailoutbox] == [[cast.alice.user.email]]
    assert receiver.url in mailoutbox[0].body


def test_resuming_sends_what_has_waited(cast: Cast, receiver: Receiver, api: Any) -> None:
    hook = subscribe(cast, receiver.url, "message_created")
    with account_scope(cast.account.pk):
        WebhookPause.objects.create(account=cast.account, webhook=hook, reason="410")
    factories.hear(cast.vera, "kept")
    plan_all(cast)
    send_all(cast)
    assert receiver.arrivals == []

    assert api(cast.alice).send(f"/webhooks/{hook.pk}/resume").status_code == 200
    send_all(cast)
    assert [arrival.json["content"] for arrival in receiver.arrivals] == ["kept"]


def test_the_log_shows_what_came_back_and_one_line_can_be_sent_again(
    cast: Cast, receiver: Receiver, api: Any
) -> None:
    hook = subscribe(cast, receiver.url, "message_created")
    factories.hear(cast.vera, "hello")
    plan_all(cast)
    receiver.answer = always(503, b"later")
    send_all(cast)
    alice = api(cast.alice)

    [line] = alice.read(f"/webhooks/{hook.pk}/deliveries").json()["payload"]
    assert (line["event"], line["state"], line["answer_status"]) == ("message_created", "queued", 503)
    whole = alice.read(f"/webhooks/{hook.pk}/deliveries/{line['id']}").json()
    assert whole["body"] == receiver.arrivals[0].body.decode()

    receiver.answer = always(200)
    with account_scope(cast.account.pk):
        WebhookDelivery.objects.update(state="failed")
    again = alice.send(f"/webhooks/{hook.pk}/deliveries/{line['id']}/replay").json()
    make_due(cast)
    send_all(cast)
    assert receiver.arrivals[1].body == receiver.arrivals[0].body
    assert receiver.arrivals[1].key == again["webhook_id"] != receiver.arrivals[0].key


def test_a_time_can_be_sent_again(cast: Cast, receiver: Receiver, api: Any) -> None:
    hook = subscribe(cast, receiver.url, "message_created")
    for text in ("a", "b", "c"):
        factories.hear(cast.vera, text)
    plan_all(cast)
    with account_scope(cast.account.pk):
        WebhookDelivery.objects.update(state="failed")
    now = int(time.time())
    body = {"since": now - 3600, "until": now + 3600}

    assert api(cast.alice).send(f"/webhooks/{hook.pk}/replay", body).json() == {"count": 3}
    make_due(cast)
    send_all(cast)
    assert [arrival.json["content"] for arrival in receiver.arrivals] == ["a", "b", "c"]


def test_a_test_event_says_what_it_is(cast: Cast, receiver: Receiver, api: Any) -> None:
    hook = subscribe(cast, receiver.url, "message_created")
    assert api(cast.alice).send(f"/webhooks/{hook.pk}/test").status_code == 200
    make_due(cast)
    send_all(cast)
    assert receiver.arrivals[0].json["event"] == "webhook_test"
    assert is_signed(receiver.arrivals[0], hook.secret)


def test_agents_and_strangers_reach_no_log(cast: Cast, api: Any) -> None:
    hook = subscribe(cast, "https://hooks.shop.test/", "message_created")
    for path in ("deliveries", "deliveries/1"):
        assert api(cast.bob).read(f"/webhooks/{hook.pk}/{path}").status_code == 401
    for path in ("test", "resume", "replay", "deliveries/1/replay"):
        assert api(cast.bob).send(f"/webhooks/{hook.pk}/{path}", {"since": 1, "until": 2}).status_code == 401
    foreign = api(cast.dora).read(f"/webhooks/{hook.pk}/deliveries")
    unknown = api(cast.dora).read("/webhooks/999999/deliveries")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    assert log(cast) == []


def test_an_old_line_is_pruned_and_a_new_one_kept(cast: Cast) -> None:
    subscribe(cast, "https://hooks.shop.test/", "message_created")
    factories.hear(cast.vera, "old")
    factories.hear(cast.vera, "new")
    plan_all(cast)
    first = log(cast)[0]
    with account_scope(cast.account.pk):
        WebhookDelivery.objects.filter(pk=first.pk).update(
            created_at=timezone.now() - datetime.timedelta(days=31)
        )
    assert tasks.prune_webhooks() == 1
    assert [one.pk for one in log(cast)] == [log(cast)[0].pk] and first.pk not in [
        one.pk for one in log(cast)
    ]
