"""What an agent writes: replies, notes, drafts; and taking a message back or sending it again. Each form also
works without script: then it answers with a redirect, or with the page and what was typed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.problems import Conflict, Invalid, Problem
from conversations.actions.drafts import save_draft
from conversations.actions.locking import lock_visible
from conversations.actions.message_changes import delete_message, retry_message
from conversations.actions.messages import MessageDraft, create_message
from conversations.actions.status import change_status
from conversations.models import Message
from conversations.queries.messages import messages_by_id
from conversations.views.forms import DraftForm, MessageForm
from conversations.views.pages import (
    DeskRequest,
    answer,
    back,
    first_error,
    is_partial,
    problem_json,
    refused,
    uncached,
)
from conversations.views.threads import conversation_page, show_messages
from inboxes.edge import account_view


@require_http_methods(["GET", "HEAD", "POST"])
def messages_of(request: HttpRequest, **place: int) -> HttpResponse:
    view = send_message if request.method == "POST" else show_messages
    response: HttpResponse = view(request, **place)
    return response


@account_view
@require_POST
def send_message(request: DeskRequest, display_id: int) -> HttpResponse:
    form = MessageForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form), attributes=list(form.errors))
        message = _send(request, display_id, form.cleaned_data)
    except Problem as problem:
        return _not_sent(request, display_id=display_id, form=form, problem=problem)
    if is_partial(request):
        return answer(request, "conversations/_message.html", {"message": message}, status=201)
    return back(request, display_id)


def _send(request: DeskRequest, display_id: int, values: dict[str, Any]) -> dict[str, Any]:
    who: dict[str, Any] = {"actor": request.actor, "access": request.access, "display_id": display_id}
    _stop_if_overtaken(request, display_id, values)
    message = create_message(**who, draft=_draft(values))
    if values["then"] == "resolve":
        change_status(**who, status="resolved")
    return message


def _stop_if_overtaken(request: DeskRequest, display_id: int, values: dict[str, Any]) -> None:
    """Conflict if somebody else said something that the writer has not seen. The conversation is locked
    first, so nothing can come between this look and the message."""
    if values["kind"] == "note" or values["seen"] is None or values["anyway"]:
        return
    locked = lock_visible(access=request.access, display_id=display_id)
    unseen = Message.objects.for_account(locked.account_id).filter(
        conversation_id=locked.id,
        id__gt=values["seen"],
        private=False,
        message_type__in=[Message.Type.INCOMING, Message.Type.OUTGOING],
    )
    if unseen.exclude(sender_user_id=request.access.user_id).exists():
        raise Conflict(_("Something came in before yours was sent."))


def _draft(values: dict[str, Any]) -> MessageDraft:
    return MessageDraft(
        content=values["content"],
        private=values["kind"] == "note",
        content_attributes={"in_reply_to": values["reply_to"]} if values["reply_to"] else {},
        echo_id=str(values["echo_id"]) if values["echo_id"] else None,
        files=tuple(values["attachments"]),
        uploads=values["uploads"],
    )


def _not_sent(request: DeskRequest, *, display_id: int, form: MessageForm, problem: Problem) -> HttpResponse:
    """In words: as JSON for script, which kept the text; else the page with the text in its form."""
    if not is_partial(request):
        extra = {"form": form, "problem": None if form.errors else problem}
        return conversation_page(request, display_id=display_id, status=problem.status, extra=extra)
    return problem_json(problem)


@account_view
@require_POST
def keep_draft(request: DeskRequest, display_id: int) -> HttpResponse:
    """{"newest": bool} : whether this was the latest version."""
    form = DraftForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form), attributes=list(form.errors))
        newest = save_draft(access=request.access, display_id=display_id, **form.cleaned_data)
    except Problem as problem:
        return problem_json(problem)
    return uncached(JsonResponse({"newest": newest}))


@account_view
@require_POST
def take_back(request: DeskRequest, display_id: int, message_id: int) -> HttpResponse:
    return _corrected(request, display_id, message_id, delete_message)


@account_view
@require_POST
def send_again(request: DeskRequest, display_id: int, message_id: int) -> HttpResponse:
    return _corrected(request, display_id, message_id, retry_message)


def _corrected(request: DeskRequest, display_id: int, message_id: int, action: Any) -> HttpResponse:
    try:
        action(actor=request.actor, access=request.access, display_id=display_id, message_id=message_id)
    except Problem as problem:
        return refused(request, display_id, problem)
    if not is_partial(request):
        return back(request, display_id)
    message = messages_by_id(account_id=request.access.account_id, ids=[message_id])[message_id]
    return answer(request, "conversations/_message.html", {"message": message})
