"""What programs do with one conversation, beside talking in it."""

from __future__ import annotations

import time
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Membership
from config.schema import ROWS
from conversations import shapes
from conversations.actions.attributes import replace_custom_attributes, set_muted, set_priority
from conversations.actions.conversations import delete_conversation
from conversations.actions.drafts import save_draft
from conversations.actions.following import add_participants, remove_participants, set_participants
from conversations.actions.labels import set_labels
from conversations.actions.reading import mark_unread
from conversations.actions.transcripts import request_transcript
from conversations.api import conversation_input as inputs
from conversations.api.answers import checked_input, not_found, shown_conversation
from conversations.models import Draft
from conversations.queries.attribute_filters import compiled
from conversations.queries.file_lists import ATTACHMENT_PAGE, attachments_of
from conversations.queries.finder import (
    Finder,
    count_found,
    find_conversations,
    page_filter,
    without_assigned_count,
)
from conversations.queries.following import draft_of, participants_of
from conversations.queries.said import search_said
from conversations.queries.threads import raw_conversation
from inboxes.api.base import AccountAPIView


class ConversationView(AccountAPIView):
    """Below conversations/<display_id>."""

    reads = "conversation.read"
    writes = "conversation.update"

    def doing(self, request: Any, display_id: int) -> dict[str, Any]:
        """The first arguments of every action here."""
        return {"actor": request.access.actor, "access": request.access, "display_id": display_id}

    def row(self, request: Any, display_id: int) -> shapes.Row:
        """Raises NotFound for what is not there or not to be seen."""
        row = raw_conversation(access=request.access, display_id=display_id)
        if row is None:
            raise not_found()
        return row


@extend_schema(request=inputs.FilterInput, parameters=[inputs.PageOnly], responses=OpenApiTypes.OBJECT)
class ConversationFilter(AccountAPIView):
    writes = "conversation.read"

    def post(self, request: Any) -> Response:
        page = checked_input(inputs.PageOnly, request.query_params.dict())["page"]
        rows = checked_input(inputs.FilterInput, request.data)["payload"]
        where = compiled(account_id=self.account_id, rows=rows, model="conversation")
        wanted = Finder(base=page_filter(page), where=where)
        counts = count_found(access=request.access, wanted=wanted)
        payload = find_conversations(access=request.access, wanted=wanted)
        return Response({"meta": without_assigned_count(counts), "payload": payload})


@extend_schema(parameters=[inputs.SaidQuery], responses=OpenApiTypes.OBJECT)
class ConversationSearch(AccountAPIView):
    """By what was said, in any status. Blank finds nothing."""

    def get(self, request: Any) -> Response:
        given = checked_input(inputs.SaidQuery, request.query_params.dict())
        if not given["q"].strip():
            return Response({"meta": _NONE_FOUND, "payload": []})
        meta, payload = search_said(access=request.access, q=given["q"].strip(), page=given["page"])
        return Response({"meta": meta, "payload": payload})


_NONE_FOUND = {"mine_count": 0, "unassigned_count": 0, "all_count": 0}


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxAssistant(ConversationView):
    """Which assistant of the vendor's answers here: none does."""

    def get(self, request: Any, display_id: int) -> Response:
        self.row(request, display_id)
        return Response({"assistant": None})


@extend_schema(request=inputs.PriorityInput, responses=None)
class TogglePriority(ConversationView):
    bot_methods = frozenset({"POST"})

    def post(self, request: Any, display_id: int) -> Response:
        given = checked_input(inputs.PriorityInput, request.data)["priority"] or None
        set_priority(**self.doing(request, display_id), priority=given)
        return Response(None)


class Labels(ConversationView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, display_id: int) -> Response:
        return Response({"payload": self.row(request, display_id)["labels"]})

    @extend_schema(request=inputs.LabelsInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any, display_id: int) -> Response:
        given = checked_input(inputs.LabelsInput, request.data)
        return Response({"payload": set_labels(**self.doing(request, display_id), labels=given["labels"])})


@extend_schema(request=inputs.CustomAttributesInput, responses=OpenApiTypes.OBJECT)
class CustomAttributes(ConversationView):
    bot_methods = frozenset({"POST"})

    def post(self, request: Any, display_id: int) -> Response:
        given = checked_input(inputs.CustomAttributesInput, request.data)
        stored = replace_custom_attributes(
            **self.doing(request, display_id), custom_attributes=given["custom_attributes"]
        )
        return Response({"custom_attributes": stored})


