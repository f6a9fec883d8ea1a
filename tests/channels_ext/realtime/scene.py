"""What the tests of live updates share: sockets of the cast, the relay in hand, and events told by hand."""

from __future__ import annotations

import asyncio
import json
import time
from importlib import import_module
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.events import AccessChanged
from accounts.models import Membership
from channels_ext.realtime import outbox
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.routing import websocket_urlpatterns
from channels_ext.widget.auth import issue_visitor_token
from config import events
from config.database import account_scope, platform_scope
from config.relay import Relay
from conversations.models import ContactInbox
from tests import factories
from tests.factories import Cast

application = URLRouter(websocket_urlpatterns)
OUR_PAGE = [(b"origin", b"http://127.0.0.1:8000"), (b"host", b"127.0.0.1:8000")]
EVIL_PAGE = [(b"origin", b"https://evil.test"), (b"host", b"127.0.0.1:8000")]

hear = in_thread(factories.hear)
say = in_thread(factories.say)

SessionStore: Any = import_module(settings.SESSION_ENGINE).SessionStore


class Line:
    """One socket from the client's side: frames as dictionaries, the close code when it is over."""

    def __init__(self, path: str, *, headers: Any = (), subprotocols: Any = (), **scope: Any) -> None:
        base = {"type": "websocket", "path": path, "query_string": b"", "client": ["127.0.0.1", 40000]}
        headers = list(headers)
        self._talk = ApplicationCommunicator(
            application, {**base, "headers": headers, "subprotocols": list(subprotocols), **scope}
        )
        self.code: int | None = None

    async def open(self) -> Any:
        """The subprotocol that was accepted ("" for none); None when the handshake was refused."""
        await self._talk.send_input({"type": "websocket.connect"})
        answer = await self._talk.receive_output(5)
        return (answer.get("subprotocol") or "") if answer["type"] == "websocket.accept" else None

    async def send(self, frame: Any) -> None:
        await self.send_raw(json.dumps(frame))

    async def send_raw(self, text: str) -> None:
        await self._talk.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self._talk.send_input({"type": "websocket.receive", "bytes": data})

    async def text(self, within: float = 3.0) -> str | None:
        """The next frame as it was sent; None when nothing comes in time, or the socket was closed."""
        try:
            message = await asyncio.wait_for(self._talk.output_queue.get(), within)
        except TimeoutError:
            return None
        if message["type"] == "websocket.close":
            self.code = message["code"]
            return None
        assert message["type"] == "websocket.send", message
        return str(message["text"])

    async def frame(self, within: float = 3.0) -> dict[str, Any] | None:
        text = await self.text(within)
        return json.loads(text) if text is not None else None

    async def frames(self, count: int, *, within: float = 5.0, kind: str = "") -> list[dict[str, Any]]:
        """Up to `count` frames (of that type), as many as come in time."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + within
        while len(found) < count and self.code is None:
            frame = await self.frame(max(0.01, end - time.monotonic()))
            if frame is not None and (not kind or frame.get("type") == kind):
                found.append(frame)
            if time.monotonic() >= end:
                break
        return found

    async def silence(self, seconds: float = 1.6) -> list[dict[str, Any]]:
        """Everything that comes in this time but heartbeats, pings and counts: hopefully nothing."""
        quiet = {"heartbeat", "ping", "counts.changed"}
        return [one for one in await self.frames(1000, within=seconds) if one.get("type") not in quiet]

    async def closed(self, within: float = 6.0) -> int | None:
        """The close code, waited for; frames in between are dropped."""
        end = time.monotonic() + within
        while self.code is None and time.monotonic() < end:
            await self.text(0.1)
        return self.code

    async def hang_up(self) -> None:
        if self._talk._future is None or self._talk.future.done():
            return
        await self._talk.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._talk.wait(3)


class Scene:
    """The cast and their sockets. `relay()` stamps and publishes what was stored since."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.lines: list[Line] = []
        self._relay: Relay | None = None
        self._connection: Any = None

    # --- sockets --------------------------------------------------------------------------------------
    def line(self, path: str, **options: Any) -> Line:
        line = Line(path, **options)
        self.lines.append(line)
        return line

    async def dashboard(
        self, member: Membership, *, cursor: int | None = None, account_id: int | None = None, **hello: Any
    ) -> Line:
        """The member's page, welcomed."""
        line = await self.knock(member, account_id=account_id)
        await line.send({"type": "hello", "cursor": cursor, **hello})
        welcome = await line.frame()
        assert welcome is not None and welcome["type"] == "welcome", (welcome, line.code)
        line.seq = welcome["seq"]  # type: ignore[attr-defined]
        return line

    async def knock(self, member: Membership, *, account_id: int | None = None, headers: Any = None) -> Line:
        key = await session_key_of(member)
        cookie = (b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode())
        path = f"/live/accounts/{account_id or member.account_id}"
        line = self.line(path, headers=[*(OUR_PAGE if headers is None else headers), cookie])
        await line.open()
        return line

    async def widget(self, session: ContactInbox, *, cursor: int | None = None) -> Line:
        line = self.line("/live/widget", headers=OUR_PAGE)
        await line.open()
        await line.send({"type": "hello", "cursor": cursor, **await visitor_tokens(session)})
        welcome = await line.frame()
        assert welcome is not None and welcome["type"] == "welcome", (welcome, line.code)
        return line

    async def cable(self, identifier: dict[str, Any] | None = None) -> Line:
        """An ActionCable client, subscribed if an identifier is given and good."""
        line = self.line("/cable", subprotocols=["actioncable-v1-json", "actioncable-unsupported"])
        assert await line.open() == "actioncable-v1-json"
        assert await line.text() == '{"type":"welcome"}'
        if identifier is not None:
            await line.send({"command": "subscribe", "identifier": json.dumps(identifier)})
            confirmed, present = await line.frames(2)
            assert confirmed["type"] == "confirm_subscription"
            assert present["message"]["event"] == "presence.update"
        return line

    async def relay(self) -> int:
        """How many events were stamped and handed to the feed."""
        return await self._relay_all()

    @property
    def _relay_all(self) -> Any:
        return in_thread(self._stamp)

    def _stamp(self) -> int:
        if self._relay is None:
            self._relay = Relay(celery=None, hand_out=lambda _runs: None)  # type: ignore[arg-type]
            self._connection = self._relay._connect()
            self._connection.execute(
                "INSERT INTO config_relaystate (id, last_seq) VALUES (1, 0) ON CONFLICT DO NOTHING"
            )
        total = 0
        while count := self._relay.relay_batch(self._connection):
            total += count
        return total

    async def leave(self) -> None:
        for line in self.lines:
            await line.hang_up()
        if self._connection is not None:
            self._connection.close()

    # --- what happens ---------------------------------------------------------------------------------
    async def vera_writes(self, text: str, session: ContactInbox | None = None) -> dict[str, Any]:
        """Stored and relayed."""
        message = await hear(session or self.cast.vera, text)
        await self.relay()
        return message

    async def answers(self, member: Membership, display_id: int, text: str, **fields: Any) -> dict[str, Any]:
        message = await say(member, display_id, text, **fields)
        await self.relay()
        return message

    async def head(self) -> int:
        return await newest_seq()


