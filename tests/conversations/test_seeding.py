"""The seeding path writes what the actions would have: the same steps through both, compared column by column."""

from __future__ import annotations

import datetime
import random
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AgentBot, Team, TeamMember
from channels_ext.demo import cast as demo_cast
from channels_ext.demo.scripts import talks
from channels_ext.demo.story import Stage, _conversation
from config.celery import app
from config.database import account_scope, platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.contacts import open_session
from conversations.actions.inbound import receive_message
from conversations.actions.locking import lock_by_id
from conversations.actions.messages import MessageDraft, create_message, write_message
from conversations.actions.reading import mark_agent_seen
from conversations.actions.seeding import Past, Step, write_past
from conversations.actions.status import change_status
from conversations.models import (
    Contact,
    ContactInbox,
    Conversation,
    ConversationCounter,
    ConversationTally,
    Message,
)
from inboxes.queries import access_of_user
from reports import recorders
from reports.models import ReportingEvent
from reports.past import measure_past
from tests.factories import Cast

assert app  # the actions wake the relay through it
STORIES = 40


def stories(cast: Cast, sessions: list[ContactInbox]) -> list[Past]:
    """Real ones of the demo, of every script and every age, with the cast instead of the shop's people."""
    bot = AgentBot.objects.create(account=cast.account, name="Acorn")
    teams = {name: Team.objects.create(account=cast.account, name=name) for name, _about in demo_cast.TEAMS}
    for team in teams.values():
        for member in (cast.alice, cast.bob):
            TeamMember.objects.create(account=cast.account, team=team, membership=member)
    people = {key: [cast.alice, cast.bob] for key in ("shop", "trade", "market")}
    stage = Stage(now=timezone.now(), bot=bot, people=people, teams=teams, dice=random.Random(4))
    someone = demo_cast.Customer("Vera", "en", "Ghent", "BE")
    told = []
    for number, session in enumerate(sessions):
        stage.customers = {key: [(someone, session)] for key in people}
        born = stage.now - datetime.timedelta(hours=0.2 + 1500 * (number / STORIES) ** 3)
        told.append(_ending(cast, number, _conversation(stage, talks()[number % len(talks())], born)))
    return told


def _ending(cast: Cast, number: int, past: Past) -> Past:
    """The dice leave few pending and snoozed ones: here there are some for sure."""
    if number % 4 > 1 or any(step.kind == "status" for step in past.steps):
        return past
    at = past.steps[-1].at + datetime.timedelta(seconds=1)
    until = at + datetime.timedelta(days=9000) if number % 4 else None
    status = Step(at=at, kind="status", by=cast.bob, status="snoozed" if until else "pending", until=until)
    return replace(past, steps=(*past.steps, status))


def played(cast: Cast, past: Past) -> Conversation:
    """The same through the doors that people use."""
    conversation = None
    for step in past.steps:
        number = conversation.display_id if conversation else 0
        _PLAY[step.kind](cast, past, step, number)
        if conversation is None:
            conversation = Conversation.objects.for_account(cast.account).order_by("-id")[0]
    assert conversation is not None
    conversation.refresh_from_db()
    return conversation


def _who(step: Step) -> dict[str, Any]:
    assert step.by is not None
    access = access_of_user(account_id=step.by.account_id, user_id=step.by.user_id)
    assert access is not None
    return {"actor": access.actor, "access": access}


def _says(cast: Cast, past: Past, step: Step, number: int) -> None:
    session = ContactInbox.objects.select_related("contact").get(pk=past.session.pk)
    receive_message(session=session, draft=MessageDraft(content=step.content, message_type="incoming"))


def _replies(cast: Cast, past: Past, step: Step, number: int) -> None:
    draft = MessageDraft(content=step.content, private=step.kind == "notes")
    create_message(display_id=number, draft=draft, **_who(step))


def _answers(cast: Cast, past: Past, step: Step, number: int) -> None:
    assert step.bot is not None
    row = Conversation.objects.for_account(cast.account).get(display_id=number)
    locked = lock_by_id(account_id=cast.account.pk, conversation_id=row.pk)
    actor = Actor("agent_bot", step.bot.pk, step.bot.name)
    write_message(actor=actor, locked=locked, draft=MessageDraft(content=step.content), kind=1)


_PLAY: dict[str, Any] = {
    "says": _says,
    "replies": _replies,
    "notes": _replies,
    "answers": _answers,
    "sees": lambda cast, past, step, number: mark_agent_seen(display_id=number, **_who(step)),
    "status": lambda cast, past, step, number: change_status(
        display_id=number, status=step.status, snoozed_until=step.until, **_who(step)
    ),
    "assigns": lambda cast, past, step, number: assign_agent(
        display_id=number, user_id=step.assignee.user_id, **_who(step)
    ),
    "teams": lambda cast, past, step, number: assign_team(
        display_id=number, team_id=step.team.pk, **_who(step)
    ),
}


