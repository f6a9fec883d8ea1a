"""GET events: what happened, in order, for who may know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions.tokens import create_token
from accounts.models import Membership
from channels_ext.realtime import history
from config.database import account_scope, platform_scope
from config.models import OutboxEvent
from config.tasks import prune_outbox
from conversations.actions.assignment import assign_agent
from tests import factories
from tests.factories import Cast


def number() -> int:
    """What the relay does: the next numbers, in the order of the rows. The newest one."""
    with platform_scope("tests play the relay"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO config_relaystate (id, last_seq) VALUES (1, 0) ON CONFLICT DO NOTHING")
        cursor.execute("SELECT last_seq FROM config_relaystate")
        seq = int(cursor.fetchone()[0])
        for event in OutboxEvent.objects.filter(seq__isnull=True).order_by("id"):
            seq += 1
            OutboxEvent.objects.filter(pk=event.pk).update(seq=seq)
        cursor.execute("UPDATE config_relaystate SET last_seq = %s", [seq])
    return seq


def read(api: Any, member: Membership, **query: Any) -> Any:
    return api(member).read("/events", **query)


def told(answer: Any) -> list[tuple[str, Any]]:
    assert answer.status_code == 200, answer.content
    return [(one["event"], one["data"].get("conversation_id")) for one in answer.json()["payload"]]


def test_alice_follows_what_happens_from_page_to_page(cast: Cast, api: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    factories.say(cast.bob, conversation.display_id)
    latest = number()

    pages, after = [], 0
    while True:
        answer = read(api, cast.alice, after=after, limit=2).json()
        pages.append(answer["payload"])
        after = answer["meta"]["next"]
        if not answer["meta"]["has_more"]:
            break

    events = [one for page in pages for one in page]
    assert [one["seq"] for one in events] == sorted(one["seq"] for one in events)
    assert all(len(page) <= 2 for page in pages) and after == latest
    names = [one["event"] for one in events]
    assert names.count("message.created") == 2 and "conversation.created" in names
    said = next(
        one for one in events if one["event"] == "message.created" and one["data"]["message_type"] == 1
    )
    assert said["actor"] == {"type": "user", "id": cast.bob.user_id, "name": "Bob"}
    assert said["data"]["conversation_id"] == conversation.display_id
    assert set(said["data"]) == {
        "conversation_id", "inbox_id", "contact_id", "assignee_id", "team_id", "message_id", "message_type",
        "private", "echo_id",
    }  # fmt: skip
    assert set(said) == {"seq", "id", "event", "version", "created_at", "actor", "data"}

    assert told(read(api, cast.alice, after=after)) == []
    factories.say(cast.bob, conversation.display_id, "And one more")
    number()
    assert ("message.created", conversation.display_id) in told(read(api, cast.alice, after=after))


def test_an_agent_is_told_what_their_rights_show(cast: Cast, api: Any) -> None:
    mine = factories.make_conversation(cast.inbox)
    closed = factories.make_inbox(cast.account, "Back office")
    theirs = factories.make_conversation(closed, "Wanda")
    after = number()
    assert {display for _name, display in told(read(api, cast.bob, after=0))} >= {mine.display_id}
    assert theirs.display_id not in {display for _name, display in told(read(api, cast.bob, after=0))}
    assert theirs.display_id in {display for _name, display in told(read(api, cast.alice, after=0))}

    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        assign_agent(
            actor=access.actor, access=access, display_id=theirs.display_id, user_id=cast.bob.user_id
        )
    factories.say(cast.alice, theirs.display_id, "For Bob")
    number()
    later = told(read(api, cast.bob, after=after))
    assert ("message.created", theirs.display_id) in later


def test_nobody_reads_another_accounts_events(cast: Cast, api: Any) -> None:
    factories.make_conversation(cast.inbox)
    factories.make_conversation(cast.other_inbox, "Olga")
    number()
    with platform_scope("tests look at everything"):
        ids = dict(OutboxEvent.objects.values_list("id", "account_id"))
    for member in (cast.alice, cast.dora):
        seen = {one["id"] for one in read(api, member, after=0).json()["payload"]}
        assert seen and {ids[one] for one in seen} == {member.account_id}
    foreign = Client(HTTP_API_ACCESS_TOKEN=factories.token_of(cast.charlie.user))
    assert foreign.get(f"/api/v1/accounts/{cast.account.pk}/events").status_code == 401


def test_a_persons_notifications_are_told_to_nobody_else(cast: Cast, api: Any) -> None:
    with account_scope(cast.account.pk):
        for name in ("notification.created", "access.changed", "contacts.export_requested", "label.renamed"):
            OutboxEvent.objects.create(
                account_id=cast.account.pk,
                name=name,
                payload={"user_id": cast.bob.user_id, "notification_id": 1},
            )
    number()
    assert told(read(api, cast.bob, after=0)) == [("notification.created", None)]
    assert told(read(api, cast.alice, after=0)) == []


def test_a_limited_token_is_told_what_it_covers(cast: Cast) -> None:
    factories.make_conversation(cast.inbox)
    with account_scope(cast.account.pk):
        OutboxEvent.objects.create(
            account_id=cast.account.pk, name="contact.created", payload={"contact_id": 1}
        )
    number()

    def names(*scopes: str) -> Any:
        _row, token = create_token(person=cast.alice.user, name="-".join(scopes), scopes=list(scopes))
        answer = Client(HTTP_API_ACCESS_TOKEN=token).get(f"/api/v1/accounts/{cast.account.pk}/events")
        if answer.status_code != 200:
            return answer.status_code
        return {one["event"].partition(".")[0] for one in answer.json()["payload"]}

    assert names("read") == {"conversation", "message", "contact"}
    assert names("conversation.read") == {"conversation", "message"}
    assert names("contact.read") == 401


def test_a_page_without_anything_for_bob_moves_on(cast: Cast, api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(history, "MOST_SCANNED", 3)
    closed = factories.make_inbox(cast.account, "Back office")
    for _ in range(3):
        factories.make_conversation(closed)
    mine = factories.make_conversation(cast.inbox)
    latest = number()
    found, after, rounds = [], 0, 0
    while after < latest:
        answer = read(api, cast.bob, after=after)
        found += told(answer)
        assert answer.json()["meta"]["next"] > after
        after, rounds = answer.json()["meta"]["next"], rounds + 1
    assert {display for _name, display in found} == {mine.display_id} and rounds >= 3


def test_a_cursor_older_than_what_is_kept_is_410_and_says_how_to_go_on(cast: Cast, api: Any) -> None:
    factories.make_conversation(cast.inbox)
    pruned = number()
    with platform_scope("tests age the events"):
        OutboxEvent.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert prune_outbox() > 0
    factories.make_conversation(cast.inbox, "Wanda")
    latest = number()

    gone = read(api, cast.alice, after=pruned - 1)

    assert gone.status_code == 410
    body = gone.json()
    assert body["code"] == "cursor_gone" and f"after={latest}" in body["error"]
    assert body["meta"] == {"next": latest, "latest": latest, "has_more": False, "oldest": pruned}
    kept = told(read(api, cast.alice, after=pruned))
    assert kept and kept == told(read(api, cast.alice))  # without a cursor: from the oldest kept one
    assert told(read(api, cast.alice, after=body["meta"]["next"])) == []


def test_a_cursor_from_the_future_is_none_of_ours(cast: Cast, api: Any) -> None:
    latest = number()
    assert read(api, cast.alice, after=latest + 1).status_code == 410


def test_what_waits_for_a_handler_hides_no_gap(cast: Cast, api: Any) -> None:
    """An old event that is kept for its handler stands before others that are gone."""
    factories.make_conversation(cast.inbox)
    latest = number()
    with platform_scope("tests age the events"), connection.cursor() as cursor:
        OutboxEvent.objects.update(created_at=timezone.now() - timedelta(days=31))
        oldest = OutboxEvent.objects.order_by("seq").first()
        assert oldest is not None
        cursor.execute(
            "INSERT INTO config_handlerrun (event_id, account_id, handler, state, attempts, enqueues, last_error) "
            "VALUES (%s, %s, 'x.y', 'dead', 0, 0, '')",
            [oldest.pk, cast.account.pk],
        )
    prune_outbox()
    assert read(api, cast.alice, after=oldest.seq).status_code == 410
    assert read(api, cast.alice, after=latest).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"after": -1}, {"after": "x"}, {"after": 2**70}, {"limit": 0}, {"limit": 501}, {"limit": "1 or 1"}],
)
def test_a_question_that_makes_no_sense_is_422(cast: Cast, api: Any, query: dict[str, Any]) -> None:
    answer = read(api, cast.alice, **query)
    assert (answer.status_code, answer.json()["attributes"]) == (422, list(query))


def test_a_feed_takes_as_few_statements_for_many_events_as_for_one(cast: Cast, api: Any) -> None:
    client = api(cast.bob)
    factories.make_conversation(cast.inbox)
    number()
    few = factories.count_queries(lambda: client.read("/events", after=0))
    for _ in range(5):
        factories.make_conversation(cast.inbox)
    number()
    assert factories.count_queries(lambda: client.read("/events", after=0)) == few
