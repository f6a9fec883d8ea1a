"""Rights that change while sockets are open."""

from __future__ import annotations

import time
from typing import Any

import pytest

from accounts.models import Account, Membership, Role, User
from channels_ext.realtime import doors, rights
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.publisher import publisher
from config.database import platform_scope
from conversations.models import Contact, ContactInbox
from inboxes.models import InboxMember
from tests import factories
from tests.channels_ext.realtime.scene import (
    Line,
    Scene,
    SessionStore,
    change,
    contact_identifier,
    quietly,
    session_key_of,
    user_identifier,
)


async def told(line: Line, seconds: float = 1.6) -> list[str]:
    """Names of what the socket hears in that time, of our envelope or of ActionCable's."""
    return [
        one["message"]["event"] if isinstance(one.get("message"), dict) else one["type"]
        for one in await line.silence(seconds)
    ]


async def test_bob_is_removed_from_the_inbox_and_hears_nothing_from_that_event_on(scene: Scene) -> None:
    cast = scene.cast
    await scene.vera_writes("Hello")
    bob, cable = await scene.dashboard(cast.bob), await scene.cable(user_identifier(cast.bob))
    gone = InboxMember.objects.filter(membership=cast.bob, inbox=cast.inbox)

    await change(cast.bob, gone.delete)
    await scene.vera_writes("CANARY right behind it")

    assert await told(bob) == ["reset"]
    assert [name for name in await told(cable) if not name.startswith(("contact.", "presence."))] == []


