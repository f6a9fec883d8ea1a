"""Any other path: refused at the handshake."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class UnknownConsumer(AsyncWebsocketConsumer):
    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close"})
