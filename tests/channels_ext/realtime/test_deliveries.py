"""Who hears what, and how it looks."""

from __future__ import annotations

import json

from channels_ext.realtime.database import in_thread
from channels_ext.realtime.hub import current_hub
from config.database import account_scope
from conversations.actions.assignment import assign_agent
from conversations.actions.status import change_status
from conversations.models import ContactInbox, Conversation
from tests import factories
from tests.channels_ext.contract import agent_face
from tests.channels_ext.realtime.scene import Scene, contact_identifier, hear, say, user_identifier


async def test_alice_and_bob_see_veras_message_on_their_pages(scene: Scene) -> None:
    alice, bob = await scene.dashboard(scene.cast.alice), await scene.dashboard(scene.cast.bob)

    message = await scene.vera_writes("Where is my parcel?")

    for line in (alice, bob):
        created, shown, row = await line.frames(3)
        assert (created["stream"], created["type"]) == ("list", "conversation.row")
        assert (shown["stream"], shown["type"], shown["id"]) == ("conv:1", "conversation.created", 1)
        assert row["type"] == "message.created"
        assert row["stream"] == "conv:1"
        assert row["id"] == message["id"]
        assert "Where is my parcel?" in row["html"]
        assert row["data"] == {
            "echo_id": None,
            "sender_type": "Contact",
            "sender_id": scene.cast.vera.contact_id,
            "private": False,
            "message_type": 0,
            "status": "sent",
        }


async def test_the_list_gets_a_painted_row_with_what_sorts_and_filters_it(scene: Scene) -> None:
    message = await scene.vera_writes("First")
    bob = await scene.dashboard(scene.cast.bob)

    await scene.vera_writes("Second")

    _message, row = await bob.frames(2)
    assert (row["stream"], row["type"], row["id"]) == ("list", "conversation.row", message["conversation_id"])
    assert "Second" in row["html"]
    sort = row["data"].pop("sort")
    assert isinstance(sort, int)
    assert row["data"] == {
        "status": "open",
        "assignee_id": None,
        "team_id": None,
        "inbox_id": scene.cast.inbox.pk,
        "unread_count": 2,
    }


