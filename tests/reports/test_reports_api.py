"""Every figure is counted from rows, in the buckets of the reader's own zone, and says nothing of other accounts."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.database import account_scope
from conversations.models import Conversation, ConversationLabel, Label, Message
from reports.models import ReportingEvent
from tests import factories
from tests.factories import Cast

MONDAY = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)
RANGE = {"since": "1772409600", "until": "1773014400"}  # 2 to 9 March 2026, UTC
DAY = 86_400


@pytest.fixture
def week(cast: Cast) -> Cast:
    """Two conversations began on Monday and one on Wednesday night; bob answered one after 5 and one after 15
    minutes, and resolved one. Globex had one too."""
    moments = [MONDAY, MONDAY + datetime.timedelta(hours=2), MONDAY + datetime.timedelta(days=2, hours=14)]
    talks = [factories.make_conversation(cast.inbox, f"Visitor {n}") for n in range(3)]
    factories.make_conversation(cast.other_inbox, "Somebody else")
    factories.say(cast.bob, talks[0].display_id, "Hi")
    factories.say(cast.bob, talks[0].display_id, "Only for us", private=True)
    with account_scope(cast.account.pk):
        for talk, moment in zip(talks, moments, strict=True):
            Conversation.objects.filter(pk=talk.pk).update(created_at=moment, assignee=cast.bob)
            Message.objects.filter(conversation=talk).update(created_at=moment)
        label = Label.objects.create(account=cast.account, title="billing")
        ConversationLabel.objects.create(account=cast.account, conversation=talks[0], title=label.title)
    for talk, name, seconds in (
        (talks[0], "first_response", 300),
        (talks[1], "first_response", 900),
        (talks[0], "conversation_resolved", 93_600),
    ):
        _measure(cast, talk, name, seconds)
    with account_scope(cast.other.pk):
        Conversation.objects.update(created_at=MONDAY)
    return cast


def _measure(cast: Cast, talk: Conversation, name: str, seconds: int) -> None:
    with account_scope(cast.account.pk):
        ReportingEvent.objects.create(
            account=cast.account,
            name=name,
            value=seconds,
            value_in_business_hours=seconds / 2,
            event_start_time=MONDAY,
            event_end_time=MONDAY + datetime.timedelta(seconds=seconds),
            inbox=cast.inbox,
            user=cast.bob.user,
            conversation=talk,
        )


class Reader:
    def __init__(self, member: Any, api: Any) -> None:
        self.client = api(member)
        self.base = f"/api/v2/accounts/{member.account_id}"

    def __call__(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{self.base}/{path}", query)


@pytest.fixture
def alice(week: Cast, api: Any) -> Reader:
    return Reader(week.alice, api)


def test_conversations_are_counted_by_day_with_empty_days_as_zero(alice: Reader) -> None:
    response = alice("reports", metric="conversations_count", type="account", **RANGE)

    assert response.status_code == 200
    start = int(RANGE["since"])
    assert response.json() == [
        {"value": value, "timestamp": start + day * DAY} for day, value in enumerate([2, 0, 1, 0, 0, 0, 0])
    ]


def test_a_day_is_the_readers_own(alice: Reader) -> None:
    """Wednesday 23:00 UTC is Thursday in Shanghai."""
    points = alice(
        "reports", metric="conversations_count", type="account", timezone_offset="8", **RANGE
    ).json()

    assert [point["value"] for point in points] == [2, 0, 0, 1, 0, 0, 0, 0]
    assert points[0]["timestamp"] == int(RANGE["since"]) - 8 * 3600


@pytest.mark.parametrize(("group_by", "values"), [("week", [3]), ("month", [3]), ("year", [3])])
def test_buckets_may_be_wider(alice: Reader, group_by: str, values: list[int]) -> None:
    points = alice("reports", metric="conversations_count", type="account", group_by=group_by, **RANGE).json()
    assert [point["value"] for point in points] == values


def test_an_average_tells_how_many_intervals_it_is_of(alice: Reader, week: Cast) -> None:
    points = alice("reports", metric="avg_first_response_time", type="account", **RANGE).json()
    assert points[0] == {"value": 600.0, "timestamp": int(RANGE["since"]), "count": 2}
    assert points[1] == {"value": 0, "timestamp": int(RANGE["since"]) + DAY, "count": 0}

    in_hours = alice(
        "reports",
        metric="avg_first_response_time",
        type="agent",
        id=str(week.bob.user_id),
        business_hours="true",
        **RANGE,
    ).json()
    assert in_hours[0]["value"] == 300.0


def test_the_summary_sets_the_time_before_beside_it(alice: Reader) -> None:
    body = alice("reports/summary", type="account", **RANGE).json()

    assert body == {
        "conversations_count": 3,
        "incoming_messages_count": 3,
        "outgoing_messages_count": 1,
        "avg_first_response_time": 600.0,
        "avg_resolution_time": 93_600.0,
        "resolutions_count": 1,
        "reply_time": None,
        "previous": {
            "conversations_count": 0,
            "incoming_messages_count": 0,
            "outgoing_messages_count": 0,
            "avg_first_response_time": None,
            "avg_resolution_time": None,
            "resolutions_count": 0,
            "reply_time": None,
        },
    }


def test_without_a_range_nothing_is_counted(alice: Reader) -> None:
    assert alice("reports/summary", type="account").json()["conversations_count"] == 0
    assert alice("reports", metric="conversations_count", type="account").json() == []


def test_an_inbox_a_team_a_label_and_an_agent_have_figures_of_their_own(alice: Reader, week: Cast) -> None:
    team = factories.make_team(week.account, "second line", week.bob)
    with account_scope(week.account.pk):
        label = Label.objects.get(title="billing")
        Conversation.objects.filter(display_id=1).update(team=team)

    def count(kind: str, pk: int) -> int:
        return int(alice("reports/summary", type=kind, id=str(pk), **RANGE).json()["conversations_count"])

    assert count("inbox", week.inbox.pk) == 3
    assert count("inbox", week.api_inbox.pk) == 0
    assert count("team", team.pk) == 1
    assert count("label", label.pk) == 1
    assert count("agent", week.bob.user_id) == 3
    assert count("agent", week.alice.user_id) == 0


def test_every_agent_has_a_row(alice: Reader, week: Cast) -> None:
    rows = {row["id"]: row for row in alice("summary_reports/agent", **RANGE).json()}

    assert rows[week.bob.user_id] == {
        "id": week.bob.user_id,
        "conversations_count": 3,
        "resolved_conversations_count": 1,
        "avg_resolution_time": 93_600.0,
        "avg_first_response_time": 600.0,
        "avg_reply_time": None,
    }
    assert rows[week.alice.user_id]["conversations_count"] == 0
    assert set(rows) == {week.bob.user_id, week.alice.user_id}


def test_labels_count_what_their_conversations_had(alice: Reader) -> None:
    [row] = alice("summary_reports/label", **RANGE).json()
    assert (row["name"], row["conversations_count"], row["resolved_conversations_count"]) == ("billing", 1, 1)
    assert (row["avg_first_response_time"], row["avg_reply_time"]) == (300.0, 0)


def test_channels_are_counted_by_status(alice: Reader) -> None:
    assert alice("summary_reports/channel", **RANGE).json() == {
        "Channel::WebWidget": {"open": 3, "resolved": 0, "pending": 0, "snoozed": 0, "total": 3}
    }
    long = {"since": "1700000000", "until": "1773014400"}
    assert alice("summary_reports/channel", **long).status_code == 422


def test_how_things_stand_now(alice: Reader, week: Cast) -> None:
    now = alice("live_reports/conversation_metrics").json()
    assert now == {"open": 3, "unattended": 2, "unassigned": 0, "pending": 0}
    assert alice("reports/conversations", type="account").json() == now
    grouped = alice("live_reports/grouped_conversation_metrics", group_by="assignee_id").json()
    assert grouped == [{"open": 3, "unattended": 2, "unassigned": 0, "assignee_id": week.bob.user_id}]
    busiest = alice("reports/conversations", type="agent").json()[0]
    assert (busiest["name"], busiest["metric"]) == ("Bob", {"open": 3, "unattended": 2})


def test_a_table_is_a_file_that_no_spreadsheet_runs(alice: Reader, week: Cast) -> None:
    with account_scope(week.account.pk):
        type(week.inbox).objects.filter(pk=week.inbox.pk).update(name="=HYPERLINK(1)")

    response = alice("reports/inboxes", **RANGE)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="inboxes_report.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert rows[0] == ["Reporting period 2026-03-02 to 2026-03-09"]
    assert rows[1][:2] == ["Inbox name", "Inbox type"]
    assert ["'=HYPERLINK(1)", "Channel::WebWidget", "3", "10 minutes", "1 day 2 hours", "N/A", "1"] in rows


@pytest.mark.parametrize(
    "name", ["agents", "teams", "labels", "conversations_summary", "conversation_traffic"]
)
def test_the_other_tables_are_files_too(alice: Reader, name: str) -> None:
    response = alice(f"reports/{name}", **RANGE)
    assert response.status_code == 200
    assert len(list(csv.reader(io.StringIO(response.content.decode())))) >= 2


def test_the_intervals_behind_a_figure_can_be_read(alice: Reader, week: Cast, api: Any) -> None:
    body = api(week.alice).read("/reporting_events", name="first_response", **RANGE).json()
    assert [row["value"] for row in body["payload"]] == [900.0, 300.0]
    assert body["meta"] == {"count": 2, "current_page": 1, "total_pages": 1}
    of_one = api(week.bob).read("/conversations/1/reporting_events").json()
    assert [row["name"] for row in of_one] == ["first_response", "conversation_resolved"]


@pytest.mark.parametrize(
    "query",
    [
        {"type": "account", "since": "x", "until": "1"},
        {"type": "account", "since": "5", "until": "1"},
        {"type": "account", "group_by": "second"},
        {"type": "account", "timezone_offset": "99"},
        {"type": "account", "timezone_offset": "nan"},
        {"type": "account", "since": "0", "until": "200000000000", "group_by": "hour"},
        {"type": "galaxy"},
        {},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(alice: Reader, query: dict[str, str]) -> None:
    response = alice("reports", metric="conversations_count", **{**RANGE, **query})
    assert response.status_code == 422
    assert response.json()["message"]


def test_what_is_not_in_the_account_is_not_found(alice: Reader, week: Cast) -> None:
    for kind, pk in (
        ("inbox", week.other_inbox.pk),
        ("agent", week.charlie.user_id),
        ("team", 0),
        ("label", "x"),
    ):
        assert alice("reports/summary", type=kind, id=str(pk), **RANGE).status_code == 404
    assert alice("reports", metric="nonsense", type="account", **RANGE).json() == {}


def test_reports_are_for_administrators(week: Cast, api: Any) -> None:
    bob = Reader(week.bob, api)
    for path in (
        "reports",
        "reports/summary",
        "summary_reports/agent",
        "reports/agents",
        "live_reports/conversation_metrics",
    ):
        assert bob(path, type="account", metric="conversations_count", **RANGE).status_code in (401, 403)


def test_a_report_asks_the_same_number_of_questions_for_one_and_many(alice: Reader, week: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert alice("summary_reports/agent", **RANGE).status_code == 200
        return len(queries)

    before = asked()
    for number in range(5):
        factories.make_member(week.account, factories.make_user(f"Agent{number}"))
    assert asked() == before