@extend_schema(request=None, responses=None)
class Mute(ConversationView):
    def post(self, request: Any, display_id: int) -> Response:
        set_muted(**self.doing(request, display_id), muted=True)
        return Response(None)


@extend_schema(request=None, responses=None)
class Unmute(ConversationView):
    def post(self, request: Any, display_id: int) -> Response:
        set_muted(**self.doing(request, display_id), muted=False)
        return Response(None)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class Unread(ConversationView):
    def post(self, request: Any, display_id: int) -> Response:
        mark_unread(**self.doing(request, display_id))
        return Response(shown_conversation(request.access, display_id))


@extend_schema(request=inputs.TranscriptInput, responses=None)
class Transcript(ConversationView):
    def post(self, request: Any, display_id: int) -> Response:
        email = checked_input(inputs.TranscriptInput, request.data)["email"]
        request_transcript(**self.doing(request, display_id), email=email)
        return Response(None)


class Participants(ConversationView):
    @extend_schema(responses=ROWS)
    def get(self, request: Any, display_id: int) -> Response:
        return self._all(self.row(request, display_id)["_id"])

    @extend_schema(request=inputs.PeopleInput, responses=ROWS)
    def post(self, request: Any, display_id: int) -> Response:
        add_participants(**self.doing(request, display_id), user_ids=self._given(request))
        return self._all(self.row(request, display_id)["_id"])

    @extend_schema(request=inputs.PeopleInput, responses=ROWS)
    def patch(self, request: Any, display_id: int) -> Response:
        set_participants(**self.doing(request, display_id), user_ids=self._given(request))
        return self._all(self.row(request, display_id)["_id"])

    @extend_schema(request=inputs.PeopleInput, responses=ROWS)
    def put(self, request: Any, display_id: int) -> Response:
        return self.patch(request, display_id)

    @extend_schema(request=inputs.PeopleInput, responses=None)
    def delete(self, request: Any, display_id: int) -> Response:
        remove_participants(**self.doing(request, display_id), user_ids=self._given(request))
        return Response(None)

    def _given(self, request: Any) -> list[int]:
        return list(checked_input(inputs.PeopleInput, request.data)["user_ids"])

    def _all(self, conversation_id: int) -> Response:
        found = participants_of(account_id=self.account_id, conversation_id=conversation_id)
        return Response([member_shape(one) for one in found])


def member_shape(member: Membership) -> shapes.Row:
    """AGENT, of a membership that was loaded with its user."""
    return shapes.agent(
        account_id=member.account_id,
        user_id=member.user_id,
        email=member.user.email,
        name=member.user.name,
        available_name=member.user.available_name,
        role=member.role,
        availability=member.availability,
        auto_offline=member.auto_offline,
    )


class Attachments(ConversationView):
    @extend_schema(parameters=[inputs.PageOnly], responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, display_id: int) -> Response:
        page = checked_input(inputs.PageOnly, request.query_params.dict())["page"]
        conversation_id = self.row(request, display_id)["_id"]
        total, found = attachments_of(
            account_id=self.account_id,
            conversation_ids=[conversation_id],
            offset=(page - 1) * ATTACHMENT_PAGE,
        )
        return Response({"meta": {"total_count": total}, "payload": found})


class Drafts(ConversationView):
    """The member's own draft of a reply."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, display_id: int) -> Response:
        conversation_id = self.row(request, display_id)["_id"]
        text = draft_of(access=request.access, conversation_id=conversation_id)
        return Response({"has_draft": False} if text is None else {"has_draft": True, "message": text})

    @extend_schema(request=inputs.DraftInput, responses=None)
    def patch(self, request: Any, display_id: int) -> Response:
        given = checked_input(inputs.DraftInput, request.data)["draft_message"]
        self._save(request, display_id, given["message"] or "")
        return Response(None)

    @extend_schema(request=inputs.DraftInput, responses=None)
    def put(self, request: Any, display_id: int) -> Response:
        return self.patch(request, display_id)

    @extend_schema(responses=None)
    def delete(self, request: Any, display_id: int) -> Response:
        self._save(request, display_id, "")
        return Response(None)

    def _save(self, request: Any, display_id: int, content: str) -> None:
        """A program's clock is ours."""
        asked = {"access": request.access, "display_id": display_id, "mode": Draft.Mode.REPLY}
        save_draft(**asked, content=content, version=time.time_ns() // 1_000_000)


def remove_conversation(request: Any, display_id: int) -> Response:
    delete_conversation(actor=request.access.actor, access=request.access, display_id=display_id)
    return Response(None)
