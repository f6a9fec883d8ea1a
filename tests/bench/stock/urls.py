"""A ModelSerializer's create and a ModelViewSet's list. The scope is ours: without it there are no rows."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import generics, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from accounts.models import Membership, Role
from config.database import account_scope
from config.events import wake_on_commit
from config.throttling import allow
from conversations.models import Conversation, Message
from inboxes.models import InboxMember
from tests.bench.stock.serializers import ConversationSerializer, MessageSerializer

PAGE = 25


class InAccount:
    """The member's own transaction and rows."""

    membership: Membership

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with account_scope(kwargs["account_id"]):
            response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response.render()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        self.membership = get_object_or_404(Membership, account_id=kwargs["account_id"], user=request.user)
        allow("token", request.user.pk)

    def own_inboxes(self) -> list[int]:
        return list(InboxMember.objects.filter(membership=self.membership).values_list("inbox_id", flat=True))


class MessageCreate(InAccount, generics.CreateAPIView):
    serializer_class = MessageSerializer
    queryset = Message.objects.all()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "conversation": self._conversation()}

    def _conversation(self) -> Conversation:
        locked = Conversation.objects.select_related("inbox").select_for_update(of=("self",))
        found = get_object_or_404(
            locked, account_id=self.kwargs["account_id"], display_id=self.kwargs["display_id"]
        )
        if self.membership.role != Role.ADMINISTRATOR and found.inbox_id not in self.own_inboxes():
            raise PermissionDenied
        return found

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().create(request, *args, **kwargs)
        wake_on_commit()
        response.status_code = 200  # as the contract has it
        return response


class Conversations(InAccount, viewsets.ModelViewSet):
    """The newest open ones. Without the page count that stock paging would add, and without tab counts."""

    serializer_class = ConversationSerializer

    def get_queryset(self) -> Any:
        found = Conversation.objects.filter(account_id=self.kwargs["account_id"], status=0)
        if self.membership.role != Role.ADMINISTRATOR:
            found = found.filter(inbox_id__in=self.own_inboxes())
        return found.select_related("contact", "contact_inbox", "inbox", "assignee__user", "team").order_by(
            "-last_activity_at", "-id"
        )

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page = list(self.get_queryset()[:PAGE])
        messages = (
            Message.objects.filter(account_id=kwargs["account_id"])
            .select_related("sender_user", "sender_contact", "sender_bot")
            .prefetch_related("attachments")
            .in_bulk([one.last_message_id for one in page])
        )
        for conversation in page:
            conversation.last_message = messages.get(conversation.last_message_id)
        return Response({"payload": self.get_serializer(page, many=True).data})


_BASE = "api/v1/accounts/<int:account_id>/conversations"
urlpatterns = [
    path(_BASE, Conversations.as_view({"get": "list"})),
    path(f"{_BASE}/<int:display_id>/messages", MessageCreate.as_view()),
]
