"""The survey for programs that show it themselves (contract, 5.4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.avatars import avatar_url
from channels_ext.survey.edge import survey_of
from channels_ext.visitor_api import VisitorAPIView
from config.problems import Problem
from config.rendering import Input
from conversations import shapes
from conversations.actions.surveys import answer_survey
from conversations.models import Message
from conversations.queries import surveys


class SurveyAnswer(Input):
    message = serializers.JSONField(
        help_text="{submitted_values: {csat_survey_response: {rating, feedback_message}}}"
    )


@extend_schema(responses=OpenApiTypes.OBJECT)
class Survey(VisitorAPIView):
    message: Message

    def resolve(self, request: HttpRequest, **kwargs: Any) -> int:
        self.message = survey_of(kwargs["conversation_uuid"])
        return self.message.account_id

    def get(self, request: Any, conversation_uuid: str) -> Response:
        return Response(self._shape())

    @extend_schema(request=SurveyAnswer)
    def put(self, request: Any, conversation_uuid: str) -> Response:
        given = _response_in(request.data)
        answer_survey(
            message=self.message,
            rating=given.get("rating"),
            feedback_message=given.get("feedback_message") or "",
        )
        return Response(self._shape())

    patch = put

    def problem_answer(self, problem: Problem) -> Response:
        if problem.status == 404:
            return Response({"status": 404, "error": "Not Found", "code": problem.code}, status=404)
        return super().problem_answer(problem)

    def _shape(self) -> shapes.Row:
        message = self.message
        response = surveys.response_of(message)
        return {
            "id": message.pk,
            "csat_survey_response": surveys.raw(response) if response else None,
            "display_type": message.content_attributes.get("display_type"),
            "content": message.content,
            "inbox_avatar_url": avatar_url(message.inbox.avatar),
            "inbox_name": message.inbox.name,
            "locale": message.account.locale,
            "conversation_id": message.conversation_id,
            "created_at": shapes.iso(message.created_at),
        }


def _response_in(data: Any) -> dict[str, Any]:
    """What lies in message.submitted_values.csat_survey_response, whatever else was sent."""
    for key in ("message", "submitted_values", "csat_survey_response"):
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