@in_thread
def session_key_of(member: Membership) -> str:
    """A signed-in browser's session."""
    session = SessionStore()
    session[SESSION_KEY] = str(member.user_id)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    with platform_scope("tests sign people in"):
        member.user.refresh_from_db()
    session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


@in_thread
def visitor_tokens(session: ContactInbox) -> dict[str, str]:
    with account_scope(session.account_id):
        return {
            "website_token": session.inbox.web_widget.website_token,
            "token": issue_visitor_token(session),
        }


@in_thread
def newest_seq() -> int:
    return outbox.head()


@in_thread
def change(member: Membership, act: Any) -> None:
    """`act()` and the event that tells of it, in one transaction of the member's account."""
    with account_scope(member.account_id):
        act()
        events.publish(AccessChanged(account_id=member.account_id, user_id=member.user_id))


@in_thread
def quietly(account_id: int, act: Any) -> None:
    """`act()` without any event."""
    with account_scope(account_id):
        act()


def user_identifier(member: Membership, **other: Any) -> dict[str, Any]:
    return {
        "channel": "RoomChannel",
        "pubsub_token": member.user.pubsub_token,
        "account_id": member.account_id,
        "user_id": member.user_id,
        **other,
    }


def contact_identifier(session: ContactInbox) -> dict[str, Any]:
    return {"channel": "RoomChannel", "pubsub_token": session.pubsub_token}
