"""How a batch travels: what every hub listens for goes with the numbers it belongs to, in one message."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from channels_ext.realtime import feed, groups, shaping
from channels_ext.realtime.packets import Mark, Packet
from config.database import platform_scope
from config.events import StoredEvent
from config.models import OutboxEvent
from tests import factories
from tests.factories import Cast

MARK = Mark(5, 7)


def packet(seq: int, *to: str) -> Packet:
    return Packet(f"{seq}a", seq, groups.AGENTS, to, (), b"{}")


def sent(packets: list[Packet], listeners: dict[str, int]) -> list[tuple[tuple[str, ...], Any]]:
    found = []
    for to, message in feed._messages(MARK, packets, {groups.HUBS: 2, **listeners}):
        parts = message.get("batch") or [message]
        found.append((to, [one["mark"] if "mark" in one else one["seq"] for one in parts]))
    return found


def test_what_every_hub_listens_for_goes_in_one_message_to_all() -> None:
    packets = [packet(5, "a1.inbox2", "a1.admins"), packet(6, "a1.inbox2")]
    assert sent(packets, {"a1.inbox2": 2}) == [((groups.HUBS,), [[5, 7], 5, 6])]


def test_what_some_hubs_listen_for_goes_to_them_alone_and_in_order() -> None:
    packets = [packet(5, "a1.inbox2"), packet(6, "visitor9"), packet(7, "a1.inbox2")]
    assert sent(packets, {"a1.inbox2": 2, "visitor9": 1}) == [
        ((groups.HUBS,), [[5, 7], 5]),
        (("visitor9",), [6]),
        ((groups.HUBS,), [7]),
    ]


def test_a_batch_that_nobody_listens_for_is_announced_all_the_same() -> None:
    assert sent([], {}) == [((groups.HUBS,), [[5, 7]])]


def test_an_event_is_shaped_in_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    heard = factories.hear(cast.vera, "Where is my parcel?")
    with platform_scope("a test reads the outbox"):
        row = OutboxEvent.objects.filter(name="message.created").values("payload").get()
    event = StoredEvent(1, 1, cast.account.pk, "message.created", 1, row["payload"], timezone.now())
    planned = shaping.plan([event], lambda route: route.audience == groups.AGENTS)

    with platform_scope("a test shapes"), django_assert_num_queries(1):
        (packet,) = shaping.shaped(planned)

    assert packet.content["message"]["id"] == packet.content["row"]["messages"][0]["id"] == heard["id"]


def test_of_what_nobody_wants_nothing_is_planned() -> None:
    payload = {"inbox_id": 2, "conversation_id": 5, "display_id": 1}
    event = StoredEvent(1, 1, 1, "message.created", 1, payload, timezone.now())
    assert shaping.plan([event], lambda _route: False) == []
