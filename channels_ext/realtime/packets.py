"""What travels over the bus, and what the hub keeps of it.

A packet is one copy of an event for one audience. Its body is JSON, made once by the feed; the hub parses
it once and encodes each form (dashboard in a language, widget, cable) once, lazily, for all its sockets.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

from channels_ext.realtime.groups import Route

Content = dict[str, Any]


@dataclass(eq=False, slots=True)
class Packet:
    """`key` tells copies apart: the same key is the same news. Transient packets have seq 0."""

    key: str
    seq: int
    audience: str
    groups: tuple[str, ...]
    skip: tuple[str, ...]
    body: bytes
    forms: dict[Any, Any] = field(default_factory=dict)
    _content: Content | None = None

    @property
    def content(self) -> Content:
        if self._content is None:
            self._content = orjson.loads(self.body)
        return self._content

    def as_message(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "seq": self.seq,
            "aud": self.audience,
            "groups": list(self.groups),
            "skip": list(self.skip),
            "body": self.body,
        }


def from_message(message: dict[str, Any]) -> Packet:
    return Packet(
        key=message["key"],
        seq=message["seq"],
        audience=message["aud"],
        groups=tuple(message["groups"]),
        skip=tuple(message["skip"]),
        body=message["body"],
    )


def stored(*, seq: int, route: Route, content: Content) -> Packet:
    """A copy of an outbox event."""
    return Packet(
        key=f"{seq}{route.audience}",
        seq=seq,
        audience=route.audience,
        groups=route.groups,
        skip=route.skip,
        body=orjson.dumps(content, default=str),
    )


def transient(*, audience: str, to: tuple[str, ...], content: Content) -> Packet:
    """Typing, viewing: no seq, never stored, lost without harm."""
    key = f"t{uuid.uuid4().hex}{audience}"
    return Packet(
        key=key, seq=0, audience=audience, groups=to, skip=(), body=orjson.dumps(content, default=str)
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """Sent before a batch: the numbers it holds. Numbers have no holes, so a hub sees what it missed."""

    first: int
    last: int

    def as_message(self) -> dict[str, Any]:
        return {"mark": [self.first, self.last]}


def read_bus_message(message: dict[str, Any]) -> Packet | Mark:
    if "mark" in message:
        return Mark(*message["mark"])
    return from_message(message)
