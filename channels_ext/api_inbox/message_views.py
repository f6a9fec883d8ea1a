"""What the contact of an API inbox answers to a message that asks: a choice, a form, a rating."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from channels_ext.api_inbox.views import PublicAPIView, public_message
from config.fields import JSONValueField
from config.problems import Invalid, NotFound
from config.rendering import Input
from conversations.actions.message_changes import answer_message, record_submitted_email
from conversations.models import Message

RATING_DAYS = 14


class Answer(Input):
    submitted_values = JSONValueField(
        required=False, help_text="[{title, value}], [{name, value}] or {csat_survey_response}"
    )
    submitted_email = serializers.EmailField(required=False, max_length=254)


@extend_schema(request=Answer, responses=OpenApiTypes.OBJECT)
class MessageDetail(PublicAPIView):
    def patch(
        self, request: Any, identifier: str, source_id: str, display_id: int, message_id: int
    ) -> Response:
        assert self.session is not None
        self.limit_messages()
        found = self.conversation(display_id)
        serializer = Answer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        self._open_to_answers(found["_id"], message_id)
        asked: dict[str, Any] = {"session": self.session, "message_id": message_id}
        if given.get("submitted_email"):
            return Response(public_message(record_submitted_email(**asked, email=given["submitted_email"])))
        if "submitted_values" not in given:
            raise Invalid(_("submitted_values is missing"), attributes=["submitted_values"])
        return Response(public_message(answer_message(**asked, submitted_values=given["submitted_values"])))

    def put(
        self, request: Any, identifier: str, source_id: str, display_id: int, message_id: int
    ) -> Response:
        return self.patch(request, identifier, source_id, display_id, message_id)

    def _open_to_answers(self, conversation_id: int, message_id: int) -> None:
        """Raises NotFound for a message of another conversation, Invalid for a survey that is over."""
        messages = Message.objects.for_account(self.account_id).filter(conversation_id=conversation_id)
        message = messages.filter(pk=message_id).first()
        if message is None:
            raise NotFound("Not Found")
        age = timezone.now() - message.created_at
        if message.content_type == Message.ContentType.INPUT_CSAT and age > datetime.timedelta(
            days=RATING_DAYS
        ):
            raise Invalid(_("You cannot update the CSAT survey after 14 days"), code="survey_is_over")
