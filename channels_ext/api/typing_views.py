"""Typing of a member, announced for a program."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from channels_ext.realtime import typists
from config.rendering import Input
from conversations.api.answers import checked_input
from conversations.api.conversation_views import ConversationView


class TypingStatus(Input):
    typing_status = serializers.ChoiceField(choices=("on", "off"))
    is_private = serializers.BooleanField(default=False)


@extend_schema(request=TypingStatus, responses=None)
class ToggleTypingStatus(ConversationView):
    writes = "conversation.reply"

    def post(self, request: Any, display_id: int) -> Response:
        given = checked_input(TypingStatus, request.data)
        typists.announce_typing(
            account_id=self.account_id,
            conversation_id=self.row(request, display_id)["_id"],
            on=given["typing_status"] == "on",
            private=given["is_private"],
            user_id=request.access.user_id,
        )
        return Response(None)
