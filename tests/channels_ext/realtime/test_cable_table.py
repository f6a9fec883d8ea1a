"""Event × receiver on /cable, for all events of the contract (events.md 3) but the one of the other edition."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest_asyncio

from accounts.models import Membership, Role
from channels_ext.realtime import typists
from channels_ext.realtime.database import in_thread
from config.database import account_scope
from conversations.actions import notifications
from conversations.actions.account_labels import create_label
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.contact_edit import create_contact, delete_contact, edit_contact
from conversations.actions.contact_merge import merge_contacts
from conversations.actions.inbound import contact_actor
from conversations.actions.message_changes import delete_message
from conversations.actions.reading import mark_contact_seen
from conversations.actions.status import change_status
from conversations.models import Conversation, Notification
from inboxes.queries import Access
from tests import factories
from tests.channels_ext.realtime.scene import Line, Scene, contact_identifier, user_identifier
from tests.workers import Workers

# alice is administrator, bob member of the inbox, tina of the conversation's team only, erin of nothing; vera's is
# the conversation, wanda another visitor of the inbox, charlie of another account.
WHO = ("alice", "bob", "tina", "erin", "vera", "wanda", "charlie")
TABLE = """
presence.update               alice bob tina erin vera wanda charlie
message.created               alice bob -    -    vera -     -
message.updated               alice bob -    -    vera -     -
first.reply.created           alice bob -    -    -    -     -
conversation.created          alice bob -    -    vera -     -
conversation.status_changed   alice bob -    -    vera -     -
conversation.updated          alice bob -    -    vera -     -
conversation.read             alice bob -    -    -    -     -
assignee.changed              alice bob -    -    -    -     -
team.changed                  alice bob -    -    -    -     -
conversation.contact_changed  alice bob -    -    -    -     -
conversation.typing_on        alice -   -    -    vera -     -
conversation.typing_off       alice bob -    -    -    -     -
conversation.mentioned        -     bob -    -    -    -     -
contact.created               alice bob tina erin -    -     -
contact.updated               alice bob tina erin -    -     -
contact.merged                alice bob tina erin -    -     -
contact.deleted               alice bob tina erin -    -     -
notification.created          -     bob -    -    -    -     -
notification.updated          -     bob -    -    -    -     -
notification.deleted          -     bob -    -    -    -     -
account.cache_invalidated     alice bob tina erin -    -     -
"""
EXPECTED = {
    name: {one for one in who if one != "-"} for name, *who in map(str.split, TABLE.split("\n")[1:-1])
}

CONV = set(
    "additional_attributes can_reply channel contact_inbox id inbox_id messages labels meta status custom_attributes "
    "snoozed_until unread_count first_reply_created_at priority waiting_since agent_last_seen_at "
    "contact_last_seen_at last_activity_at timestamp created_at updated_at".split()
)
MESSAGE = set(
    "id content account_id inbox_id conversation_id message_type created_at updated_at private status source_id "
    "content_type content_attributes sender_type sender_id external_source_ids additional_attributes "
    "processed_message_content sentiment conversation".split()
)
CONTACT = set(
    "additional_attributes custom_attributes email id identifier name phone_number thumbnail blocked type".split()
)
TOLD = {"notification", "unread_count", "count"}
DATA = {
    "presence.update": {"users"},
    "message.created": MESSAGE,
    "message.updated": MESSAGE | {"previous_changes"},
    "first.reply.created": MESSAGE,
    **{name: CONV for name in EXPECTED if name.startswith("conversation.") and "typing" not in name},
    "assignee.changed": CONV,
    "team.changed": CONV,
    "conversation.typing_on": {"conversation", "user", "is_private"},
    "conversation.typing_off": {"conversation", "user", "is_private"},
    **{name: CONTACT for name in EXPECTED if name.startswith("contact.")},
    **{name: TOLD for name in EXPECTED if name.startswith("notification.")},
    "account.cache_invalidated": {"cache_keys"},
}
OPTIONAL = {"performer", "sender", "attachments", "echo_id", "contacts"}
WITHOUT_PERFORMER = {
    "conversation.read",
    "conversation.updated",
    "conversation.status_changed",
    "assignee.changed",
    "team.changed",
}


def test_the_table_names_all_events_of_the_contract() -> None:
    assert len(EXPECTED) == 22  # and copilot.message.created, which only the other edition sends
    assert set(DATA) == set(EXPECTED)


class Room:
    """Everybody of the table, listening; what they heard since they were last asked."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.lines: dict[str, Line] = {}
        self.heard: dict[str, dict[str, list[Any]]] = {}  # event → who → data

    async def fill(self) -> None:
        cast = self.scene.cast
        tina, erin, wanda, team = await in_thread(_more)(cast)
        self.tina, self.wanda, self.team = tina, wanda, team
        agents = {"alice": cast.alice, "bob": cast.bob, "tina": tina, "erin": erin, "charlie": cast.charlie}
        for who, member in agents.items():
            await self._enter(who, user_identifier(member))
        for who, session in (("vera", cast.vera), ("wanda", wanda)):
            await self._enter(who, contact_identifier(session))

    async def _enter(self, who: str, identifier: Any) -> None:
        line = await self.scene.cable(identifier)  # which checks that presence.update came
        self.lines[who] = line
        self._note(who, {"event": "presence.update", "data": {"account_id": 1, "users": {}}})

    async def act(self, member: Membership, what: Callable[[Access], Any]) -> None:
        access = await in_thread(factories.access_of)(member)

        def in_scope() -> None:
            with account_scope(access.account_id):
                what(access)

        await in_thread(in_scope)()
        await self.listen()

    async def listen(self, seconds: float = 0.6) -> None:
        await self.scene.relay()
        heard = await asyncio.gather(*(line.silence(seconds) for line in self.lines.values()))
        for who, frames in zip(self.lines, heard, strict=True):
            for frame in frames:
                self._note(who, frame["message"])

    def _note(self, who: str, message: dict[str, Any]) -> None:
        self.heard.setdefault(message["event"], {}).setdefault(who, []).append(message["data"])


