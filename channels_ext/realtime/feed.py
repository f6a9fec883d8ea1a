"""The inline handler: every event that the relay stamps goes out to the sockets from here.

It may fail, and what it publishes may be lost: the outbox is the truth, and hubs read it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.db import Error as DatabaseError

from channels_ext.realtime import groups, shaping
from channels_ext.realtime.packets import Mark, Packet
from channels_ext.realtime.publisher import publisher
from config.database import platform_scope
from config.events import StoredEvent

logger = logging.getLogger(__name__)


def broadcast(events: list[StoredEvent]) -> None:
    """Publish a batch: the numbers it holds, then one message per event, audience and group that some hub
    listens to. Nothing is read from the database for what nobody listens to.

    A batch that cannot be read is not announced either: by the gap in the numbers hubs notice it before they
    pass on anything newer. Announced, it would be found later, and out of order. For the same reason this must
    be handed every event.
    """
    names = {group for event in events for route in shaping.routes_of(event) for group in route.groups}
    listeners = publisher.listeners(sorted({groups.HUBS, *names}))
    if groups.HUBS not in listeners:
        return
    mark = Mark(events[0].seq, events[-1].seq)
    planned = shaping.plan(events, lambda route: any(group in listeners for group in route.groups))
    if not planned:
        publisher.send(_messages(mark, [], listeners))
        return
    try:
        with platform_scope("realtime: one batch of events is of many accounts"):
            # Sent before the scope ends: sockets need not wait for that.
            publisher.send(_messages(mark, shaping.shaped(planned), listeners))
    except DatabaseError as error:
        logger.warning(
            "batch not read, hubs will", extra={"error": str(error).strip(), "first_seq": events[0].seq}
        )


def _messages(
    mark: Mark, packets: list[Packet], listeners: dict[str, int]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """What is published, in order. Packets that every hub listens for travel with the mark, in one message for all
    hubs: receiving a message costs a hub more than reading what is in it."""
    everywhere = listeners[groups.HUBS]
    together = [mark.as_message()]
    for packet in packets:
        heard = tuple(group for group in packet.groups if group in listeners)
        if any(listeners[group] >= everywhere for group in heard):
            together.append(packet.as_message())
            continue
        if together:
            yield (groups.HUBS,), {"batch": together}
            together = []
        yield heard, packet.as_message()
    if together:
        yield (groups.HUBS,), {"batch": together}
