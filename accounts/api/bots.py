"""Bots that an account may use. Those of the platform can be looked at."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.actions import bots
from accounts.api import serializers
from accounts.api.base import AccountAPIView
from accounts.queries import bots as queries
from config.bodies import body_of
from config.schema import ROWS


@extend_schema(responses=OpenApiTypes.OBJECT)
class BotList(AccountAPIView):
    reads = "bot.read"
    writes = "bot.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.bots(request.access))

    @extend_schema(request=serializers.NewBot)
    def post(self, request: Any) -> Response:
        body = body_of(request)
        serializer = serializers.NewBot(data=body)
        serializer.is_valid(raise_exception=True)
        row = bots.create_bot(access=request.access, **serializer.values())  # type: ignore[arg-type]
        return Response(_with_avatar(request, row.pk, body))


@extend_schema(responses=OpenApiTypes.OBJECT)
class BotDetail(AccountAPIView):
    reads = "bot.read"
    writes = "bot.manage"

    def get(self, request: Any, bot_id: int) -> Response:
        return Response(queries.bot(request.access, queries.find_bot(request.access, bot_id)))

    @extend_schema(request=serializers.BotChanges)
    def patch(self, request: Any, bot_id: int) -> Response:
        body = body_of(request)
        serializer = serializers.BotChanges(data=body)
        serializer.is_valid(raise_exception=True)
        bots.update_bot(access=request.access, bot_id=bot_id, **serializer.values())
        return Response(_with_avatar(request, bot_id, body))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, bot_id: int) -> Response:
        bots.delete_bot(access=request.access, bot_id=bot_id)
        return Response()


def _with_avatar(request: Any, bot_id: int, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("avatar") not in (None, ""):
        bots.change_bot_avatar(access=request.access, bot_id=bot_id, upload=body["avatar"])
    return queries.bot(request.access, queries.find_bot(request.access, bot_id))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class BotAvatar(AccountAPIView):
    writes = "bot.manage"

    def delete(self, request: Any, bot_id: int) -> Response:
        bots.change_bot_avatar(access=request.access, bot_id=bot_id, upload=None)
        return Response(queries.bot(request.access, queries.find_bot(request.access, bot_id)))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class BotToken(AccountAPIView):
    writes = "bot.manage"

    def post(self, request: Any, bot_id: int) -> Response:
        bots.reset_bot_token(access=request.access, bot_id=bot_id)
        return Response(queries.bot(request.access, queries.find_bot(request.access, bot_id)))
