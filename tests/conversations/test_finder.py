"""Which conversations a list shows, to whom, in which order, and what the counts beside it say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from config.database import account_scope
from config.problems import Invalid
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.labels import set_labels
from conversations.actions.status import change_status
from conversations.models import Conversation, ConversationTally, Label, LabelTally
from conversations.queries.attribute_filters import compiled
from conversations.queries.finder import Finder, count_found, page_filter
from conversations.queries.folders import open_counts
from conversations.queries.lists import SORTS, ListFilter, count_conversations, list_conversations
from conversations.tasks import fold_tallies
from inboxes.queries import Access
from tests import factories
from tests.factories import Cast


def numbers(access: Access, **filters: Any) -> list[int]:
    with account_scope(access.account_id):
        return [row["id"] for row in list_conversations(access=access, filters=ListFilter(**filters))]


def counts(access: Access, **filters: Any) -> dict[str, int]:
    with account_scope(access.account_id):
        return count_conversations(access=access, filters=ListFilter(**filters))


def assign(cast: Cast, conversation: Conversation, member: Any) -> None:
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        assign_agent(
            actor=access.actor, access=access, display_id=conversation.display_id, user_id=member.user_id
        )


def put(cast: Cast, conversation: Conversation, **columns: Any) -> None:
    with account_scope(cast.account.pk):
        Conversation.objects.for_account(cast.account).filter(pk=conversation.pk).update(**columns)


def test_alice_sees_the_account_and_bob_only_his_inboxes_and_what_is_assigned_to_him(cast: Cast) -> None:
    hidden = factories.make_inbox(cast.account, "Back office")
    mine = factories.make_conversation(cast.inbox)
    secret = factories.make_conversation(hidden)
    assert numbers(factories.access_of(cast.alice)) == [secret.display_id, mine.display_id]
    assert numbers(factories.access_of(cast.bob)) == [mine.display_id]

    assign(cast, secret, cast.bob)
    assert numbers(factories.access_of(cast.bob)) == [secret.display_id, mine.display_id]
    assert numbers(factories.access_of(cast.bob), assignee_type="me") == [secret.display_id]


def test_bob_sees_what_his_team_has(cast: Cast) -> None:
    hidden = factories.make_inbox(cast.account, "Back office")
    theirs = factories.make_conversation(hidden)
    team = factories.make_team(cast.account, "returns", cast.bob)
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        assign_team(actor=access.actor, access=access, display_id=theirs.display_id, team_id=team.pk)
    bob = factories.access_of(cast.bob)
    assert numbers(bob) == [theirs.display_id]
    assert numbers(bob, team_id=team.pk) == [theirs.display_id]
    assert numbers(bob, inbox_id=hidden.pk) == [theirs.display_id]
    assert counts(bob)["all_count"] == 1


def test_a_conversation_that_two_walks_find_is_listed_once(cast: Cast) -> None:
    conversation = factories.make_conversation(cast.inbox)
    assign(cast, conversation, cast.bob)
    assert numbers(factories.access_of(cast.bob)) == [conversation.display_id]


def test_a_foreign_team_or_inbox_in_the_filter_finds_nothing(cast: Cast) -> None:
    factories.make_conversation(cast.inbox)
    factories.make_conversation(cast.other_inbox)
    for member in (cast.alice, cast.bob):
        access = factories.access_of(member)
        assert numbers(access, inbox_id=cast.other_inbox.pk) == []
        assert counts(access, inbox_id=cast.other_inbox.pk)["all_count"] == 0
        assert numbers(access, team_id=12345) == []


def test_status_and_assignee_filters_and_their_counts_agree(cast: Cast) -> None:
    first, second, third, fourth = (factories.make_conversation(cast.inbox) for _ in range(4))
    access = factories.access_of(cast.bob)
    assign(cast, first, cast.bob)
    assign(cast, second, cast.alice)
    with account_scope(cast.account.pk):
        change_status(actor=access.actor, access=access, display_id=fourth.display_id, status="resolved")
    assert numbers(access, assignee_type="me") == [first.display_id]
    assert numbers(access, assignee_type="unassigned") == [third.display_id]
    assert sorted(numbers(access, assignee_type="assigned")) == [first.display_id, second.display_id]
    assert numbers(access, status="resolved") == [fourth.display_id]
    assert len(numbers(access, status="all")) == 4
    expected = {"mine_count": 1, "assigned_count": 2, "unassigned_count": 1, "all_count": 3}
    assert counts(access) == expected
    assert counts(access, assignee_type="me") == expected
    assert counts(access, status="all")["all_count"] == 4


def test_folding_changes_no_count_and_leaves_one_row_for_each_sum(cast: Cast) -> None:
    for _ in range(5):
        assign(cast, factories.make_conversation(cast.inbox), cast.bob)
    access = factories.access_of(cast.bob)
    before = counts(access)
    fold_tallies()
    assert counts(access) == before
    with account_scope(cast.account.pk):
        rows = list(ConversationTally.objects.values_list("assignee_id", "delta"))
    assert rows == [(cast.bob.pk, 5)]


def test_a_list_by_label_counts_what_has_it_wherever_it_moves(cast: Cast) -> None:
    first, second, third = (factories.make_conversation(cast.inbox) for _ in range(3))
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        for talk in (first, second):
            set_labels(actor=access.actor, access=access, display_id=talk.display_id, labels=["vip", "late"])
        set_labels(actor=access.actor, access=access, display_id=third.display_id, labels=["late"])
    assign(cast, first, cast.bob)
    assert list(counts(access, labels=("vip",)).values()) == [1, 1, 1, 2]
    assert counts(access, labels=("late",))["all_count"] == 3
    assert counts(access, labels=("vip", "late"))["all_count"] == 3

    with account_scope(cast.account.pk):
        change_status(actor=access.actor, access=access, display_id=first.display_id, status="resolved")
        set_labels(actor=access.actor, access=access, display_id=second.display_id, labels=["late"])
        assert {key: open_counts(access)[f"label:{key}"] for key in labels_of(cast)} == {"vip": 0, "late": 2}
    assert counts(access, labels=("vip",))["all_count"] == 0
    assert counts(access, labels=("vip",), status="resolved") == {
        "mine_count": 1,
        "assigned_count": 1,
        "unassigned_count": 0,
        "all_count": 1,
    }
    with account_scope(cast.account.pk):
        Conversation.objects.filter(pk=third.pk).delete()
    fold_tallies()
    assert counts(access, labels=("late",))["all_count"] == 1
    with account_scope(cast.account.pk):
        assert sorted(LabelTally.objects.values_list("title", "status", "delta")) == [
            ("late", 0, 1),
            ("late", 1, 1),
            ("vip", 1, 1),
        ]


def labels_of(cast: Cast) -> list[str]:
    titles = ["vip", "late"]
    for title in titles:
        Label.objects.create(account=cast.account, title=title)
    return titles


def test_a_filter_by_what_the_tallies_know_counts_no_rows(cast: Cast) -> None:
    for _ in range(3):
        factories.make_conversation(cast.inbox)
    access = factories.access_of(cast.alice)
    rows = [
        {"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": None}
    ]
    with account_scope(cast.account.pk), CaptureQueriesContext(connection) as asked:
        where = compiled(account_id=cast.account.pk, rows=rows, model="conversation")
        found = count_found(access=access, wanted=Finder(base=page_filter(1), where=where))
    assert found["all_count"] == 3
    assert [query["sql"] for query in asked if "FROM conversations_conversation AS" in query["sql"]] == []


def test_a_member_who_left_leaves_the_counts_right(cast: Cast) -> None:
    assign(cast, factories.make_conversation(cast.inbox), cast.bob)
    with account_scope(cast.account.pk):
        cast.bob.delete()
    assert counts(factories.access_of(cast.alice)) == {
        "mine_count": 0,
        "assigned_count": 0,
        "unassigned_count": 1,
        "all_count": 1,
    }


def test_labels_match_any_and_count_exactly(cast: Cast) -> None:
    vip, late, plain = (factories.make_conversation(cast.inbox) for _ in range(3))
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        for talk, title in ((vip, "vip"), (late, "late")):
            set_labels(actor=access.actor, access=access, display_id=talk.display_id, labels=[title])
    assert sorted(numbers(access, labels=("vip", "late"))) == [vip.display_id, late.display_id]
    assert numbers(access, labels=("vip",)) == [vip.display_id]
    assert counts(access, labels=("vip",))["all_count"] == 1
    assert plain.display_id not in numbers(access, labels=("vip", "late"))


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("last_activity_at_desc", "cab"),
        ("last_activity_at_asc", "bac"),
        ("created_at_asc", "abc"),
        ("created_at_desc", "cba"),
        ("priority_desc", "bca"),
        ("priority_asc", "cba"),
        ("waiting_since_asc", "bac"),
        ("waiting_since_desc", "abc"),
        ("latest", "cab"),
        ("sort_on_created_at", "abc"),
    ],
)
def test_every_sort_puts_missing_values_last(cast: Cast, sort: str, order: str) -> None:
    now = timezone.now()
    a, b, c = (factories.make_conversation(cast.inbox) for _ in range(3))
    hour = datetime.timedelta(hours=1)
    put(cast, a, last_activity_at=now - 2 * hour, priority=None, waiting_since=now - hour)
    put(cast, b, last_activity_at=now - 3 * hour, priority=3, waiting_since=now - 2 * hour)
    put(cast, c, last_activity_at=now - hour, priority=0, waiting_since=None)
    name = {a.display_id: "a", b.display_id: "b", c.display_id: "c"}
    for member in (cast.alice, cast.bob):
        found = numbers(factories.access_of(member), sort=sort)
        assert "".join(name[number] for number in found) == order


def test_pages_follow_each_other_without_gap_or_double(cast: Cast) -> None:
    session = factories.make_session(cast.inbox)
    for index in range(60):
        put_session = factories.make_session(cast.inbox, f"Visitor {index}") if index else session
        factories.hear(put_session, f"message {index}")
    for member in (cast.alice, cast.bob):
        access = factories.access_of(member)
        pages = [numbers(access, page=page) for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [25, 25, 10, 0]
        flat = [number for page in pages for number in page]
        assert flat == sorted(flat, reverse=True)
        assert len(set(flat)) == 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "closed"},
        {"assignee_type": "nobody"},
        {"sort": "inbox__name"},
        {"page": 0},
        {"page": 10**6},
    ],
)
def test_an_unknown_value_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        ListFilter(**wrong)
    assert "last_activity_at_desc" in SORTS


def test_an_administrator_of_another_account_finds_none_of_it(cast: Cast) -> None:
    factories.make_conversation(cast.inbox)
    assert cast.dora.role == Role.ADMINISTRATOR
    access = factories.access_of(cast.dora)
    assert numbers(access, status="all") == []
    assert counts(access, status="all")["all_count"] == 0
