"""What happens to one message."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from config.problems import Invalid
from conversations import shapes
from conversations.actions.editing import edit_message
from conversations.actions.message_changes import delete_message, retry_message, update_message
from conversations.api import conversation_input as inputs
from conversations.api.answers import checked_input, not_found
from conversations.api.conversation_views import ConversationView
from conversations.models import Message


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


@extend_schema(request=inputs.TranslateInput, responses=OpenApiTypes.OBJECT)
class TranslateMessage(ConversationView):
    """What is translated already answers with nothing, as the contract has it. No service translates yet."""

    def post(self, request: Any, display_id: int, message_id: int) -> Response:
        language = checked_input(inputs.TranslateInput, request.data)["target_language"]
        conversation_id = self.row(request, display_id)["_id"]
        rows = Message.objects.for_account(self.account_id).filter(conversation_id=conversation_id)
        message = rows.filter(pk=message_id).first()
        if message is None:
            raise not_found()
        if language not in (message.content_attributes.get("translations") or {}):
            text = _("No translation service is connected. Nothing was changed.")
            raise Invalid(text, attributes=["target_language"], code="no_translator")
        return Response(None)


class MessageByItself(ConversationView):
    """Below messages/<message_id>, where Chatwoot's own SDK looks for it, though Chatwoot has no such route."""

    @extend_schema(request=inputs.MessageEdit, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Any, message_id: int) -> Response:
        given = checked_input(inputs.MessageEdit, request.data)
        content = given.pop("content", None)
        doing = self.doing(request, self._number(message_id))
        if content is not None:
            message = edit_message(**doing, message_id=message_id, content=content)
        else:
            message = update_message(**doing, message_id=message_id, **given)
        return Response(shapes.message_rest(message))

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def delete(self, request: Any, message_id: int) -> Response:
        message = delete_message(**self.doing(request, self._number(message_id)), message_id=message_id)
        return Response(shapes.message_rest(message))

    def _number(self, message_id: int) -> int:
        """Of its conversation, which the action then looks at with the asker's eyes."""
        rows = Message.objects.for_account(self.account_id).filter(pk=message_id)
        number = rows.values_list("conversation__display_id", flat=True).first()
        if number is None:
            raise not_found()
        return int(number)
