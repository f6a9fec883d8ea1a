"""Attacks on the API as a whole that no test of a single route shows."""

from __future__ import annotations

import time
from typing import Any

import pytest

from accounts.actions import bots, dashboard_apps, teams
from accounts.models import AgentBot
from automation.actions import macros, rules
from channels_ext.models import ApiChannel, WebWidget
from config.database import account_scope
from conversations.actions import account_labels, keeping
from inboxes.actions import webhooks
from tests import factories
from tests.contract.account_operations import ACCOUNT as KEPT
from tests.contract.account_operations import AUTOMATION, INBOXES
from tests.contract.conversation_operations import CONTACTS, CONVERSATIONS
from tests.contract.further_operations import FURTHER
from tests.contract.operation import Operation
from tests.contract.operations import OPERATIONS
from tests.contract.stored import everything, rows_of
from tests.contract.world import World, taken_back
from tests.factories import Cast

NOWHERE = 987_654_321
SOON = 5  # seconds: not a measurement, but what an attack on time would exceed, on any machine
DEEP = b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
CROWDED = b'{"name":"x","custom_attributes":{' + b",".join(b'"k%d":1' % n for n in range(100_000)) + b"}}"
HUGE = b'{"name":"' + b"x" * (11 * 1024 * 1024) + b'"}'
BODIES = {
    "100,000 deep": (DEEP, {400}),
    "100,000 keys": (CROWDED, {422}),
    "11 MB": (HUGE, {413}),
    "a lone surrogate": (b'{"name":"\\ud800"}', {400, 422}),
    "UTF-16": ('{"name":"x"}'.encode("utf-16"), {400}),
    "1e309": (b'{"name":"x","custom_attributes":{"n":1e309}}', {400}),
    "a number of 5,000 digits": (b'{"name":"x","custom_attributes":{"n":' + b"9" * 5000 + b"}}", {400, 422}),
}


@pytest.mark.parametrize("title", BODIES)
def test_a_body_that_would_break_a_parser_is_refused_soon(cast: Cast, api: Any, title: str) -> None:
    body, statuses = BODIES[title]
    alice, before = api(cast.alice), everything()
    began = time.monotonic()
    answer = alice.generic("POST", f"{alice.base}/contacts", body, content_type="application/json")
    assert answer.status_code in statuses, answer.content[:200]
    assert time.monotonic() - began < SOON
    assert everything() == before


def test_of_a_key_that_comes_twice_the_last_counts(cast: Cast, api: Any) -> None:
    alice = api(cast.alice)
    body = b'{"short_code":"a","content":"one","content":"two"}'
    answer = alice.generic("POST", f"{alice.base}/canned_responses", body, content_type="application/json")
    assert answer.json()["content"] == "two"


TEXTS = {
    "bidi": "safe\u202egnp.exe",
    "combining": "a" + "\u0301" * 200,
    "emoji": "👩‍👩‍👧‍👦🇩🇪",
    "script": "<script>alert(1)</script>",
    "template": "{{7*7}}{% include 'x' %}${7*7}",
    "noncharacters": "a\uffff\ufffeb",
}


@pytest.mark.parametrize("title", TEXTS)
def test_hostile_text_is_text(cast: Cast, api: Any, title: str) -> None:
    alice, text = api(cast.alice), TEXTS[title]
    made = alice.send("/contacts", {"name": text, "identifier": "x"}).json()["payload"]["contact"]
    assert made["name"] == text
    assert alice.send("/canned_responses", {"short_code": "a", "content": text}).json()["content"] == text
    assert alice.send(f"/contacts/{made['id']}/notes", {"content": text}).json()["content"] == text
    assert alice.send("/teams", {"name": text}).json()["name"] == text.lower()


RANGES: list[dict[str, Any]] = [
    {"since": 0, "until": 253_402_300_799, "group_by": "hour"},
    {"since": 0, "until": 4_000_000_000, "group_by": "day"},
    {"since": -62_135_596_800, "until": 4_000_000_000},
    {"since": 1_800_000_000, "until": 1_700_000_000},
    {"since": 1_700_000_000, "until": 1_700_086_400, "group_by": "minute"},
    {"since": 1_700_000_000, "until": 1_700_086_400, "timezone_offset": "+99:99"},
    {"since": 1_700_000_000, "until": 1_700_086_400, "timezone_offset": 99},
]


