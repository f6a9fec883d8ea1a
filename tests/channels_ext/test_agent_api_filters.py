"""Lists by everything the contract lets a program ask (4.1, 4.2): what is found, what is refused, what it costs."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from config.database import account_scope
from conversations.models import Contact, Conversation, ConversationLabel, CustomAttributeDefinition, Message
from conversations.models.contact import ContactLabel
from tests import factories
from tests.conversations.test_query_counts import counted
from tests.factories import Cast

MANY = 30


def ask(client: Any, *rows: tuple[Any, ...], path: str = "/conversations/filter", **query: Any) -> Any:
    """Each row: (key, operator, values[, query_operator])."""
    names = ("attribute_key", "filter_operator", "values", "query_operator")
    payload = [dict(zip(names, row, strict=False)) for row in rows]
    target = path + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
    return client.send(target, {"payload": payload})


def found(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["payload"]]


@pytest.fixture
def talks(cast: Cast) -> dict[str, int]:
    """Four conversations of the inbox, named by what they are about. Display ids."""
    team = factories.make_team(cast.account, "returns", cast.bob)
    made = {
        name: factories.make_conversation(cast.inbox, name.title()) for name in "lamp shade bulb cord".split()
    }
    with account_scope(cast.account.pk):
        for key, kind in (("size", 1), ("plan", 0), ("since", 5), ("gift", 7)):
            CustomAttributeDefinition.objects.create(
                account=cast.account,
                attribute_key=key,
                attribute_display_name=key,
                attribute_display_type=kind,
            )
        rows: dict[str, dict[str, Any]] = {
            "lamp": {"status": 0, "priority": 3, "labels": ["vip"], "assignee": cast.bob, "team": team},
            "shade": {"status": 1, "priority": None, "labels": ["late", "vip"], "assignee": cast.alice},
            "bulb": {"status": 2, "priority": 0, "labels": []},
            "cord": {"status": 0, "priority": 1, "labels": ["late"]},
        }
        attributes: dict[str, Any] = {
            "lamp": {"size": 10, "plan": "Gold", "since": "2026-01-05", "gift": True},
            "shade": {"size": "7.5", "plan": "silver", "since": "2025-12-31"},
            "bulb": {"size": "large", "since": "2026-02-31", "gift": False},
            "cord": {},
        }
        for name, fields in rows.items():
            Conversation.objects.filter(pk=made[name].pk).update(
                custom_attributes=attributes[name],
                additional_attributes={"referer": f"https://shop.test/{name}_100%", "browser_language": "en"},
                **fields,
            )
            ConversationLabel.objects.bulk_create(
                ConversationLabel(account=cast.account, conversation=made[name], title=title)
                for title in fields["labels"]
            )
    return {name: one.display_id for name, one in made.items()}


# (rows, what is found)
ANSWERS: list[tuple[list[tuple[Any, ...]], str]] = [
    ([("status", "equal_to", ["open"])], "lamp cord"),
    ([("status", "equal_to", ["open", "pending"])], "lamp bulb cord"),
    ([("status", "not_equal_to", ["open"])], "shade bulb"),
    ([("status", "equal_to", ["all"])], "lamp shade bulb cord"),
    ([("priority", "equal_to", ["urgent", "low"])], "lamp bulb"),
    ([("priority", "not_equal_to", ["urgent"])], "bulb cord"),
    ([("labels", "equal_to", ["vip"])], "lamp shade"),
    ([("labels", "not_equal_to", ["vip"])], "bulb cord"),
    ([("labels", "is_present", [])], "lamp shade cord"),
    ([("labels", "is_not_present", [])], "bulb"),
    ([("assignee_id", "is_present", [])], "lamp shade"),
    ([("assignee_id", "is_not_present", None)], "bulb cord"),
    ([("assignee_id", "equal_to", ["BOB"])], "lamp"),
    ([("assignee_id", "not_equal_to", ["BOB"])], "shade"),
    ([("team_id", "is_present", [])], "lamp"),
    ([("inbox_id", "equal_to", ["INBOX"])], "lamp shade bulb cord"),
    ([("inbox_id", "equal_to", [-1, 0, 999999])], ""),
    ([("campaign_id", "is_present", [])], ""),
    ([("display_id", "equal_to", ["LAMP"])], "lamp"),
    ([("referer", "contains", ["lamp_100%"])], "lamp"),
    ([("referer", "contains", ["_"])], "lamp shade bulb cord"),
    ([("referer", "contains", ["%%"])], ""),
    ([("referer", "does_not_contain", ["lamp", "bulb"])], "shade cord"),
    ([("browser_language", "equal_to", ["en", "de"])], "lamp shade bulb cord"),
    ([("mail_subject", "not_equal_to", ["x"])], ""),
    ([("created_at", "is_greater_than", ["2020-01-01"])], "lamp shade bulb cord"),
    ([("created_at", "is_less_than", ["2020-01-01"])], ""),
    ([("last_activity_at", "days_before", [0])], ""),
    ([("size", "equal_to", [10])], "lamp"),
    ([("size", "is_greater_than", ["8"])], "lamp"),
    ([("size", "is_less_than", [8])], "shade"),
    ([("size", "not_equal_to", [10])], "shade bulb cord"),
    ([("size", "is_present", [])], "lamp shade"),
    ([("plan", "equal_to", ["gold"])], "lamp"),
    ([("plan", "contains", ["IL"])], "shade"),
    ([("plan", "does_not_contain", ["IL"])], "lamp bulb cord"),
    ([("since", "is_less_than", ["2026-01-01"])], "shade"),
    ([("since", "days_before", [0])], "lamp shade bulb"),
    ([("gift", "equal_to", [True])], "lamp"),
    ([("gift", "equal_to", ["false"])], "bulb"),
    ([("gift", "not_equal_to", ["true"])], "shade bulb cord"),
    # AND binds before OR
    (
        [
            ("status", "equal_to", ["pending"], "or"),
            ("labels", "equal_to", ["vip"], "AND"),
            ("priority", "equal_to", ["urgent"]),
        ],
        "lamp bulb",
    ),
    (
        [
            ("labels", "equal_to", ["vip"], "AND"),
            ("status", "equal_to", ["open"], "OR"),
            ("status", "equal_to", ["pending"], ""),
        ],
        "lamp bulb",
    ),
]


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_a_filter_finds(cast: Cast, api: Any, talks: dict[str, int], number: int) -> None:
    rows, expected = ANSWERS[number]
    known = {"BOB": cast.bob.user_id, "INBOX": cast.inbox.pk, "LAMP": talks["lamp"]}
    filled = [
        (row[0], row[1], [known.get(v, v) if isinstance(v, str) else v for v in row[2] or []], *row[3:])
        for row in rows
    ]
    answer = ask(api(cast.bob), *filled)
    assert sorted(found(answer)) == sorted(talks[name] for name in expected.split()), rows
    assert set(answer.json()) == {"meta", "payload"}
    assert set(answer.json()["meta"]) == {"mine_count", "unassigned_count", "all_count"}
    assert answer.json()["meta"]["all_count"] == len(expected.split())


INJECTION = "x') OR 1=1; DROP TABLE accounts_account; --"
REFUSED: list[Any] = [
    {},
    {"payload": None},
    {"payload": {}},
    {"payload": []},
    {"payload": ["status"]},
    {"payload": [{}]},
    {"payload": [{"attribute_key": "status", "filter_operator": "equal_to"}]},
    {"payload": [{"attribute_key": "status", "filter_operator": "equal_to", "values": []}]},
    {"payload": [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["shut"]}]},
    {"payload": [{"attribute_key": "status", "filter_operator": "contains", "values": ["open"]}]},
    {"payload": [{"attribute_key": "status", "filter_operator": INJECTION, "values": ["open"]}]},
    {"payload": [{"attribute_key": INJECTION, "filter_operator": "equal_to", "values": ["open"]}]},
    {"payload": [{"attribute_key": "password", "filter_operator": "equal_to", "values": ["x"]}]},
    {"payload": [{"attribute_key": "c.id", "filter_operator": "equal_to", "values": [1]}]},
    {"payload": [{"attribute_key": "inbox_id", "filter_operator": "equal_to", "values": [INJECTION]}]},
    {"payload": [{"attribute_key": "inbox_id", "filter_operator": "equal_to", "values": [10**30]}]},
    {"payload": [{"attribute_key": "inbox_id", "filter_operator": "equal_to", "values": [[1]]}]},
    {"payload": [{"attribute_key": "created_at", "filter_operator": "is_less_than", "values": ["soon"]}]},
    {
        "payload": [
            {"attribute_key": "created_at", "filter_operator": "is_less_than", "values": ["2026-02-31"]}
        ]
    },
    {"payload": [{"attribute_key": "created_at", "filter_operator": "days_before", "values": ["-1"]}]},
    {"payload": [{"attribute_key": "size", "filter_operator": "equal_to", "values": ["1e999"]}]},
    {"payload": [{"attribute_key": "size", "filter_operator": "equal_to", "values": ["NaN"]}]},
    {"payload": [{"attribute_key": "referer", "filter_operator": "contains", "values": ["x" * 1001]}]},
    {
        "payload": [
            {
                "attribute_key": "status",
                "filter_operator": "equal_to",
                "values": ["open"],
                "query_operator": "AND",
            }
        ]
    },
    {
        "payload": [
            {
                "attribute_key": "status",
                "filter_operator": "equal_to",
                "values": ["open"],
                "query_operator": "OR 1=1 OR",
            },
            {"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"]},
        ]
    },
    {
        "payload": [
            {
                "attribute_key": "status",
                "filter_operator": "equal_to",
                "values": ["open"],
                "query_operator": None,
            },
            {"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"]},
        ]
    },
    {"payload": [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"]}] * 51},
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
@pytest.mark.parametrize("path", ["/conversations/filter", "/contacts/filter"])
def test_a_filter_that_is_none_is_refused(
    cast: Cast, api: Any, talks: dict[str, int], number: int, path: str, stored: Callable[[], Any]
) -> None:
    bob = api(cast.bob)
    before = stored()
    answer = bob.send(path, REFUSED[number])
    assert answer.status_code == 422, answer.content
    assert isinstance(answer.json()["error"], str)
    assert stored() == before


def test_what_is_typed_is_only_ever_a_value(cast: Cast, api: Any, talks: dict[str, int]) -> None:
    bob = api(cast.bob)
    for value in (INJECTION, "'", '"', "\\", "%", "$1", "{}", "\x00"):
        for key, operator in (("referer", "equal_to"), ("labels", "equal_to"), ("plan", "equal_to")):
            if value != "\x00":
                assert found(ask(bob, (key, operator, [value]))) == []
            else:
                assert ask(bob, (key, operator, [value])).status_code in {200, 422}
    assert sorted(found(ask(bob, ("status", "equal_to", ["all"])))) == sorted(talks.values())


def test_a_filter_shows_only_what_the_asker_may_see(cast: Cast, api: Any, talks: dict[str, int]) -> None:
    hidden = factories.make_conversation(factories.make_inbox(cast.account, "Hidden"))
    factories.make_conversation(cast.other_inbox)
    rows = [("status", "equal_to", ["open"], "OR"), ("status", "not_equal_to", ["open"])]
    assert hidden.display_id not in found(ask(api(cast.bob), *rows))
    everything = ask(api(cast.alice), *rows)
    assert sorted(found(everything)) == sorted([*talks.values(), hidden.display_id])
    assert everything.json()["meta"]["all_count"] == 5


def test_pages_of_a_filter_follow_each_other(committed_cast: Cast, api: Any) -> None:
    for number in range(MANY):
        factories.make_conversation(committed_cast.inbox, f"Visitor {number}")
    bob = api(committed_cast.bob)
    first, second = (found(ask(bob, ("status", "equal_to", ["open"]), page=page)) for page in (1, 2))
    assert (len(first), len(second)) == (25, 5)
    assert [*first, *second] == list(range(MANY, 0, -1))
    assert found(ask(bob, ("status", "equal_to", ["open"]), page=3)) == []
    for page in ("0", "-1", "x", "401", "1.5"):
        assert ask(bob, ("status", "equal_to", ["open"]), page=page).status_code == 422


def test_a_filter_asks_as_much_for_one_row_as_for_many(committed_cast: Cast, api: Any) -> None:
    bob = api(committed_cast.bob)
    factories.make_conversation(committed_cast.inbox)
    one = counted(lambda: ask(bob, ("status", "equal_to", ["open"])))
    for number in range(MANY):
        factories.make_conversation(committed_cast.inbox, f"Visitor {number}")
    many = counted(lambda: ask(bob, ("status", "equal_to", ["open"])))
    assert len(many) == len(one) <= 5, many


# --- parameters of the list -------------------------------------------------------------------------------------
def listed(client: Any, **query: Any) -> list[int]:
    answer = client.read("/conversations", **query)
    assert answer.status_code == 200, answer.content
    payload = answer.json()["data"]["payload"]
    assert answer.json()["data"]["meta"] == client.read("/conversations/meta", **query).json()["meta"]
    return [one["id"] for one in payload]


def test_q_finds_what_was_said_in_any_status(cast: Cast, api: Any, talks: dict[str, int]) -> None:
    bob = api(cast.bob)
    factories.say(cast.bob, talks["shade"], "The 100% wool one_")
    factories.say(cast.bob, talks["bulb"], "A note", private=True)
    assert listed(bob, q="100% WOOL one_") == [talks["shade"]]
    assert listed(bob, q="note") == [talks["bulb"]]
    assert listed(bob, q="%_%_%_%_%_%_%_%_%_%_%_%") == []
    assert listed(bob, q="nothing like it") == []


def test_a_source_a_type_and_a_span_of_time(cast: Cast, api: Any, talks: dict[str, int]) -> None:
    bob = api(cast.bob)
    with account_scope(cast.account.pk):
        lamp = Conversation.objects.select_related("contact_inbox").get(display_id=talks["lamp"])
        Conversation.objects.filter(display_id=talks["cord"]).update(
            updated_at=timezone.now() - datetime.timedelta(hours=2)
        )
        Conversation.objects.filter(display_id=talks["lamp"]).update(
            first_reply_created_at=timezone.now(), waiting_since=None
        )
    assert listed(bob, source_id=lamp.contact_inbox.source_id) == [talks["lamp"]]
    assert listed(bob, source_id="unknown") == []
    assert listed(bob, conversation_type="unattended") == [talks["cord"]]
    assert sorted(listed(bob, updated_within=3600, status="all")) == sorted(
        [talks["lamp"], talks["shade"], talks["bulb"]]
    )
    for query in (
        {"conversation_type": "old"},
        {"updated_within": "x"},
        {"updated_within": -1},
        {"q": "x" * 256},
    ):
        assert bob.read("/conversations", **query).status_code == 422


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("priority_desc", "lamp cord bulb shade"),
        ("priority_asc", "bulb cord lamp shade"),
        ("created_at_asc", "lamp shade bulb cord"),
        ("created_at_desc", "cord bulb shade lamp"),
        ("last_activity_at_asc", "lamp shade bulb cord"),
        ("latest", "cord bulb shade lamp"),
    ],
)
def test_orders_are_the_same_with_and_without_more_conditions(
    cast: Cast, api: Any, talks: dict[str, int], sort_by: str, expected: str
) -> None:
    bob = api(cast.bob)
    wanted = [talks[name] for name in expected.split()]
    assert listed(bob, status="all", sort_by=sort_by) == wanted
    assert listed(bob, status="all", sort_by=sort_by, updated_within=3600) == wanted


# --- contacts -----------------------------------------------------------------------------------------------------
@pytest.fixture
def people(cast: Cast) -> dict[str, int]:
    with account_scope(cast.account.pk):
        CustomAttributeDefinition.objects.create(
            account=cast.account,
            attribute_key="age",
            attribute_display_name="Age",
            attribute_display_type=1,
            attribute_model=1,
        )
        made = {
            "ann": Contact.objects.create(
                account=cast.account,
                name="Ann Lee",
                email="ann@one.test",
                labels=["vip"],
                custom_attributes={"age": 30},
                additional_attributes={"city": "Rome", "country_code": "IT", "company": "One"},
            ),
            "ben": Contact.objects.create(
                account=cast.account, name="Ben", phone_number="+4915112345", blocked=True
            ),
            "cid": Contact.objects.create(account=cast.account, name="cid", identifier="c-1"),
        }
        ContactLabel.objects.create(account=cast.account, contact=made["ann"], title="vip")
    return {name: one.pk for name, one in made.items()}


PEOPLE: list[tuple[tuple[Any, ...], str]] = [
    (("name", "equal_to", ["ann lee"]), "ann"),
    (("name", "contains", ["n"]), "ann ben"),
    (("name", "does_not_contain", ["n"]), "cid"),
    (("email", "contains", ["ONE"]), "ann"),
    (("phone_number", "equal_to", ["4915112345"]), "ben"),
    (("phone_number", "starts_with", ["+4915"]), "ben"),
    (("phone_number", "contains", ["+151"]), "ben"),
    (("identifier", "equal_to", ["c-1"]), "cid"),
    (("city", "equal_to", ["rome"]), "ann"),
    (("company", "contains", ["on"]), "ann"),
    (("country_code", "equal_to", ["IT"]), "ann"),
    (("blocked", "equal_to", [True]), "ben"),
    (("blocked", "not_equal_to", ["true"]), "ann cid"),
    (("labels", "equal_to", ["vip"]), "ann"),
    (("labels", "not_equal_to", ["vip"]), "ben cid"),
    (("age", "is_greater_than", [29]), "ann"),
    (("age", "not_equal_to", [30]), "ben cid"),
    (("created_at", "is_greater_than", ["2020-01-01"]), "ann ben cid"),
]


@pytest.mark.parametrize(("row", "expected"), PEOPLE)
def test_contacts_are_filtered(
    cast: Cast, api: Any, people: dict[str, int], row: tuple[Any, ...], expected: str
) -> None:
    answer = ask(api(cast.bob), row, path="/contacts/filter")
    assert sorted(found(answer)) == sorted(people[name] for name in expected.split())
    assert answer.json()["meta"] == {"count": len(expected.split()), "current_page": 1}


def test_only_those_who_can_be_recognised_are_listed(cast: Cast, api: Any, people: dict[str, int]) -> None:
    """Vera is anonymous."""
    bob = api(cast.bob)
    assert found(bob.read("/contacts", sort="name")) == [people["ann"], people["ben"], people["cid"]]
    assert found(bob.read("/contacts", sort="-name")) == [people["cid"], people["ben"], people["ann"]]
    assert bob.read("/contacts", page="2").json() == {
        "meta": {"count": 3, "current_page": "2"},
        "payload": [],
    }
    for query in ({"page": 0}, {"page": "x"}, {"sort": "password"}, {"sort": INJECTION}):
        assert bob.read("/contacts", **query).status_code == 422


def test_a_search_reads_name_mail_number_identifier_and_company(
    cast: Cast, api: Any, people: dict[str, int]
) -> None:
    bob = api(cast.bob)
    for q, expected in (("ANN", "ann"), ("one.test", "ann"), ("+49151", "ben"), ("c-1", "cid"), ("%", "")):
        assert found(bob.read("/contacts/search", q=q)) == [people[name] for name in expected.split()]
    assert bob.read("/contacts/search", q=" ").json() == {
        "meta": {"count": None, "current_page": 1},
        "payload": [],
    }
    assert bob.read("/contacts/search").json()["meta"]["count"] is None


@pytest.mark.parametrize("path", ["/contacts", "/contacts/search?q=person", "/contacts/filter"])
def test_contacts_ask_as_much_for_one_as_for_many(committed_cast: Cast, api: Any, path: str) -> None:
    bob = api(committed_cast.bob)

    def call() -> Any:
        if path.endswith("filter"):
            return ask(bob, ("name", "contains", ["Person"]), path=path)
        return bob.get(bob.base + path)

    factories.make_session(committed_cast.inbox, "Person 0", email="p0@home.test")
    one = counted(call)
    for number in range(1, MANY):
        factories.make_session(committed_cast.inbox, f"Person {number}", email=f"p{number}@home.test")
    many = counted(call)
    assert len(call().json()["payload"]) == 15
    assert len(many) == len(one) <= 5, many
    with account_scope(committed_cast.account.pk):
        assert Message.objects.count() == 0
