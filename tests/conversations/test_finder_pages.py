"""The finder's short cuts change nothing: every order, page by page, is what sorting everything would give."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from config.database import account_scope
from conversations.models import Conversation, ConversationLabel
from conversations.queries import filters, pages
from conversations.queries.lists import ListFilter, list_conversations
from inboxes.queries import Access
from tests import factories
from tests.factories import Cast

MANY, PAGE = 40, 6
_BEGINNING = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def order(sort: str) -> Any:
    """The sort as a key: those without a value last, and by the finder's own ties."""

    def key(row: Any) -> Any:
        newest = (-row.last_activity_at.timestamp(), -row.pk)
        if sort.startswith("last_activity_at"):
            return newest if sort.endswith("desc") else (row.last_activity_at, row.pk)
        if sort.startswith("created_at"):
            return -row.pk if sort.endswith("desc") else row.pk
        sign = -1 if sort.endswith("desc") else 1
        if sort.startswith("priority"):
            return (row.priority is None, sign * (row.priority or 0), newest)
        waited = row.waiting_since
        return (
            waited is None,
            sign * (waited or _BEGINNING).timestamp() if waited else 0,
            sign * row.pk if waited else row.pk,
        )

    return key


@pytest.fixture(params=["as it is", "glances fail", "labels are many"])
def way(request: Any, monkeypatch: Any) -> str:
    """All ways of finding, also those that only large accounts need."""
    monkeypatch.setattr(filters, "PAGE_SIZE", PAGE)
    monkeypatch.setattr(pages, "PAGE_SIZE", PAGE)
    if request.param != "as it is":
        monkeypatch.setattr(pages, "GLANCE", 1)
    if request.param == "labels are many":
        monkeypatch.setattr(pages, "FEW", 0)
        few = "(SELECT id FROM labelled WHERE (SELECT count(*) FROM labelled) <= 0)"
        monkeypatch.setattr(pages, "_LABELLED", pages._Walk("id", pages.Sql(few)))
    return str(request.param)


@pytest.fixture
def crowd(cast: Cast) -> list[Conversation]:
    """In two inboxes and two teams, of which bob has one each, everything else at random."""
    chance = random.Random(7)
    hidden = factories.make_inbox(cast.account, "Back office")
    teams = [factories.make_team(cast.account, "ours", cast.bob), factories.make_team(cast.account, "theirs")]
    made = [factories.make_conversation(chance.choice([cast.inbox, hidden]), f"V{n}") for n in range(MANY)]
    now = timezone.now()
    with account_scope(cast.account.pk):
        for one in made:
            labels = [title for title in ("vip", "late") if chance.random() < 0.4]
            ConversationLabel.objects.bulk_create(
                ConversationLabel(account=cast.account, conversation=one, title=title) for title in labels
            )
            Conversation.objects.filter(pk=one.pk).update(
                labels=labels,
                status=chance.choice([0, 0, 1]),
                priority=chance.choice([None, 0, 1, 3]),
                assignee=chance.choice([None, cast.bob, cast.alice]),
                team=chance.choice([None, *teams]),
                waiting_since=chance.choice([None, now - datetime.timedelta(minutes=chance.randrange(9))]),
                last_activity_at=now - datetime.timedelta(minutes=chance.randrange(30)),
            )
        return list(Conversation.objects.for_account(cast.account))


def found(access: Access, **wanted: Any) -> Iterator[int]:
    """The ids of all pages, one after the other."""
    with account_scope(access.account_id):
        for page in range(1, MANY):
            rows = list_conversations(access=access, filters=ListFilter(page=page, **wanted))
            yield from (row["id"] for row in rows)
            if len(rows) < PAGE:
                return


def expected(crowd: list[Conversation], access: Access, sort: str, may: Any) -> list[int]:
    visible = [
        one
        for one in crowd
        if access.sees(inbox_id=one.inbox_id, assignee_id=one.assignee_id, team_id=one.team_id) and may(one)
    ]
    return [one.display_id for one in sorted(visible, key=order(sort))]


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("sort", list(filters.SORTS))
def test_pages_in_every_order(cast: Cast, crowd: list[Conversation], way: str, sort: str, who: str) -> None:
    access = factories.access_of(getattr(cast, who))
    everything: dict[str, Any] = {
        "open": ({"status": "open"}, lambda one: one.status == 0),
        "all": ({"status": "all"}, lambda one: True),
        "unassigned": ({"status": "all", "assignee_type": "unassigned"}, lambda one: one.assignee_id is None),
        "mine": (
            {"status": "all", "assignee_type": "me"},
            lambda one: one.assignee_id == access.membership_id,
        ),
        "inbox": ({"status": "all", "inbox_id": cast.inbox.pk}, lambda one: one.inbox_id == cast.inbox.pk),
        "label": ({"status": "all", "labels": ("vip",)}, lambda one: "vip" in one.labels),
        "labels": ({"status": "all", "labels": ("vip", "late")}, lambda one: bool(one.labels)),
        "label, mine": (
            {"status": "all", "labels": ("late",), "assignee_type": "me"},
            lambda one: "late" in one.labels and one.assignee_id == access.membership_id,
        ),
    }
    for name, (wanted, may) in everything.items():
        assert list(found(access, sort=sort, **wanted)) == expected(crowd, access, sort, may), name
