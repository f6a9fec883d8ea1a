"""What an agent does to a conversation: write, change status, assign, read. Each form also works without
script: then it answers with a redirect, or with the page and what was typed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.problems import Conflict, Invalid, Problem
from conversations.actions.assignment import assign_agent
from conversations.actions.locking import lock_visible
from conversations.actions.messages import MessageDraft, create_message
from conversations.actions.reading import mark_agent_seen
from conversations.actions.status import change_status
from conversations.models import Message
from conversations.views.filters import read_state
from conversations.views.forms import AssignForm, MessageForm, StatusForm
from conversations.views.pages import DeskRequest, answer, is_partial, problem_json
from conversations.views.scopes import find_scope
from conversations.views.threads import conversation_or_404, conversation_page, show_messages
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
            raise Invalid(_first_error(form), attributes=list(form.errors))
        _stop_if_overtaken(request, display_id, form.cleaned_data)
        message = create_message(
            actor=request.actor, access=request.access, display_id=display_id, draft=_draft(form.cleaned_data)
        )
    except Problem as problem:
        return _not_sent(request, display_id=display_id, form=form, problem=problem)
    if is_partial(request):
        return answer(request, "conversations/_message.html", {"message": message}, status=201)
    return _back(request, display_id)


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
def set_status(request: DeskRequest, display_id: int) -> HttpResponse:
    form = StatusForm(request.POST)
    if not form.is_valid():
        return _refused(request, display_id, Invalid(_first_error(form)))
    try:
        change_status(actor=request.actor, access=request.access, display_id=display_id, **form.change())
    except Problem as problem:
        return _refused(request, display_id, problem)
    return _changed(request, display_id)


@account_view
@require_POST
def set_assignee(request: DeskRequest, display_id: int) -> HttpResponse:
    form = AssignForm(request.POST)
    if not form.is_valid():
        return _refused(request, display_id, Invalid(_first_error(form)))
    user_id = form.cleaned_data["assignee"]
    try:
        assign_agent(actor=request.actor, access=request.access, display_id=display_id, user_id=user_id)
    except Problem as problem:
        return _refused(request, display_id, problem)
    return _changed(request, display_id)


@account_view
@require_POST
def set_seen(request: DeskRequest, display_id: int) -> HttpResponse:
    mark_agent_seen(actor=request.actor, access=request.access, display_id=display_id)
    return HttpResponse(status=204)


def _changed(request: DeskRequest, display_id: int) -> HttpResponse:
    if not is_partial(request):
        return _back(request, display_id)
    query = read_state(request.GET).with_().query
    scope = find_scope(access=request.access)
    conversation = conversation_or_404(request, display_id)
    context = {
        "conversation": conversation,
        "inbox_name": conversation["_inbox_name"],
        "scope": scope,
        "query": query,
        "list_url": scope.url + query,
    }
    return answer(request, "conversations/_head.html", context)


def _refused(request: DeskRequest, display_id: int, problem: Problem) -> HttpResponse:
    if is_partial(request):
        return problem_json(problem)
    messages.error(request, problem.message)
    return _back(request, display_id)


def _back(request: DeskRequest, display_id: int) -> HttpResponse:
    """To the conversation, beside the list as it was."""
    page = reverse("desk:conversation", args=[request.access.account_id, display_id])
    return redirect(page + read_state(request.GET).with_().query)


def _first_error(form: Form) -> str:
    return next(
        (str(error) for errors in form.errors.values() for error in errors), _("Check what you sent.")
    )
