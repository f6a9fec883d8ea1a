"""What happens to one message."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from conversations import shapes
from conversations.actions.message_changes import delete_message, retry_message, update_message
from conversations.api import conversation_input as inputs
from conversations.api.answers import checked_input
from conversations.api.conversation_views import ConversationView


class MessageDetail(ConversationView):
    @extend_schema(request=inputs.MessagePatch, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Any, display_id: int, message_id: int) -> Response:
        given = checked_input(inputs.MessagePatch, request.data)
        message = update_message(**self.doing(request, display_id), message_id=message_id, **given)
        return Response(shapes.message_rest(message))

    @extend_schema(request=inputs.MessagePatch, responses=OpenApiTypes.OBJECT)
    def put(self, request: Any, display_id: int, message_id: int) -> Response:
        return self.patch(request, display_id, message_id)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def delete(self, request: Any, display_id: int, message_id: int) -> Response:
        message = delete_message(**self.doing(request, display_id), message_id=message_id)
        return Response(shapes.message_rest(message))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class RetryMessage(ConversationView):
    def post(self, request: Any, display_id: int, message_id: int) -> Response:
        message = retry_message(**self.doing(request, display_id), message_id=message_id)
        return Response(shapes.message_rest(message))
