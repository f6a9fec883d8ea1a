"""/cable, frame by frame as the contract has it (contract/events.md 3)."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from channels_ext.realtime import presence
from channels_ext.realtime.database import in_thread
from config.database import account_scope
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.reading import mark_agent_seen
from conversations.actions.status import change_status
from conversations.models import Conversation
from conversations.queries.messages import messages_by_id
from conversations.queries.rows import BY_ID, push_shape, raw_rows
from inboxes.queries import Access
from tests import factories
from tests.channels_ext.realtime.scene import Line, Scene, contact_identifier, user_identifier

# As a Ruby client spells it: the confirmation must repeat it, spaces and order included.
ODD_SPELLING = '{ "pubsub_token" : "%s",\n  "channel":"RoomChannel", "extra": "\\u00e4/\\/" }'


def events_of(frames: list[dict[str, Any]]) -> list[str]:
    return [one["message"]["event"] for one in frames if isinstance(one.get("message"), dict)]


async def heard(line: Line, seconds: float = 1.2) -> list[dict[str, Any]]:
    """Event messages {event, data} of that time, presence left out."""
    frames = await line.silence(seconds)
    return [one["message"] for one in frames if one["message"]["event"] != "presence.update"]


async def test_the_server_greets_and_pings_every_three_seconds_byte_for_byte(scene: Scene) -> None:
    line = scene.line("/cable", subprotocols=["actioncable-v1-json", "actioncable-unsupported"])
    assert await line.open() == "actioncable-v1-json"
    assert await line.text() == '{"type":"welcome"}'

    first, at = await line.text(4), time.monotonic()
    second = await line.text(4)

    for text in (first, second):
        assert text is not None
        stamp = json.loads(text)["message"]
        assert text == f'{{"type":"ping","message":{stamp}}}'
        assert abs(stamp - time.time()) < 10
    assert 2.5 < time.monotonic() - at < 4


async def test_a_client_without_the_subprotocol_is_served_as_well(scene: Scene) -> None:
    line = scene.line("/cable")
    assert await line.open() == ""
    assert await line.text() == '{"type":"welcome"}'


async def test_the_identifier_is_echoed_byte_for_byte_in_confirmation_and_events(scene: Scene) -> None:
    identifier = ODD_SPELLING % scene.cast.vera.pubsub_token
    line = await scene.cable()

    await line.send({"command": "subscribe", "identifier": identifier})

    encoded = json.dumps(identifier, ensure_ascii=False)
    assert await line.text() == f'{{"type":"confirm_subscription","identifier":{encoded}}}'
    present = await line.text()
    data = f'{{"account_id":{scene.cast.account.pk},"users":{{}}}}'
    assert present == f'{{"identifier":{encoded},"message":{{"event":"presence.update","data":{data}}}}}'
    await scene.vera_writes("Hello")
    text = await line.text()
    assert text is not None
    assert text.startswith(f'{{"identifier":{encoded},"message":{{"event":"')
    assert json.loads(text)["identifier"] == identifier


async def test_vera_gets_the_whole_push_message_of_the_contract(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    line = await scene.cable(contact_identifier(scene.cast.vera))

    answer = await scene.answers(scene.cast.bob, opened["conversation_id"], "Hi Vera")

    message = next(one for one in await heard(line) if one["event"] == "message.created")
    data = message["data"]
    assert isinstance(data.pop("created_at"), int)
    assert isinstance(data.pop("updated_at"), str)
    assert isinstance(data["conversation"].pop("last_activity_at"), int)
    bob = {
        "id": scene.cast.bob.user_id,
        "name": "Bob",
        "available_name": "Bob",
        "avatar_url": "",
        "type": "user",
        "availability_status": "offline",
        "thumbnail": "",
    }
    performer = data.pop("performer")
    assert performer == {**bob, "availability_status": performer["availability_status"]}
    assert data == {
        "id": answer["id"],
        "content": "Hi Vera",
        "account_id": scene.cast.account.pk,
        "inbox_id": scene.cast.inbox.pk,
        "conversation_id": opened["conversation_id"],
        "message_type": 1,
        "private": False,
        "status": "sent",
        "source_id": None,
        "content_type": "text",
        "content_attributes": {},
        "sender_type": "User",
        "sender_id": scene.cast.bob.user_id,
        "external_source_ids": {},
        "additional_attributes": {},
        "processed_message_content": "Hi Vera",
        "sentiment": {},
        "sender": bob,
        "conversation": {
            "assignee_id": data["conversation"]["assignee_id"],
            "unread_count": data["conversation"]["unread_count"],
            "contact_inbox": {"source_id": scene.cast.vera.source_id},
        },
    }


async def test_a_first_message_is_told_as_contact_conversation_and_message(scene: Scene) -> None:
    agent = await scene.cable(user_identifier(scene.cast.bob))
    visitor = await scene.cable(contact_identifier(scene.cast.vera))

    opened = await scene.vera_writes("Hello")

    told = await heard(agent)
    names = [one["event"] for one in told]
    assert names.index("conversation.created") < names.index("message.created")
    conv = next(one["data"] for one in told if one["event"] == "conversation.created")
    assert conv == {**await conversation_push(scene, opened), "account_id": scene.cast.account.pk}
    mine = [one["event"] for one in await heard(visitor, 0.2)]
    assert [name for name in mine if not name.startswith("contact.")] == [
        name for name in names if not name.startswith("contact.")
    ]


@in_thread
def conversation_push(scene: Scene, message: dict[str, Any]) -> dict[str, Any]:
    """CONV of the contract as it is now, through JSON."""
    account_id = scene.cast.account.pk
    with account_scope(account_id):
        row_id = Conversation.objects.get(account_id=account_id, display_id=message["conversation_id"]).pk
        row = raw_rows(account_id=account_id, source=BY_ID, params=[[row_id]])[0]
        messages = messages_by_id(account_id=account_id, ids=[row["last_public_message_id"]])
        shape: dict[str, Any] = json.loads(
            json.dumps(push_shape(row, account_id=account_id, messages=messages))
        )
        return shape


async def test_bobs_first_answer_is_told_to_agents_as_first_reply_too(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    agent = await scene.cable(user_identifier(scene.cast.alice))
    visitor = await scene.cable(contact_identifier(scene.cast.vera))

    await scene.answers(scene.cast.bob, opened["conversation_id"], "Hi")
    await scene.answers(scene.cast.bob, opened["conversation_id"], "And another thing")

    names = [one["event"] for one in await heard(agent) if one["event"].startswith(("message", "first"))]
    assert names == ["message.created", "first.reply.created", "message.created"]
    names = [
        one["event"] for one in await heard(visitor, 0.2) if one["event"].startswith(("message", "first"))
    ]
    assert names == ["message.created", "message.created"]


async def test_a_resolved_conversation_is_told_as_status_changed_and_updated(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    agent = await scene.cable(user_identifier(scene.cast.alice))
    visitor = await scene.cable(contact_identifier(scene.cast.vera))

    await act(scene, lambda access: change_status(
        actor=access.actor, access=access, display_id=opened["conversation_id"], status="resolved"))  # fmt: skip

    told = [one for one in await heard(agent) if one["event"].startswith("conversation.")]
    assert [one["event"] for one in told] == ["conversation.status_changed", "conversation.updated"]
    assert {one["data"]["status"] for one in told} == {"resolved"}
    assert not any("performer" in one["data"] for one in told)  # re-read, and so without who did it
    mine = [one["event"] for one in await heard(visitor, 0.2) if one["event"].startswith("conversation.")]
    assert mine == ["conversation.status_changed", "conversation.updated"]


async def test_assignments_are_told_to_agents_under_their_own_names(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    team = await in_thread(factories.make_team)(scene.cast.account, "Billing", scene.cast.bob)
    agent = await scene.cable(user_identifier(scene.cast.alice))
    visitor = await scene.cable(contact_identifier(scene.cast.vera))
    number = opened["conversation_id"]

    await act(scene, lambda access: assign_agent(
        actor=access.actor, access=access, display_id=number, user_id=scene.cast.bob.user_id))  # fmt: skip
    await act(scene, lambda access: assign_team(
        actor=access.actor, access=access, display_id=number, team_id=team.pk))  # fmt: skip

    names = [one["event"] for one in await heard(agent) if not one["event"].startswith("message.")]
    assert names == ["conversation.updated", "assignee.changed", "conversation.updated", "team.changed"]
    names = [one["event"] for one in await heard(visitor, 0.2) if not one["event"].startswith("message.")]
    assert names == ["conversation.updated", "conversation.updated"]


async def act(scene: Scene, what: Any) -> None:
    """Alice does it; stored and relayed."""
    access: Access = await in_thread(factories.access_of)(scene.cast.alice)

    def in_scope() -> None:
        with account_scope(access.account_id):
            what(access)

    await in_thread(in_scope)()
    await scene.relay()


async def test_an_agents_reading_is_not_told_on_cable_but_on_dashboards(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    agent, page = await scene.cable(user_identifier(scene.cast.bob)), await scene.dashboard(scene.cast.bob)

    await act(scene, lambda access: mark_agent_seen(
        actor=access.actor, access=access, display_id=opened["conversation_id"]))  # fmt: skip

    rows = await page.frames(1, kind="conversation.row")
    assert rows[0]["data"]["unread_count"] == 0
    assert events_of(await agent.silence(0.5)) == []


async def test_presence_is_told_to_the_one_who_says_it_and_counts_for_twenty_seconds(scene: Scene) -> None:
    identifier = user_identifier(scene.cast.bob)
    visitor = await scene.cable(contact_identifier(scene.cast.vera))
    bob = await scene.cable(identifier)
    alice = await scene.cable(user_identifier(scene.cast.alice))

    data = json.dumps({"action": "update_presence"})
    await bob.send({"command": "message", "identifier": json.dumps(identifier), "data": data})

    frame = (await bob.frames(1))[0]
    assert frame["message"]["event"] == "presence.update"
    told = frame["message"]["data"]
    assert told["account_id"] == scene.cast.account.pk
    assert told["users"][str(scene.cast.bob.user_id)] == "online"
    assert told["contacts"] == {str(scene.cast.vera.contact_id): "online"}
    assert await alice.silence(0.3) == [] and await visitor.silence(0.1) == []
    assert await in_thread(presence.online_users)(scene.cast.account.pk) == {
        scene.cast.bob.user_id,
        scene.cast.alice.user_id,
    }
    assert await in_thread(presence.online_users)(scene.cast.other.pk) == set()


async def test_presence_ends_by_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "SECONDS", 1)
    await scene.cable(user_identifier(scene.cast.bob))
    assert await in_thread(presence.online_users)(scene.cast.account.pk) == {scene.cast.bob.user_id}
    await asyncio.sleep(1.1)
    assert await in_thread(presence.online_users)(scene.cast.account.pk) == set()


async def test_several_subscriptions_share_a_socket_and_leave_one_by_one(scene: Scene) -> None:
    agent, contact = user_identifier(scene.cast.bob), contact_identifier(scene.cast.vera)
    line = await scene.cable(agent)
    await line.send({"command": "subscribe", "identifier": json.dumps(contact)})
    await line.frames(2)

    await scene.vera_writes("both")
    got = [
        one["identifier"] for one in await line.silence(1.2) if one["message"]["event"] == "message.created"
    ]
    assert sorted(got) == sorted([json.dumps(agent), json.dumps(contact)])

    await line.send({"command": "unsubscribe", "identifier": json.dumps(agent)})
    await scene.vera_writes("one")
    got = [
        one["identifier"] for one in await line.silence(1.2) if one["message"]["event"] == "message.created"
    ]
    assert got == [json.dumps(contact)]


async def test_subscribing_twice_is_once(scene: Scene) -> None:
    identifier = user_identifier(scene.cast.bob)
    line = await scene.cable(identifier)
    await line.send({"command": "subscribe", "identifier": json.dumps(identifier)})
    await scene.vera_writes("once")
    assert events_of(await line.silence(1.2)).count("message.created") == 1


@pytest.mark.parametrize("blank", ["", None])
async def test_a_blank_user_id_means_a_contact(scene: Scene, blank: Any) -> None:
    line = await scene.cable({**contact_identifier(scene.cast.vera), "user_id": blank, "account_id": ""})
    await scene.vera_writes("Hello")
    assert "message.created" in events_of(await line.silence(1.2))


async def test_ids_may_be_digits_in_quotes(scene: Scene) -> None:
    mine = user_identifier(scene.cast.bob)
    await scene.cable({**mine, "account_id": str(mine["account_id"]), "user_id": str(mine["user_id"])})


async def test_typing_carries_the_conversation_and_who(scene: Scene) -> None:
    opened = await scene.vera_writes("Hello")
    agent = await scene.cable(user_identifier(scene.cast.alice))
    typist = await scene.cable(user_identifier(scene.cast.bob))
    visitor = await scene.cable(contact_identifier(scene.cast.vera))
    bob = await scene.dashboard(scene.cast.bob)

    await bob.send({"type": "typing", "conversation": opened["conversation_id"], "on": True})

    for line in (agent, visitor):
        told = (await heard(line, 0.5))[0]
        assert told["event"] == "conversation.typing_on"
        assert set(told["data"]) == {"conversation", "user", "is_private", "account_id"}
        assert told["data"]["conversation"]["id"] == opened["conversation_id"]
        assert (told["data"]["user"]["name"], told["data"]["is_private"]) == ("Bob", False)
    assert await heard(typist, 0.2) == []


async def test_a_slow_reader_is_told_to_reconnect_in_its_own_language(scene: Scene) -> None:
    full = [0]
    line = scene.line("/cable", **{"parley.buffered": lambda: full[0]})
    await line.open()
    await line.text()
    await line.send({"command": "subscribe", "identifier": json.dumps(contact_identifier(scene.cast.vera))})
    await line.frames(2)
    full[0] = 2 * 1024 * 1024
    await scene.vera_writes("too much")
    assert await line.text() == '{"type":"disconnect","reason":"slow_reader","reconnect":true}'
    assert await line.closed() == 4008