def picture(conversation: Conversation) -> dict[str, Any]:
    """All that two conversations of the same course have in common: times and ids become places in the thread."""
    thread = list(Message.objects.filter(conversation=conversation).order_by("id"))
    places = {message.pk: place for place, message in enumerate(thread)}

    def moment(at: datetime.datetime | None) -> int | None:
        """Of which message this is the time: the last one that had been written then, at first the first."""
        return (
            None
            if at is None
            else max((n for n, one in enumerate(thread) if one.created_at <= at), default=0)
        )

    row = {
        name: getattr(conversation, name)
        for name in (
            "status",
            "priority",
            "assignee_id",
            "team_id",
            "snoozed_until",
            "unread_count",
            "inbox_id",
        )
    }
    for name in ("last_message_id", "last_non_activity_message_id", "last_public_message_id"):
        row[name] = places.get(getattr(conversation, name))
    for name in ("waiting_since", "first_reply_created_at", "last_activity_at"):
        row[name] = moment(getattr(conversation, name))
    # Times of the transaction, which is one for all that a test does: only whether there is any.
    for name in ("agent_last_seen_at", "assignee_last_seen_at", "contact_last_seen_at"):
        row[name] = getattr(conversation, name) is not None
    row["contact_last_activity"] = moment(conversation.contact.last_activity_at)
    row["thread"] = [
        (
            one.message_type, one.content, one.content_type, one.content_attributes, one.private, one.status,
            one.sender_user_id, one.sender_bot_id, one.sender_contact_id == conversation.contact_id,
            one.additional_attributes, one.echo_id, one.source_id, one.inbox_id == conversation.inbox_id,
        )
        for one in thread
    ]  # fmt: skip
    return row


@pytest.fixture
def pairs(cast: Cast) -> list[tuple[Conversation, Conversation]]:
    """(through the actions, through the seeding path)"""
    with account_scope(cast.account.pk):
        first = [open_session(inbox=cast.inbox, name="Vera") for _number in range(STORIES)]
        second = [open_session(inbox=cast.inbox, name="Vera") for _number in range(STORIES)]
        told = stories(cast, first)
        acted = [played(cast, past) for past in told]
        again = [Past(session=session, steps=past.steps) for past, session in zip(told, second, strict=True)]
        write_past(account_id=cast.account.pk, past=again)
        by_session = {
            one.contact_inbox_id: one
            for one in Conversation.objects.for_account(cast.account).select_related("contact")
        }
        return [
            (by_session[a.contact_inbox_id], by_session[s.pk]) for a, s in zip(acted, second, strict=True)
        ]


def test_a_seeded_conversation_is_what_the_actions_would_have_left(
    cast: Cast, pairs: list[tuple[Conversation, Conversation]]
) -> None:
    with account_scope(cast.account.pk):
        for acted, seeded in pairs:
            assert picture(seeded) == picture(acted)
        assert {acted.status for acted, _seeded in pairs} == {0, 1, 2, 3}  # nothing of it was left out
        assert {seeded.updated_at == seeded.last_activity_at for _acted, seeded in pairs} == {True}
        times = Message.objects.filter(conversation__in=[seeded for _acted, seeded in pairs])
        assert all(one.updated_at == one.created_at for one in times)


def test_tallies_and_numbers_go_on_where_they_were(
    cast: Cast, pairs: list[tuple[Conversation, Conversation]]
) -> None:
    with account_scope(cast.account.pk):
        rows = Conversation.objects.for_account(cast.account)
        numbers = sorted(rows.values_list("display_id", flat=True))
        assert len(numbers) == len(set(numbers))
        assert ConversationCounter.objects.get(account=cast.account).last_display_id == numbers[-1]
        tallied = _tallied(cast)
        counted: dict[Any, int] = {}
        for key in rows.values_list("inbox_id", "team_id", "assignee_id", "status"):
            counted[key] = counted.get(key, 0) + 1
        assert tallied == counted


def _tallied(cast: Cast) -> dict[Any, int]:
    keys = ("inbox_id", "team_id", "assignee_id", "status")
    rows = (
        ConversationTally.objects.filter(account=cast.account).values_list(*keys).annotate(sum=Sum("delta"))
    )
    return {row[:4]: row[4] for row in rows if row[4]}


def test_nobody_is_told_of_the_past(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        told = stories(cast, [open_session(inbox=cast.inbox, name="Vera") for _number in range(STORIES)])
    with platform_scope("tests look at everything"):
        before = OutboxEvent.objects.count()
    with account_scope(cast.account.pk):
        write_past(account_id=cast.account.pk, past=told)
    with platform_scope("tests look at everything"):
        assert OutboxEvent.objects.count() == before


def test_the_past_is_measured_as_the_recorders_would_have(
    cast: Cast, pairs: list[tuple[Conversation, Conversation]]
) -> None:
    with platform_scope("tests look at everything"):
        events = list(OutboxEvent.objects.filter(account_id=cast.account.pk).order_by("id"))
    with account_scope(cast.account.pk):
        for number, row in enumerate(events, 1):
            event = StoredEvent(row.pk, number, row.account_id, row.name, 1, row.payload, row.created_at)
            if row.name == "message.created" and (
                row.payload["first_reply"] or row.payload.get("replied_after") is not None
            ):
                recorders.record_reply(event)
            if row.name == "conversation.updated" and "status" in row.payload["changes"]:
                recorders.record_status(event)
        measure_past(account_id=cast.account.pk)
        assert measure_past(account_id=cast.account.pk) == 0  # once is enough
        for acted, seeded in pairs:
            assert measured(seeded) == measured(acted)
        names = set(ReportingEvent.objects.for_account(cast.account).values_list("name", flat=True))
        assert {"first_response", "reply_time", "conversation_resolved", "conversation_opened"} <= names


def measured(conversation: Conversation) -> list[tuple[Any, ...]]:
    """(name, person, inbox), in the order of their ends."""
    rows = ReportingEvent.objects.filter(conversation=conversation).order_by("event_end_time", "name")
    return [(row.name, row.user_id, row.inbox_id) for row in rows]


def test_weeks_of_history_take_few_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    """The same for forty conversations as for one, but for what is kept in files."""
    with account_scope(cast.account.pk):
        told = stories(cast, [open_session(inbox=cast.inbox, name="Vera") for _number in range(STORIES)])
        with django_assert_max_num_queries(25):
            write_past(account_id=cast.account.pk, past=told)
        assert Contact.objects.for_account(cast.account).exclude(last_activity_at=None).count() >= STORIES