async def test_the_same_when_nothing_is_published(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = scene.cast
    await scene.vera_writes("Hello")
    bob = await scene.dashboard(cast.bob)
    monkeypatch.setattr(publisher, "_send", lambda _pairs: False)

    await change(cast.bob, InboxMember.objects.filter(membership=cast.bob, inbox=cast.inbox).delete)
    await scene.vera_writes("CANARY right behind it")

    assert await told(bob, 3) == ["reset"]


async def test_the_same_without_any_event_within_five_seconds(scene: Scene) -> None:
    cast = scene.cast
    bob = await scene.dashboard(cast.bob)

    await quietly(cast.account.pk, InboxMember.objects.filter(membership=cast.bob, inbox=cast.inbox).delete)

    reset = await bob.frames(1, within=5, kind="reset")
    assert len(reset) == 1
    await scene.vera_writes("CANARY")
    assert await told(bob) == []


async def test_bob_joins_an_inbox_and_hears_it_without_coming_back(scene: Scene) -> None:
    cast = scene.cast
    erin = await in_thread(factories.make_member)(cast.account, await in_thread(factories.make_user)("Erin"))
    line = await scene.dashboard(erin)

    await change(
        erin, lambda: InboxMember.objects.create(account=cast.account, inbox=cast.inbox, membership=erin)
    )
    await scene.relay()
    # Their page is of another world now. What came before this is in what they reload.
    assert len(await line.frames(1, kind="reset")) == 1

    await scene.vera_writes("Welcome")
    assert "message.created" in await told(line)


async def test_an_agent_becomes_administrator_and_back(scene: Scene) -> None:
    cast = scene.cast
    erin = await in_thread(factories.make_member)(cast.account, await in_thread(factories.make_user)("Erin"))
    line = await scene.dashboard(erin)
    me = Membership.objects.filter(pk=erin.pk)

    await change(erin, lambda: me.update(role=Role.ADMINISTRATOR))
    await scene.relay()
    assert len(await line.frames(1, kind="reset")) == 1
    await scene.vera_writes("one")
    assert "message.created" in await told(line)

    await change(erin, lambda: me.update(role=Role.AGENT))
    await scene.vera_writes("two")
    assert await told(line) == ["reset"]


@pytest.mark.parametrize("told_by_event", [True, False])
async def test_sockets_of_a_removed_member_are_closed_within_five_seconds(
    scene: Scene, told_by_event: bool
) -> None:
    cast = scene.cast
    bob, cable = await scene.dashboard(cast.bob), await scene.cable(user_identifier(cast.bob))
    began = time.monotonic()
    gone = Membership.objects.filter(pk=cast.bob.pk)

    if told_by_event:
        await change(cast.bob, gone.delete)
        await scene.relay()
    else:
        await quietly(cast.account.pk, gone.delete)

    assert await bob.closed() == 4403
    assert await cable.closed() == 4401
    assert time.monotonic() - began < (1.0 if told_by_event else 5.0)


async def test_signing_out_closes_the_dashboard_within_five_seconds(scene: Scene) -> None:
    bob = await scene.dashboard(scene.cast.bob)
    stays = await scene.dashboard(scene.cast.bob)
    began = time.monotonic()
    await _delete_session(bob)

    assert await bob.closed() == 4401
    assert time.monotonic() - began < 5
    assert stays.code is None and await stays.silence(0.3) == []


@in_thread
def _delete_session(line: Line) -> None:
    cookie = dict(line._talk.scope["headers"])[b"cookie"].decode()
    SessionStore(cookie.partition("=")[2]).delete()


async def test_a_new_password_or_token_closes_what_the_old_one_opened(scene: Scene) -> None:
    bob, cable = await scene.dashboard(scene.cast.bob), await scene.cable(user_identifier(scene.cast.bob))

    def renew() -> None:
        user = User.objects.get(pk=scene.cast.bob.user_id)
        user.set_password("Another-horse-9")
        user.pubsub_token = "renewed-token-000000000"
        user.save()

    await change(scene.cast.bob, renew)
    await scene.relay()

    assert await bob.closed(2) == 4401
    assert await cable.closed(2) == 4401


async def test_a_suspended_account_closes_everybodys_sockets_within_five_seconds(scene: Scene) -> None:
    lines = [
        await scene.dashboard(scene.cast.alice),
        await scene.widget(scene.cast.vera),
        await scene.cable(contact_identifier(scene.cast.vera)),
    ]
    elsewhere = await scene.dashboard(scene.cast.charlie)
    await quietly(
        scene.cast.account.pk,
        lambda: Account.objects.filter(pk=scene.cast.account.pk).update(status=Account.Status.SUSPENDED),
    )
    assert [await line.closed() for line in lines] == [4403, 4403, 4401]
    assert elsewhere.code is None and await elsewhere.silence(0.2) == []


@pytest.mark.parametrize(
    "change_of_contact",
    [
        lambda session: Contact.objects.filter(pk=session.contact_id).update(blocked=True),
        lambda session: ContactInbox.objects.filter(pk=session.pk).delete(),
        lambda session: Contact.objects.filter(pk=session.contact_id).delete(),
        lambda session: ContactInbox.objects.filter(pk=session.pk).update(pubsub_token="renewed"),
    ],
    ids=["blocked", "session deleted", "contact deleted", "token renewed"],
)
async def test_a_visitor_who_may_not_stay_is_closed_within_five_seconds(
    scene: Scene, change_of_contact: Any
) -> None:
    cast = scene.cast
    widget, cable = await scene.widget(cast.vera), await scene.cable(contact_identifier(cast.vera))

    await quietly(cast.account.pk, lambda: change_of_contact(cast.vera))

    assert await widget.closed() in (4401, 4403)
    assert await cable.closed() == 4401


async def test_one_user_of_two_accounts_gets_each_accounts_news_in_its_own_tab_only(scene: Scene) -> None:
    cast = scene.cast
    elsewhere = await in_thread(factories.make_member)(cast.other, cast.bob.user, Role.ADMINISTRATOR)
    here, there = await scene.dashboard(cast.bob), await scene.dashboard(elsewhere)
    cable = await scene.cable(user_identifier(elsewhere))

    await scene.vera_writes("for Acme")

    assert "message.created" in await told(here)
    assert await told(there, 0.3) == []
    assert await told(cable, 0.3) == []


async def test_a_recheck_is_never_more_generous_than_the_door(scene: Scene) -> None:
    cast = scene.cast

    @in_thread
    def both() -> list[tuple[Any, Any]]:
        key = _key
        admitted: list[tuple[rights.Owner, rights.Verdict]] = [
            doors.admit_by_session(session_key=key, account_id=cast.account.pk),
            doors.admit_by_user_token(
                token=cast.bob.user.pubsub_token, account_id=cast.account.pk, user_id=cast.bob.user_id
            ),
            doors.admit_by_contact_token(token=cast.vera.pubsub_token),
        ]
        judged = rights.judge([owner for owner, _ in admitted])
        return [(verdict, judged[owner]) for owner, verdict in admitted]

    _key = await session_key_of(cast.bob)
    for at_the_door, later in await both():
        assert at_the_door == later
        assert at_the_door.code == 0 and at_the_door.groups


async def test_rechecking_everybody_takes_a_handful_of_queries(
    scene: Scene, django_assert_max_num_queries: Any
) -> None:
    cast = scene.cast

    @in_thread
    def many() -> None:
        members = [factories.make_member(cast.account, factories.make_user(f"Agent{n}")) for n in range(12)]
        owners = [
            rights.Agent(cast.account.pk, member.user_id, member.pk, "", "", member.user.pubsub_token)
            for member in members
        ]
        sessions = [factories.make_session(cast.inbox, f"V{number}") for number in range(12)]
        visitors = [
            rights.Visitor(one.account_id, one.pk, one.contact_id, one.inbox_id, one.pubsub_token)
            for one in sessions
        ]
        with platform_scope("a test counts queries"), django_assert_max_num_queries(12):
            verdicts = rights.judge([*owners, *visitors])
        assert len(verdicts) == 24 and not any(verdict.code for verdict in verdicts.values())

    await many()