@pytest.mark.parametrize("query", RANGES, ids=str)
def test_a_report_over_any_time_is_bounded(cast: Cast, api: Any, query: dict[str, Any]) -> None:
    began = time.monotonic()
    answer = api(cast.alice).get(
        f"/api/v2/accounts/{cast.account.pk}/reports",
        {"metric": "conversations_count", "type": "account", **query},
    )
    assert answer.status_code in {200, 422}, answer.content[:200]
    assert time.monotonic() - began < SOON
    assert len(answer.content) < 1_000_000


@pytest.mark.parametrize("q", ["%" * 1000, "_", "\\", "a & !b:* |", "'; SELECT pg_sleep(9);--", "x" * 10_000])
@pytest.mark.parametrize("path", ["/contacts/search", "/search", "/conversations"])
def test_what_is_searched_for_is_taken_literally(cast: Cast, api: Any, path: str, q: str) -> None:
    factories.hear(factories.make_session(cast.inbox, "Wei", email="wei@customer.test"), "Hello")
    began = time.monotonic()
    answer = api(cast.alice).read(path, q=q)
    assert time.monotonic() - began < SOON
    if answer.status_code == 200:
        found = answer.json().get("payload") or answer.json().get("data", {}).get("payload")
        assert not (any(found.values()) if isinstance(found, dict) else found)
    else:
        assert answer.status_code == 422


COLLECTIONS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("/labels", {"title": "label-{}"}, account_labels, "MOST_LABELS"),
    ("/canned_responses", {"short_code": "c{}", "content": "x"}, keeping, "MOST_CANNED"),
    ("/custom_attribute_definitions", {"attribute_display_name": "a", "attribute_key": "k{}",
                                       "attribute_model": "contact_attribute"}, keeping, "MOST_ATTRIBUTES"),
    ("/teams", {"name": "team {}"}, teams, "MOST_TEAMS"),
    ("/agent_bots", {"name": "bot {}"}, bots, "MOST_BOTS"),
    ("/dashboard_apps", {"title": "a", "content": [{"type": "frame", "url": "https://a.test"}]}, dashboard_apps,
     "MOST_APPS"),
    ("/webhooks", {"url": "https://a.test/{}"}, webhooks, "MOST_WEBHOOKS"),
    ("/macros", {"name": "m", "actions": [{"action_name": "resolve_conversation", "action_params": []}]}, macros,
     "MOST_MACROS"),
    ("/automation_rules", {"name": "r", "event_name": "message_created", "conditions": [],
                           "actions": [{"action_name": "resolve_conversation", "action_params": []}]}, rules,
     "MOST_RULES"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "module", "name"), COLLECTIONS, ids=lambda one: str(one)[:30])
def test_every_collection_of_an_account_has_an_end(
    cast: Cast, api: Any, monkeypatch: Any, path: str, body: dict[str, Any], module: Any, name: str
) -> None:
    alice = api(cast.alice)
    monkeypatch.setattr(module, name, 2)
    bodies = [
        {key: value.format(n) if isinstance(value, str) else value for key, value in body.items()}
        for n in range(3)
    ]
    assert [alice.send(path, one).status_code for one in bodies[:2]] == [200, 200]
    before = everything()
    answer = alice.send(path, bodies[2])
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
    assert everything() == before


# Ids of rows that others' operations do not name.
REFERENCES: list[tuple[str, str, dict[str, Any]]] = [
    ("team", "conversations/{talk}/assignments", {"team_id": "$team"}),
    ("bot", "conversations/{talk}/assignments", {"assignee_id": "$bot", "assignee_type": "AgentBot"}),
    ("bob", "conversations", {"inbox_id": "$api_inbox", "contact_id": "$contact", "assignee_id": "$bob"}),
    ("team", "conversations", {"inbox_id": "$api_inbox", "contact_id": "$contact", "team_id": "$team"}),
    ("source", "conversations", {"source_id": "$source"}),
    ("bob", "bulk_actions", {"type": "Conversation", "ids": ["$talk"], "fields": {"assignee_id": "$bob"}}),
    ("inbox", "webhooks", {"url": "https://a.test", "inbox_id": "$inbox"}),
    ("bot", "conversations/{talk}/messages", {"content": "x", "sender_type": "AgentBot", "sender_id": "$bot"}),
    ("bob", "conversations/{talk}/participants", {"user_ids": ["$bob"]}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "path", "body"), REFERENCES, ids=str)