async def test_vera_gets_bobs_answer_as_json_of_public_fields_only(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello?")
    vera = await scene.widget(scene.cast.vera)

    answer = await scene.answers(scene.cast.bob, opened["conversation_id"], "On its way")

    frame = next(one for one in await vera.frames(2, within=2) if one["type"] == "message.created")
    created_at = frame["data"].pop("created_at")
    assert isinstance(created_at, int)
    seq = frame.pop("seq")
    assert isinstance(seq, int)
    assert frame == {
        "stream": f"conv:{opened['conversation_id']}",
        "type": "message.created",
        "id": answer["id"],
        "data": {
            "id": answer["id"],
            "content": "On its way",
            "message_type": 1,
            "content_type": "text",
            "content_attributes": {},
            "conversation_id": opened["conversation_id"],
            "sender": agent_face(scene.cast.bob.user_id, "Bob"),
        },
    }


async def test_a_private_note_never_reaches_vera_by_widget_or_cable_or_replay(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello?")
    cursor = await scene.head()
    widget = await scene.widget(scene.cast.vera)
    cable = await scene.cable(contact_identifier(scene.cast.vera))
    bob = await scene.dashboard(scene.cast.bob)

    await scene.answers(scene.cast.bob, opened["conversation_id"], "CANARY do not refund", private=True)

    assert "CANARY" in json.dumps(await bob.frames(2))
    heard = [*await widget.silence(), *await cable.silence(0.2)]
    returned = await scene.widget(scene.cast.vera, cursor=cursor)
    heard += await returned.silence(0.3)
    assert "CANARY" not in json.dumps(heard)
    assert not [one for one in heard if "message." in str(one.get("type")) + str(one.get("message"))]


async def test_another_visitor_of_the_same_inbox_hears_nothing_of_vera(scene: Scene) -> None:
    walter = await in_thread(factories.make_session)(scene.cast.inbox, "Walter")
    line = await scene.widget(walter)

    await scene.vera_writes("My secret number is 7")

    assert await line.silence() == []


async def test_charlie_of_another_account_hears_nothing_of_alices(scene: Scene) -> None:
    charlie = await scene.dashboard(scene.cast.charlie)
    dora = await scene.dashboard(scene.cast.dora)
    cable = await scene.cable(user_identifier(scene.cast.charlie))

    await scene.vera_writes("Hello Acme")

    assert await charlie.silence() == []
    assert await dora.silence(0.1) == []
    assert await cable.silence(0.1) == []


async def test_an_agent_outside_the_inbox_hears_only_what_is_assigned_to_them(scene: Scene) -> None:
    cast = scene.cast
    erin = await in_thread(factories.make_member)(cast.account, await in_thread(factories.make_user)("Erin"))
    opened = await scene.vera_writes("Hello")
    line = await scene.dashboard(erin)
    cable = await scene.cable(user_identifier(erin))
    await scene.vera_writes("Not for Erin")
    assert await line.silence() == []

    access = await in_thread(factories.access_of)(cast.alice)

    def assign(user_id: int | None) -> None:
        with account_scope(cast.account.pk):
            assign_agent(
                actor=access.actor, access=access, display_id=opened["conversation_id"], user_id=user_id
            )

    await in_thread(assign)(erin.user_id)
    await scene.relay()
    assert [one["type"] for one in await line.frames(1)] == ["conversation.row"]

    await line.silence(0.5)
    await in_thread(assign)(None)
    await scene.relay()
    gone = await line.frames(1, kind="conversation.left")
    assert (gone[0]["stream"], gone[0]["id"]) == ("list", opened["conversation_id"])
    assert "html" not in gone[0] and "data" not in gone[0]
    # In the original, who is not a member of the inbox hears nothing on /cable.
    events = [one["message"]["event"] for one in await cable.silence(0.3) if "message" in one]
    assert [name for name in events if not name.startswith(("contact.", "presence."))] == []


async def test_one_socket_gets_each_event_once_however_many_of_its_groups_it_goes_to(scene: Scene) -> None:
    cast = scene.cast
    team = await in_thread(factories.make_team)(cast.account, "Billing", cast.bob)
    opened = await scene.vera_writes("Hello")
    access = await in_thread(factories.access_of)(cast.bob)

    def take_over() -> None:
        with account_scope(cast.account.pk):
            Conversation.objects.filter(display_id=opened["conversation_id"]).update(
                assignee_id=cast.bob.pk, team_id=team.pk
            )

    await in_thread(take_over)()
    assert access.user_id == cast.bob.user_id
    bob = await scene.dashboard(cast.bob)

    await scene.vera_writes("Once")

    assert len(await bob.frames(10, within=1.8, kind="message.created")) == 1


async def test_a_change_of_status_tells_the_counts_at_most_once_a_second(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    access = await in_thread(factories.access_of)(scene.cast.bob)
    bob = await scene.dashboard(scene.cast.bob)

    def turn(status: str) -> None:
        with account_scope(scene.cast.account.pk):
            change_status(
                actor=access.actor, access=access, display_id=opened["conversation_id"], status=status
            )

    for status in ("resolved", "open", "pending", "open"):
        await in_thread(turn)(status)
    await scene.relay()

    frames = await bob.frames(100, within=1.4)
    assert sum(1 for one in frames if one["type"] == "counts.changed") == 1
    rows = [one["data"]["status"] for one in frames if one["type"] == "conversation.row"]
    assert rows and rows[-1] == "open"


async def test_a_frame_is_encoded_once_for_all_sockets_of_a_language(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    lines = [await scene.dashboard(scene.cast.bob) for _ in range(3)]
    chinese = await scene.dashboard(scene.cast.bob, locale="zh-hans")

    await say(scene.cast.bob, opened["conversation_id"], "note", private=True)
    await scene.relay()

    texts = [await line.text() for line in lines]
    assert texts[0] is texts[1] is texts[2]
    other = await chinese.text()
    assert other is not None and other is not texts[0]


async def test_typing_reaches_colleagues_and_vera_but_not_the_typist(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    number = opened["conversation_id"]
    bob, alice = await scene.dashboard(scene.cast.bob), await scene.dashboard(scene.cast.alice)
    vera = await scene.widget(scene.cast.vera)

    await bob.send({"type": "typing", "conversation": number, "on": True})

    seen = await alice.frame()
    assert seen == {
        "stream": f"conv:{number}",
        "type": "conversation.typing_on",
        "id": number,
        "data": {
            "user": {"id": scene.cast.bob.user_id, "name": "Bob", "type": "user"},
            "is_private": False,
        },
    }
    assert (await vera.frame() or {})["type"] == "conversation.typing_on"
    assert await bob.silence(0.3) == []

    await bob.send({"type": "typing", "conversation": number, "on": True, "private": True})
    assert (await alice.frame() or {})["data"]["is_private"] is True
    assert await vera.silence(0.5) == []

    await vera.send({"type": "typing", "conversation": number, "on": False})
    frame = await bob.frame()
    assert frame is not None
    assert (frame["type"], frame["data"]["user"]["type"]) == ("conversation.typing_off", "contact")


async def test_colleagues_see_who_looks_at_a_conversation(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    number = opened["conversation_id"]
    bob, alice = await scene.dashboard(scene.cast.bob), await scene.dashboard(scene.cast.alice)
    await bob.send({"type": "viewing", "conversation": number})
    await bob.silence(0.3)

    await alice.send({"type": "viewing", "conversation": number})

    came = (await bob.frame() or {})["data"]
    assert (came["user"]["name"], came["on"]) == ("Alice", True)
    there = (await alice.frame() or {})["data"]
    assert (there["user"]["name"], there["on"]) == ("Bob", True)

    await alice.send({"type": "viewing", "conversation": None})
    left = (await bob.frame() or {})["data"]
    assert (left["user"]["name"], left["on"]) == ("Alice", False)


async def test_a_verified_contact_hears_all_of_their_verified_sessions(scene: Scene) -> None:
    cast = scene.cast

    def second_session() -> object:
        with account_scope(cast.account.pk):
            ContactInbox.objects.filter(pk=cast.vera.pk).update(hmac_verified=True)
            return ContactInbox.objects.create(
                account=cast.account,
                contact_id=cast.vera.contact_id,
                inbox=cast.inbox,
                source_id="second",
                hmac_verified=True,
            )

    second = await in_thread(second_session)()
    line = await scene.widget(cast.vera)

    await hear(second, "From my phone")  # type: ignore[arg-type]
    await scene.relay()

    found = await line.frames(1, kind="message.created")
    assert found[0]["data"]["content"] == "From my phone"
    assert current_hub().figures["failures"] == 0