def _more(cast: Any) -> Any:
    tina = factories.make_member(cast.account, factories.make_user("Tina"))
    erin = factories.make_member(cast.account, factories.make_user("Erin"), Role.AGENT)
    team = factories.make_team(cast.account, "parcels", tina)
    return tina, erin, factories.make_session(cast.inbox, "Wanda"), team


@pytest_asyncio.fixture
async def room(scene: Scene) -> Room:
    made = Room(scene)
    await made.fill()
    return made


async def test_every_event_reaches_whom_it_concerns_and_nobody_else(scene: Scene, room: Room) -> None:
    number = await _a_talk(scene, room)
    await _its_changes(scene, room, number)
    await _people_and_labels(scene, room)

    found = {name: set(by) for name, by in room.heard.items()}
    assert found == EXPECTED
    for name, by in room.heard.items():
        for who, bodies in by.items():
            for data in bodies:
                assert set(data) - OPTIONAL - {"account_id"} == DATA[name] - {"account_id"}, (name, who)
                assert not (name in WITHOUT_PERFORMER and "performer" in data), (name, who)


async def _a_talk(scene: Scene, room: Room) -> int:
    cast = scene.cast
    number = int((await scene.vera_writes("Hello"))["conversation_id"])
    await room.listen()
    answer = await scene.answers(cast.bob, number, "Hi")
    await room.listen()
    mention = f"[@Bob](mention://user/{cast.bob.user_id}/Bob) look"
    await scene.answers(cast.alice, number, mention, private=True)
    await room.listen()
    await room.act(cast.bob, lambda access: delete_message(
        actor=access.actor, access=access, display_id=number, message_id=answer["id"]))  # fmt: skip
    await in_thread(_type)(cast, number)
    await room.listen()
    return number


def _type(cast: Any, number: int) -> None:
    with account_scope(cast.account.pk):
        pk = Conversation.objects.get(display_id=number).pk
    about = {"account_id": cast.account.pk, "conversation_id": pk}
    typists.announce_typing(**about, on=True, user_id=cast.bob.user_id)
    typists.announce_typing(**about, on=False, contact_inbox_id=cast.vera.pk)


async def _its_changes(scene: Scene, room: Room, number: int) -> None:
    cast = scene.cast
    session = cast.vera
    await room.act(cast.alice, lambda access: assign_team(
        actor=access.actor, access=access, display_id=number, team_id=room.team.pk))  # fmt: skip
    await room.act(cast.alice, lambda access: assign_agent(
        actor=access.actor, access=access, display_id=number, user_id=cast.bob.user_id))  # fmt: skip
    await in_thread(Workers("conversations.handlers.notifications.notify").work)(cast.account.pk)
    await room.listen()
    told = await in_thread(_newest_notification)(cast)
    await room.act(cast.bob, lambda access: notifications.mark_read(access=access, notification_id=told))
    await room.act(cast.bob, lambda access: notifications.delete_notification(
        access=access, notification_id=told))  # fmt: skip
    await room.act(cast.alice, lambda access: change_status(
        actor=access.actor, access=access, display_id=number, status="resolved"))  # fmt: skip
    await room.act(cast.alice, lambda access: mark_contact_seen(
        actor=contact_actor(session), account_id=cast.account.pk, contact_inbox_id=session.pk))  # fmt: skip


def _newest_notification(cast: Any) -> int:
    with account_scope(cast.account.pk):
        return int(Notification.objects.order_by("-id").values_list("pk", flat=True)[0])


async def _people_and_labels(scene: Scene, room: Room) -> None:
    cast = scene.cast
    made: list[int] = []

    def create(access: Access) -> None:
        contact, _session = create_contact(actor=access.actor, access=access, name="Xena")
        made.append(contact.pk)

    await room.act(cast.alice, create)
    await room.act(cast.alice, lambda access: edit_contact(
        actor=access.actor, access=access, contact_id=made[0], name="Xenia"))  # fmt: skip
    await room.act(cast.alice, lambda access: merge_contacts(
        actor=access.actor, access=access, base_id=made[0], mergee_id=cast.vera.contact_id))  # fmt: skip
    await room.act(cast.alice, lambda access: create_label(access=access, title="vip"))
    create_again = in_thread(factories.make_session)
    gone = await create_again(cast.inbox, "Nobody")
    await room.act(cast.alice, lambda access: delete_contact(
        actor=access.actor, access=access, contact_id=gone.contact_id))  # fmt: skip


async def test_a_verified_contact_hears_it_in_all_of_their_sessions(scene: Scene) -> None:
    other = await in_thread(_second_verified_session)(scene.cast)
    first, second = (
        await scene.cable(contact_identifier(scene.cast.vera)),
        await scene.cable(contact_identifier(other)),
    )

    await scene.vera_writes("Hello")

    for line in (first, second):
        names = [one["message"]["event"] for one in await line.silence(1.0)]
        assert "message.created" in names
        assert "conversation.created" in names


def _second_verified_session(cast: Any) -> Any:
    with account_scope(cast.account.pk):
        type(cast.vera).objects.filter(pk=cast.vera.pk).update(hmac_verified=True)
        return type(cast.vera).objects.create(
            account_id=cast.account.pk,
            contact_id=cast.vera.contact_id,
            inbox=cast.inbox,
            source_id="second",
            hmac_verified=True,
        )
