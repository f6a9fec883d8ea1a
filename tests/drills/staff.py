"""The demo account's agents: signed in on dashboards, listening on /cable, answering over the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.drills import fetching
from tests.drills.calls import Unexpected
from tests.drills.people import Lobby, identifier
from tests.drills.senders import Line, Sender, agent_body
from tests.drills.sizes import shares
from tests.drills.watchers import Fetch, Seat, Watcher

_MEMBERS = """
SELECT u.email, u.id, u.pubsub_token, m.role,
       array(SELECT inbox_id FROM inboxes_inboxmember WHERE membership_id = m.id)
FROM accounts_user AS u JOIN accounts_membership AS m ON m.user_id = u.id WHERE m.account_id = %s
"""
_ADMINISTRATOR = 1


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


class Staff:
    """Needs a healthy installation."""

    def __init__(self, *, lobby: Lobby) -> None:
        self._lobby = lobby
        self.account_id: int = lobby.demo["account_id"]
        with lobby.installation.database() as connection:
            rows = connection.execute(_MEMBERS, [self.account_id]).fetchall()
            newest = connection.execute("SELECT coalesce(max(id), 0) FROM conversations_message").fetchone()
        known = {row[0]: row for row in rows}
        self._since = 0 if newest is None else int(newest[0])  # what is older was there before the drill
        self.agents = [
            _agent(name, lobby.demo[name], known[lobby.demo[name]["email"]]) for name in ("admin", "agent")
        ]

    def reply(self, *, name: str, conversation: int, place: int) -> Sender:
        """One of them, taking turns by `place`, answers in this conversation."""
        agent = self.agents[place % len(self.agents)]
        path = f"/api/v1/accounts/{self.account_id}/conversations/{conversation}/messages"
        line = Line(name=name, conversation=conversation, path=path, body=agent_body)
        return self._lobby.sender(line=line, caller=self._lobby.caller(api_access_token=agent.token))

    async def dashboards(self, count: int) -> list[Watcher]:
        """Several tabs for each agent, who signs in once, by the form."""
        tabs = []
        for agent, tabs_of in zip(self.agents, shares(total=count, parts=len(self.agents)), strict=True):
            cookies = await self._sign_in(agent) if tabs_of else {}
            for tab in range(tabs_of):
                seat = Seat(
                    name=f"dashboard of {agent.name}, tab {tab + 1}",
                    kind="dashboard",
                    url=f"{self._lobby.live}/live/accounts/{self.account_id}",
                    headers={
                        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
                        "Origin": self._lobby.installation.url,
                        "X-Forwarded-For": "10.2.0.1",
                    },
                    is_visitor=False,
                    inboxes=agent.inboxes,
                )
                tabs.append(Watcher(seat=seat, rng=self._lobby.dice(), fetch=self._fetch(agent)))
        return tabs

    async def _sign_in(self, agent: Agent) -> dict[str, str]:
        caller = self._lobby.caller(Referer=f"{self._lobby.installation.url}/app/login")
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

    def cables(self, count: int) -> list[Watcher]:
        watchers = []
        for place in range(count):
            agent = self.agents[place % len(self.agents)]
            user = f',"account_id":{self.account_id},"user_id":{agent.user_id}'
            seat = Seat(
                name=f"cable {place + 1} of {agent.name}",
                kind="agent cable",
                url=f"{self._lobby.live}/cable",
                headers={"X-Forwarded-For": f"10.3.0.{place + 1}"},
                is_visitor=False,
                inboxes=agent.inboxes,
                identifier=identifier(agent.pubsub_token, user),
            )
            watchers.append(Watcher(seat=seat, rng=self._lobby.dice(), fetch=self._fetch(agent)))
        return watchers

    def _fetch(self, agent: Agent) -> Fetch:
        caller = self._lobby.caller(api_access_token=agent.token)
        return fetching.as_agent(caller=caller, account_id=self.account_id, since=self._since)


def _agent(name: str, demo: dict[str, str], row: tuple[Any, ...]) -> Agent:
    return Agent(
        name=name,
        user_id=row[1],
        email=demo["email"],
        password=demo["password"],
        token=demo["api_access_token"],
        pubsub_token=row[2],
        inboxes=None if row[3] == _ADMINISTRATOR else frozenset(row[4]),
    )
