"""How a batch travels: what every hub listens for goes with the numbers it belongs to, in one message."""

from __future__ import annotations

from typing import Any

from channels_ext.realtime import feed, groups
from channels_ext.realtime.packets import Mark, Packet

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
