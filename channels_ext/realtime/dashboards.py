"""The dashboard's door: /live/accounts/<id>. HTML as the pages have it, in the page's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from channels_ext.realtime import doors, edges, frames, groups, limits
from channels_ext.realtime.consumer import Closed, Rejected, is_id
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.envelope import EnvelopeConsumer, find_conversation
from channels_ext.realtime.packets import Packet, transient
from channels_ext.realtime.rights import Agent
from channels_ext.realtime.sockets import FORBIDDEN, TOO_MUCH

admit_by_session = in_thread(doors.admit_by_session)


class DashboardConsumer(EnvelopeConsumer):
    """Agents' pages. The session cookie says who it is, so only our own pages may open it."""

    kind = "dashboard"
    locale = ""
    viewed: int | None = None  # conversation id
    viewed_display_id: int | None = None

    def may_open(self) -> bool:
        return edges.is_our_page(self.scope)

    async def opened(self) -> None:
        account_id = int(self.scope["url_route"]["kwargs"]["account_id"])
        if not is_id(account_id):
            raise Closed(FORBIDDEN)
        agent, verdict = await admit_by_session(
            session_key=edges.session_key(self.scope), account_id=account_id
        )
        if not self.sit(f"user:{agent.user_id}", limits.PER_USER):
            raise Closed(TOO_MUCH)
        self.settle_in(agent, verdict)

    async def on_hello(self, frame: dict[str, Any]) -> None:
        if self.greeted or self.owner is None:
            raise Rejected("already_in", _("You said hello before."))
        self.locale = edges.language(self.scope, asked=frame.get("locale"), own=self.owner.locale)
        # Now and not at the next round: a visitor who writes in between would be told that nobody is here.
        self.hub.attendance.mark(self.owner)
        await self.hub.attendance.write()
        await self.enter(frame.get("cursor"))

    def typist(self) -> str:
        return f"user{self.owner.user_id}"

    def render(self, packet: Packet) -> Any:
        if self.is_echo(packet):
            return ()
        if packet.seq == 0 and packet.content.get("ask"):
            self._tell_viewing(on=True)
        return frames.dashboard(packet, self.locale)

    # --- who looks at what ----------------------------------------------------------------------------
    def wanted_groups(self) -> frozenset[str]:
        if self.viewed is None:
            return self.allowed
        return self.allowed | {groups.conversation(self.owner.account_id, self.viewed)}

    async def on_viewing(self, frame: dict[str, Any]) -> None:
        self.must_be_in()
        display_id = frame.get("conversation")
        if display_id is not None and not is_id(display_id):
            raise Rejected("bad_frame", _("`conversation` is a number or null."))
        found = None
        if display_id is not None:
            found = await find_conversation(owner=self.owner, display_id=display_id, allowed=self.allowed)
            if found is None:
                raise Rejected("not_found", _("There is no such conversation."))
        self._tell_viewing(on=False)
        self.viewed, self.viewed_display_id = (found.id, found.display_id) if found else (None, None)
        self.hub.regroup(self.socket, wanted=self.wanted_groups())
        self._tell_viewing(on=True, ask=True)

    async def on_ping(self, _frame: dict[str, Any]) -> None:
        self._tell_viewing(on=True)  # others forget a viewer that says nothing

    def _tell_viewing(self, *, on: bool, ask: bool = False) -> None:
        if self.viewed is None:
            return
        agent: Agent = self.owner
        content = {
            "name": "conversation.viewing",
            "account_id": agent.account_id,
            "display_id": self.viewed_display_id,
            "user": {"id": agent.user_id, "name": agent.name, "type": "user"},
            "on": on,
            "ask": ask,
            "typist": self.typist(),
        }
        to = (groups.conversation(agent.account_id, self.viewed),)
        self.hub.publish(transient(audience=groups.AGENTS, to=to, content=content))

    def left(self) -> None:
        self._tell_viewing(on=False)
