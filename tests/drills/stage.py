"""Everybody takes their place before the first fault: visitors, shoppers, agents, and who watches."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.drills import fetching
from tests.drills.calls import Caller, Unexpected
from tests.drills.installation import Installation
from tests.drills.ledger import Draft, Ledger
from tests.drills.senders import Line, Sender, agent_body, public_body, widget_body
from tests.drills.sizes import Size, shares
from tests.drills.watchers import Seat, Watcher

PROBES = 10
READY_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A member of the demo account as its programs and pages know them."""

    name: str
    user_id: int
    email: str
    password: str
    token: str
    pubsub_token: str
    inboxes: frozenset[int] | None  # None for an administrator: all


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A visitor with a conversation, and their ways to write and read."""

    conversation: int
    sender: Sender
    seat: Seat
    fetch: fetching.Fetch


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one writer has to say: one message for each of `privates`."""

    sender: Sender
    privates: list[bool]
    pause: float  # seconds between two


@dataclass(kw_only=True)
class Stage:
    parts: list[Part] = field(default_factory=list)
    probes: list[Sender] = field(default_factory=list)
    impatient: Sender
    watchers: list[Watcher] = field(default_factory=list)

    @property
    def dashboards(self) -> list[Watcher]:
        return [watcher for watcher in self.watchers if watcher.seat.kind == "dashboard"]


