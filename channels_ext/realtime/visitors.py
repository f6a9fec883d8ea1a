"""The widget's door: /live/widget. The first frame carries the website token and the visitor's own token."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from channels_ext.realtime import doors, edges, frames
from channels_ext.realtime.consumer import Rejected
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.envelope import EnvelopeConsumer
from channels_ext.realtime.packets import Packet
from channels_ext.realtime.rights import Visitor

TOKEN_LENGTH = 4096

admit = in_thread(doors.admit_by_visitor_token)


class VisitorConsumer(EnvelopeConsumer):
    """Visitors get JSON only: public messages of their own sessions, and the state of their conversations."""

    kind = "visitor"

    async def on_hello(self, frame: dict[str, Any]) -> None:
        if self.greeted:
            raise Rejected("already_in", _("You said hello before."))
        website_token, token = _token(frame, "website_token"), _token(frame, "token")
        origin = "" if edges.is_our_page(self.scope) else edges.header(self.scope, b"origin")
        visitor, verdict = await admit(website_token=website_token, token=token, origin=origin)
        self.settle_in(visitor, verdict)
        await self.enter(frame.get("cursor"))

    def sessions(self) -> list[int] | None:
        return sorted(int(name.removeprefix("visitor")) for name in self.socket.groups)

    def typist(self) -> str:
        visitor: Visitor = self.owner
        return f"visitor{visitor.contact_inbox_id}"

    def render(self, packet: Packet) -> Any:
        return () if self.is_echo(packet) else frames.widget(packet)


def _token(frame: dict[str, Any], key: str) -> str:
    value = frame.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= TOKEN_LENGTH:
        raise Rejected("bad_frame", _("`website_token` and `token` are texts."))
    return value
