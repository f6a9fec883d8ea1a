"""What all doors share: accept, read JSON frames one after another, answer every one of them, leave tidily.

A consumer has no channel of its own in the layer and no task beside its own loop; what is sent to it goes
through its `Socket` in the hub.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeGuard

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

from channels_ext.realtime import edges, limits
from channels_ext.realtime.doors import Refused
from channels_ext.realtime.hub import Hub, current_hub
from channels_ext.realtime.packets import Packet
from channels_ext.realtime.rights import Agent, Owner, Verdict
from channels_ext.realtime.sockets import (
    RESYNC_FRAME,
    TOO_BIG,
    TOO_MUCH,
    TRY_LATER,
    Message,
    Socket,
    text_frame,
)
from config import context

logger = logging.getLogger(__name__)

MAX_ID = 2**63


class Closed(Exception):
    """The socket is to be closed with this code, and nothing else is to be done for it."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Rejected(Exception):
    """The client asked for something it cannot have: answered with an error frame."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_id(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_ID


class LiveConsumer(AsyncWebsocketConsumer):
    """Accepts, reads JSON frames one after another, hands each to `on_<type>`, and leaves tidily."""

    kind: ClassVar[str]
    last_word: ClassVar[Message] = RESYNC_FRAME

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # Not the base class's loop: that one keeps a second task per socket and asks the thread pool to
        # close old connections at every frame.
        self.scope, self.base_send = scope, send
        self.hub: Hub = current_hub()
        self.bucket = limits.Bucket()
        self.seats: list[str] = []
        self.owner: Any = None
        self.socket = Socket(
            send=send,
            render=self.render,
            buffered=scope.get("parley.buffered", lambda: 0),
            kind=self.kind,
            reauthorised=self.reauthorised,
            last_word=self.last_word,
            write=scope.get("parley.write"),
        )
        try:
            await self._serve(receive)
        finally:
            self._leave()

    async def _serve(self, receive: Callable[[], Awaitable[Message]]) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            with context.entered(executor="socket", **self.who()):
                if message["type"] == "websocket.connect":
                    if not await self._open():
                        return
                elif not self.socket.closed:
                    await self._take(message)

    async def _open(self) -> bool:
        """False when the handshake was refused: the server answers 403 and nothing follows."""
        if (
            not self.sit(f"address:{edges.client_address(self.scope)}", limits.PER_ADDRESS)
            or not self.may_open()
        ):
            await self.close()
            return False
        await self.accept(self.subprotocol())
        self.hub.add(self.socket)
        await self._guarded(self.opened())
        return True

    def may_open(self) -> bool:
        return True

    def subprotocol(self) -> str | None:
        return None

    async def opened(self) -> None:
        """Right after the handshake."""

    def sit(self, name: str, most: int) -> bool:
        if not self.hub.seats.take(name, most):
            return False
        self.seats.append(name)
        return True

    def _leave(self) -> None:
        self.socket.closed = True
        if self.socket.owners:
            self.note("socket closed", seconds=round(time.monotonic() - self.socket.opened))
        self.left()
        self.hub.remove(self.socket)
        for name in self.seats:
            self.hub.seats.leave(name)

    def left(self) -> None:
        """The socket is gone; its groups are still known."""

    def who(self) -> dict[str, int]:
        """For the log: ids of the account and of the user or contact, as far as they are known."""
        for owner in self.socket.owners:
            person = (
                {"user_id": owner.user_id} if isinstance(owner, Agent) else {"contact_id": owner.contact_id}
            )
            return {"account_id": owner.account_id, **person}
        return {}

    def note(self, what: str, **more: Any) -> None:
        logger.info(what, extra={"kind": self.kind, **self.who(), **more})

    # --- frames in ------------------------------------------------------------------------------------
    async def _take(self, message: Message) -> None:
        self.socket.heard = time.monotonic()
        text = message.get("text")
        if len(text or message.get("bytes") or "") > limits.FRAME_BYTES:
            self.socket.close(TOO_BIG)
            return
        if not self.bucket.take():
            self.refuse("too_many", _("Too many frames."))
            self.socket.close(TOO_MUCH)
            return
        await self._guarded(self._act(text))

    async def _act(self, text: str | None) -> None:
        frame = read_object(text)
        handler = getattr(self, f"on_{frame.get('type')}", None) if _is_word(frame.get("type")) else None
        if handler is None:
            raise Rejected("unknown_type", _("This type of frame is not known."))
        await handler(frame)

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Whatever a frame does, it ends in an answer, and never in another socket's trouble."""
        try:
            await work
        except Rejected as error:
            self.bucket.take(limits.BAD_FRAME_COST)
            self.refuse(error.code, str(error))
        except Refused as error:
            self.socket.close(error.code)
        except Closed as error:
            self.socket.close(error.code)
        except (DatabaseError, PoolTimeout, OSError):
            self.refuse("unavailable", _("The service is not available at the moment. Please try again."))
            self.unavailable()
        except Exception:
            logger.exception("a frame was not handled", extra={"kind": self.kind})
            self.refuse("server_error", _("Something went wrong on our side."))

    def refuse(self, code: str, message: str) -> None:
        self.socket.push(text_frame({"type": "error", "code": code, "message": message}))

    def unavailable(self) -> None:
        if not self.socket.groups:
            self.socket.close(TRY_LATER)

    # --- frames out, rights ---------------------------------------------------------------------------
    def render(self, packet: Packet) -> Any:
        raise NotImplementedError

    def reauthorised(self, verdicts: dict[Owner, Verdict]) -> None:
        raise NotImplementedError


def read_object(text: str | None) -> dict[str, Any]:
    """The frame as an object. Raises Rejected for anything else; orjson bounds the depth by itself."""
    if text is None:
        raise Rejected("not_text", _("Frames are text."))
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Rejected("not_json", _("This frame is not JSON.")) from None
    if not isinstance(value, dict):
        raise Rejected("not_an_object", _("A frame is a JSON object."))
    return value


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isalpha() and len(value) <= 32