class Manager:
    """Builds the stage. Needs a healthy installation."""

    def __init__(
        self,
        *,
        installation: Installation,
        ledger: Ledger,
        size: Size,
        rng: random.Random,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._installation = installation
        self._ledger = ledger
        self._size = size
        self._rng = rng
        self._pool = pool
        self._addresses = 0
        self._live = installation.url.replace("http", "ws", 1)
        self.demo: dict[str, Any] = installation.demo()
        self.account_id: int = self.demo["account_id"]

    async def build(self) -> Stage:
        size = self._size
        agents = self._agents()
        visitors = [await self._visitor(f"visitor{place}") for place in range(size.visitors)]
        shoppers = [await self._shopper(f"shopper{place}") for place in range(size.shoppers)]
        probes = [await self._visitor(f"probe{place}") for place in range(PROBES)]
        impatient = await self._visitor("impatient")
        return Stage(
            parts=[*self._visitors_parts(visitors, agents), *self._shoppers_parts(shoppers, agents)],
            probes=[guest.sender for guest in probes],
            impatient=impatient.sender,
            watchers=[
                *await self._dashboards(agents),
                *self._agent_cables(agents),
                *(self._watcher(guest) for guest in visitors[: size.visitor_cables]),
                *(self._watcher(guest) for guest in shoppers),
            ],
        )

    # --- callers ------------------------------------------------------------------------------------
    def _caller(self, **headers: str) -> Caller:
        """Somebody new, at an address of their own."""
        self._addresses += 1
        address = f"10.1.{self._addresses // 250}.{self._addresses % 250 + 1}"
        return Caller(port=self._installation.port, address=address, pool=self._pool, headers=headers)

    def _child_rng(self) -> random.Random:
        return random.Random(self._rng.random())

    def _sender(self, *, line: Line, caller: Caller) -> Sender:
        return Sender(line=line, caller=caller, ledger=self._ledger, rng=self._child_rng())

    # --- agents -------------------------------------------------------------------------------------
    def _agents(self) -> list[Agent]:
        with self._installation.database() as connection:
            rows = connection.execute(
                "SELECT u.email, u.id, u.pubsub_token, m.role, "
                "array(SELECT inbox_id FROM inboxes_inboxmember WHERE membership_id = m.id) "
                "FROM accounts_user AS u JOIN accounts_membership AS m ON m.user_id = u.id "
                "WHERE m.account_id = %s",
                [self.account_id],
            ).fetchall()
        known = {row[0]: row for row in rows}
        return [
            self._agent(name, self.demo[name], known[self.demo[name]["email"]]) for name in ("admin", "agent")
        ]

    def _agent(self, name: str, demo: dict[str, str], row: Any) -> Agent:
        return Agent(
            name=name,
            user_id=row[1],
            email=demo["email"],
            password=demo["password"],
            token=demo["api_access_token"],
            pubsub_token=row[2],
            inboxes=None if row[3] == 1 else frozenset(row[4]),
        )

    async def _dashboards(self, agents: list[Agent]) -> list[Watcher]:
        """Several tabs for each agent, who signs in once, by the form."""
        tabs: list[Watcher] = []
        for agent, count in zip(agents, shares(total=self._size.dashboards, parts=len(agents)), strict=True):
            cookies = await self._sign_in(agent) if count else {}
            for tab in range(count):
                seat = Seat(
                    name=f"dashboard of {agent.name}, tab {tab + 1}",
                    kind="dashboard",
                    url=f"{self._live}/live/accounts/{self.account_id}",
                    headers={
                        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
                        "Origin": self._installation.url,
                        "X-Forwarded-For": "10.2.0.1",
                    },
                    is_visitor=False,
                    inboxes=agent.inboxes,
                )
                tabs.append(Watcher(seat=seat, rng=self._child_rng(), fetch=self._agent_fetch(agent)))
        return tabs

    async def _sign_in(self, agent: Agent) -> dict[str, str]:
        caller = self._caller(Referer=f"{self._installation.url}/app/login")
        page = await caller.call("GET", "/app/login")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
        if token is None:
            raise Unexpected(f"the sign-in page has no form: {page.status} {page.body[:300]!r}")
        fields = {"login": agent.email, "password": agent.password, "csrfmiddlewaretoken": token[1].decode()}
        answer = await caller.call("POST", "/accounts/login/", form=urlencode(fields))
        if answer.status != 302 or "sessionid" not in caller.cookies:
            raise Unexpected(f"{agent.name} cannot sign in: {answer.status} {answer.body[:300]!r}")
        caller.close()
        return caller.cookies

    def _agent_fetch(self, agent: Agent) -> fetching.Fetch:
        return fetching.as_agent(
            caller=self._caller(api_access_token=agent.token), account_id=self.account_id
        )

    def _agent_cables(self, agents: list[Agent]) -> list[Watcher]:
        watchers = []
        for place in range(self._size.agent_cables):
            agent = agents[place % len(agents)]
            user = f',"account_id":{self.account_id},"user_id":{agent.user_id}'
            seat = Seat(
                name=f"cable {place + 1} of {agent.name}",
                kind="agent cable",
                url=f"{self._live}/cable",
                headers={"X-Forwarded-For": f"10.3.0.{place + 1}"},
                is_visitor=False,
                inboxes=agent.inboxes,
                identifier=_identifier(agent.pubsub_token, user),
            )
            watchers.append(Watcher(seat=seat, rng=self._child_rng(), fetch=self._agent_fetch(agent)))
        return watchers

    def _reply(self, *, name: str, conversation: int, agent: Agent) -> Sender:
        path = f"/api/v1/accounts/{self.account_id}/conversations/{conversation}/messages"
        line = Line(name=name, conversation=conversation, path=path, body=agent_body)
        return self._sender(line=line, caller=self._caller(api_access_token=agent.token))

    # --- visitors -----------------------------------------------------------------------------------
    async def _visitor(self, name: str) -> Guest:
        """A contact of the API inbox, with a conversation."""
        caller = self._caller()
        base = f"/public/api/v1/inboxes/{self.demo['inbox_identifier']}/contacts"
        contact = await caller.must("POST", base, {"name": name})
        path = f"{base}/{contact['source_id']}/conversations"
        conversation = int((await caller.must("POST", path, {}))["id"])
        seat = Seat(
            name=name,
            kind="visitor cable",
            url=f"{self._live}/cable",
            headers={"X-Forwarded-For": caller.address},
            is_visitor=True,
            conversation=conversation,
            identifier=_identifier(contact["pubsub_token"]),
        )
        return self._guest(caller, seat, f"{path}/{conversation}/messages", public_body, fetching.as_contact)

    async def _shopper(self, name: str) -> Guest:
        """A visitor of the website, with a first message, which opens the conversation."""
        caller, token = self._caller(), self.demo["website_token"]
        config = await caller.must("POST", f"/api/v1/widget/config?website_token={token}", {})
        visitor = config["website_channel_config"]["auth_token"]
        caller.headers["X-Auth-Token"] = visitor
        opened = await caller.must(
            "POST",
            f"/api/v1/widget/conversations?website_token={token}",
            {"contact": {"name": name}, "message": {"content": "Hello?"}},
        )
        seat = Seat(
            name=name,
            kind="shopper",
            url=f"{self._live}/live/widget",
            headers={"X-Forwarded-For": caller.address, "Origin": self._installation.url},
            is_visitor=True,
            conversation=int(opened["id"]),
            hello={"website_token": token, "token": visitor},
        )

        def ask(*, caller: Caller, path: str, conversation: int) -> fetching.Fetch:
            return fetching.as_shopper(caller=caller, website_token=token, conversation=conversation)

        path = f"/api/v1/widget/messages?website_token={token}"
        return self._guest(caller, seat, path, widget_body, ask)

    def _guest(
        self,
        caller: Caller,
        seat: Seat,
        path: str,
        body: Callable[[Draft], dict[str, Any]],
        ask: Callable[..., fetching.Fetch],
    ) -> Guest:
        assert seat.conversation is not None
        line = Line(name=seat.name, conversation=seat.conversation, path=path, body=body)
        token = caller.headers.get("X-Auth-Token")
        asking = self._caller(**({"X-Auth-Token": token} if token else {}))
        return Guest(
            conversation=seat.conversation,
            sender=self._sender(line=line, caller=caller),
            seat=seat,
            fetch=ask(caller=asking, path=path, conversation=seat.conversation),
        )

    def _watcher(self, guest: Guest) -> Watcher:
        return Watcher(seat=guest.seat, rng=self._child_rng(), fetch=guest.fetch)

    # --- who says what ------------------------------------------------------------------------------
    def _visitors_parts(self, guests: list[Guest], agents: list[Agent]) -> list[Part]:
        size = self._size
        return self._parts(
            guests, agents, asked=size.visitor_messages, answered=size.agent_replies, notes=size.notes
        )

    def _shoppers_parts(self, guests: list[Guest], agents: list[Agent]) -> list[Part]:
        size = self._size
        return self._parts(
            guests, agents, asked=size.shopper_messages, answered=size.shopper_replies, notes=0
        )

    def _parts(
        self, guests: list[Guest], agents: list[Agent], *, asked: int, answered: int, notes: int
    ) -> list[Part]:
        counts = [shares(total=total, parts=len(guests)) for total in (asked, answered, notes)]
        parts = []
        for place, (guest, questions, answers, private) in enumerate(zip(guests, *counts, strict=True)):
            name = f"reply-to-{guest.seat.name}"
            agent = agents[place % len(agents)]
            reply = self._reply(name=name, conversation=guest.conversation, agent=agent)
            spoken = [False] * answers + [True] * private
            self._rng.shuffle(spoken)
            parts += [self._part(guest.sender, [False] * questions), self._part(reply, spoken)]
        return [part for part in parts if part.privates]

    def _part(self, sender: Sender, privates: list[bool]) -> Part:
        return Part(sender=sender, privates=privates, pause=self._size.seconds / max(1, len(privates)))


def _identifier(pubsub_token: str, rest: str = "") -> str:
    return f'{{"channel":"RoomChannel","pubsub_token":"{pubsub_token}"{rest}}}'


async def seated(watchers: list[Watcher]) -> None:
    """Return when every socket stands. Raises Unexpected with the reasons when they do not."""
    waiting = [asyncio.create_task(watcher.ready.wait()) for watcher in watchers]
    _, late = await asyncio.wait(waiting, timeout=READY_SECONDS)
    if late:
        for task in late:
            task.cancel()
        reasons = {
            watcher.seat.name: [*watcher.refused, *watcher.errors, *(how for _, how in watcher.lost)][-1:]
            for watcher in watchers
            if not watcher.ready.is_set()
        }
        raise Unexpected(
            f"{len(late)} of {len(watchers)} sockets do not stand: {dict(list(reasons.items())[:5])}"
        )
