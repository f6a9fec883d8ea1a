"""Conversations and messages for programs: parse, call one action or query, answer in the contract's shape."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.problems import Invalid
from config.schema import ROW_OR_NULL
from conversations import shapes
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.bulk import change_conversation
from conversations.actions.conversations import create_conversation
from conversations.actions.messages import bot_actor, create_message
from conversations.actions.reading import mark_agent_seen
from conversations.actions.slas import apply_sla
from conversations.actions.status import change_status
from conversations.api import conversation_input as inputs
from conversations.api import serializers
from conversations.api.answers import checked_input, not_found, shown_conversation
from conversations.api.conversation_views import member_shape, remove_conversation
from conversations.api.cursors import shown_cursor
from conversations.blobs import signed_ids_in
from conversations.queries.finder import Finder, count_found, find_conversations, walk_conversations
from conversations.queries.lists import count_conversations, list_conversations
from conversations.queries.threads import list_messages, raw_conversation
from inboxes.api.base import AccountAPIView

PAGE, PAGE_AFTER, PAGE_BETWEEN = 20, 100, 1000
NULL = b"null"  # as a body: DRF takes None for "no body at all"


@extend_schema(responses=OpenApiTypes.OBJECT)
class ConversationList(AccountAPIView):
    bot_methods = frozenset({"POST"})
    reads = "conversation.read"
    writes = "conversation.update"

    @extend_schema(operation_id="conversations_list", parameters=[serializers.ListQuery])
    def get(self, request: Any) -> Response:
        wanted = serializers.finder(request.query_params)
        meta: shapes.Row = dict(_counts(request, wanted))
        if wanted.cursor is not None:
            payload, following = walk_conversations(access=request.access, wanted=wanted)
            meta["next_cursor"] = shown_cursor(following)
        elif wanted.is_plain:
            payload = list_conversations(access=request.access, filters=wanted.base)
        else:
            payload = find_conversations(access=request.access, wanted=wanted)
        return Response({"data": {"meta": meta, "payload": payload}})

    @extend_schema(request=inputs.ConversationInput)
    def post(self, request: Any) -> Response:
        serializer = inputs.ConversationInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        access, wanted = request.access, serializer.wanted(uploaded_files(request))
        number = create_conversation(actor=access.actor, access=access, wanted=wanted)
        return Response(shown_conversation(access, number))


def _counts(request: Any, wanted: Finder) -> dict[str, int]:
    if wanted.is_plain:
        return count_conversations(access=request.access, filters=wanted.base)
    return count_found(access=request.access, wanted=wanted)


@extend_schema(responses=OpenApiTypes.OBJECT)
class ConversationMeta(AccountAPIView):
    reads = "conversation.read"

    @extend_schema(parameters=[serializers.ListQuery])
    def get(self, request: Any) -> Response:
        return Response({"meta": _counts(request, serializers.finder(request.query_params))})


@extend_schema(responses=OpenApiTypes.OBJECT)
class ConversationDetail(AccountAPIView):
    bot_methods = frozenset({"PATCH", "PUT"})
    reads = "conversation.read"
    writes = "conversation.update"

    def get(self, request: Any, display_id: int) -> Response:
        return Response(shown_conversation(request.access, display_id))

    @extend_schema(request=inputs.ConversationPatch)
    def patch(self, request: Any, display_id: int) -> Response:
        given: Any = checked_input(inputs.ConversationPatch, request.data)
        access = request.access
        if given.get("sla_policy_id") is not None:
            wanted = given["sla_policy_id"]
            apply_sla(actor=access.actor, access=access, display_id=display_id, policy_id=wanted)
        given.pop("sla_policy_id", None)
        if given:
            change_conversation(actor=access.actor, access=access, display_id=display_id, changes=given)
        return Response(shown_conversation(request.access, display_id))

    @extend_schema(request=inputs.ConversationPatch)
    def put(self, request: Any, display_id: int) -> Response:
        return self.patch(request, display_id)

    @extend_schema(responses=None)
    def delete(self, request: Any, display_id: int) -> Response:
        return remove_conversation(request, display_id)


@extend_schema(responses=OpenApiTypes.OBJECT)
class MessageList(AccountAPIView):
    bot_methods = frozenset({"POST"})
    reads = "conversation.read"
    writes = "conversation.reply"

    @extend_schema(parameters=[serializers.PageQuery])
    def get(self, request: Any, display_id: int) -> Response:
        row = raw_conversation(access=request.access, display_id=display_id)
        if row is None:
            raise not_found()
        before, after, limit = _page(request)
        found = list_messages(
            account_id=request.access.account_id,
            conversation_id=row["_id"],
            before=before,
            after=after,
            limit=limit,
            public_only=bool(request.query_params.get("filter_internal_messages")),
        )
        return Response({"meta": _thread_meta(row), "payload": [shapes.message_rest(one) for one in found]})

    @extend_schema(request=serializers.MessageInput)
    def post(self, request: Request, display_id: int) -> Response:
        serializer = serializers.MessageInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        draft = serializer.draft(uploaded_files(request), signed_ids_in(request.data))
        access = request.access  # type: ignore[attr-defined]
        actor = (
            access.actor if serializer.bot_id is None else bot_actor(access=access, bot_id=serializer.bot_id)
        )
        message = create_message(actor=actor, access=access, display_id=display_id, draft=draft)
        return Response(shapes.message_rest(message))


def uploaded_files(request: Any) -> list[Any]:
    return [*request.FILES.getlist("attachments[]"), *request.FILES.getlist("attachments")]


def _page(request: Any) -> tuple[int | None, int | None, int]:
    serializer = serializers.PageQuery(data={k: v for k, v in request.query_params.items() if v != ""})
    serializer.is_valid(raise_exception=True)
    before, after = serializer.validated_data.get("before"), serializer.validated_data.get("after")
    if after is None:
        return before, None, PAGE
    return before, after, PAGE_AFTER if before is None else PAGE_BETWEEN


def _thread_meta(row: shapes.Row) -> shapes.Row:
    meta: shapes.Row = {
        "labels": row["labels"],
        "additional_attributes": row["additional_attributes"],
        "contact": shapes.contact_push({key: row[f"contact_{key}"] for key in shapes.CONTACT_KEYS}),
        "agent_last_seen_at": shapes.iso(row["agent_last_seen_at"]),
        "assignee_last_seen_at": shapes.iso(row["assignee_last_seen_at"]),
    }
    if row["assignee_user_id"]:
        meta["assignee"] = shapes.user_push(
            user_id=row["assignee_user_id"],
            name=row["assignee_name"],
            available_name=row["assignee_display_name"] or row["assignee_name"],
            availability=row["assignee_availability"],
        )
    return meta


@extend_schema(request=serializers.StatusInput, responses=OpenApiTypes.OBJECT)
class ToggleStatus(AccountAPIView):
    bot_methods = frozenset({"POST"})
    writes = "conversation.update"

    def post(self, request: Any, display_id: int) -> Response:
        serializer = serializers.StatusInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        payload = change_status(
            actor=request.access.actor,
            access=request.access,
            display_id=display_id,
            status=serializer.validated_data.get("status"),
            snoozed_until=serializer.until(),
        )
        if payload["current_status"] == "open" and not request.access.is_administrator:
            # The contract: an agent who opens a conversation by the API takes it.
            mine = {"actor": request.access.actor, "access": request.access, "display_id": display_id}
            assign_agent(**mine, user_id=request.access.user_id)
        return Response({"payload": payload})


@extend_schema(request=serializers.AssignmentInput, responses=ROW_OR_NULL)
class Assignments(AccountAPIView):
    bot_methods = frozenset({"POST"})
    writes = "conversation.update"

    def post(self, request: Any, display_id: int) -> Response:
        serializer = serializers.AssignmentInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        who = {"actor": request.access.actor, "access": request.access, "display_id": display_id}
        if "assignee_id" in given:
            member = assign_agent(**who, user_id=given["assignee_id"])
            return Response(member_shape(member) if member else NULL)
        if "team_id" in given:
            team = assign_team(**who, team_id=given["team_id"])
            return Response(_team(team) if team else NULL)
        raise Invalid(_("assignee_id or team_id is needed"), attributes=["assignee_id"])


def _team(team: Any) -> shapes.Row:
    return {
        "id": team.pk,
        "name": team.name,
        "description": team.description or None,
        "allow_auto_assign": team.allow_auto_assign,
        "account_id": team.account_id,
        "created_at": shapes.iso(team.created_at),
        "updated_at": shapes.iso(team.updated_at),
    }


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class UpdateLastSeen(AccountAPIView):
    writes = "conversation.update"

    def post(self, request: Any, display_id: int) -> Response:
        mark_agent_seen(actor=request.access.actor, access=request.access, display_id=display_id)
        return Response(shown_conversation(request.access, display_id))