def test_a_foreign_id_in_a_body_is_as_unknown_as_any(
    world: World, foreign: World, key: str, path: str, body: dict[str, Any]
) -> None:
    operation = Operation("POST", path, lambda value, at: iter(()), body=body)
    there, before = foreign.get(key), rows_of(foreign.cast.account.pk)
    said: list[tuple[int, Any]] = []
    for value in (there, NOWHERE if isinstance(there, int) else "nowhere"):
        with taken_back(), world.having(**{key: value}):
            answer = world.call(operation, "alice")
            said.append((answer.status_code, answer.json() if answer.content else None))
        assert str(said[-1][0]) < "5"
    meta = [body.get("meta", {}) if isinstance(body, dict) else {} for _status, body in said]
    assert [one.get("assignee") or one.get("team") for one in meta] == [None, None]
    assert said[0][0] == said[1][0]
    assert said[0][1] == said[1][1] or "meta" in (said[0][1] or {})
    assert rows_of(foreign.cast.account.pk) == before


WRITES = [one for one in KEPT + INBOXES + CONTACTS + CONVERSATIONS + AUTOMATION if isinstance(one.body, dict)]


def test_an_account_that_the_body_names_is_ignored(world: World, foreign: World) -> None:
    theirs = foreign.cast.account.pk
    named = {"account_id": theirs, "account": theirs, "tenant_id": theirs, "id": foreign.get("contact")}
    before = rows_of(theirs)
    for operation in WRITES:
        with taken_back():
            answer = world.call(operation, "alice", body={**operation.body, **named})
            assert answer.status_code == operation.status, (str(operation), answer.content[:300])
            assert f'"account_id":{theirs}'.encode() not in answer.content, str(operation)
            assert rows_of(theirs) == before, str(operation)


@pytest.mark.parametrize(
    "sort", ["account__name", "-contact__account_id", "inbox__channel__password", "1", "name;--"]
)
@pytest.mark.parametrize(("path", "name"), [("/contacts", "sort"), ("/conversations", "sort_by")])
def test_nothing_is_sorted_through_relations(cast: Cast, api: Any, path: str, name: str, sort: str) -> None:
    for who in ("Wei", "Ada", "Zoe"):
        factories.hear(factories.make_session(cast.inbox, who, email=f"{who}@customer.test"), "Hello")

    def ids(**query: str) -> list[int] | None:
        answer = api(cast.alice).read(path, **query)
        found = answer.json() if answer.status_code == 200 else None
        return [row["id"] for row in (found.get("payload") or found["data"]["payload"])] if found else None

    assert ids(**{name: sort}) in (None, ids())


def test_an_agent_reads_nobodys_secret_anywhere(world: World) -> None:
    with account_scope(world.cast.account.pk):
        api_channel, widget = ApiChannel.objects.get(), WebWidget.objects.get()
        bot = AgentBot.objects.get(pk=world.get("bot"))
    people = world.cast.alice.user
    secrets = {
        "alice's token": world.token("alice"),
        "the bot's token": world.token("bot"),
        "the program's token": world.token("platform"),
        "alice's realtime token": people.pubsub_token,
        "alice's password": people.password,
        "the identity key of the API inbox": api_channel.hmac_token,
        "the identity key of the widget": widget.hmac_token,
        "the webhook's secret": api_channel.secret,
        "the integration's key": "sk-test",
    }
    assert bot and all(secrets.values())
    for operation in (*OPERATIONS, *FURTHER):
        if operation.method == "GET" and operation.door == "account":
            said = world.call(operation, "bob").content.decode()
            assert [name for name, secret in secrets.items() if str(secret) in said] == [], str(operation)
