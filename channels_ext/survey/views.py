"""The survey on a page of its own, for mails and chats; it needs no script (contract, 5.5)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.avatars import avatar_url
from channels_ext.survey.edge import survey_of
from channels_ext.visitor_api import client_address
from config.database import account_scope
from config.problems import NotFound, Problem
from config.throttling import allow
from conversations.actions.surveys import answer_survey, is_over
from conversations.models import Message
from conversations.queries.surveys import response_of

FACES = (
    (1, "😞", gettext_lazy("Very bad")),
    (2, "😑", gettext_lazy("Bad")),
    (3, "😐", gettext_lazy("Neither good nor bad")),
    (4, "😀", gettext_lazy("Good")),
    (5, "😍", gettext_lazy("Very good")),
)


@csrf_exempt  # the address is the secret: nobody is signed in, and there is nothing else to gain
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, conversation_uuid: str) -> HttpResponse:
    try:
        allow("visitor_ip", client_address(request))
        message = survey_of(conversation_uuid)
    except NotFound:
        raise Http404 from None
    except Problem as problem:
        return _shown(request, None, problem)
    with account_scope(message.account_id), translation.override(_language(message)):
        if request.method != "POST":
            return _shown(request, message)
        return _answered(request, message)


def _language(message: Message) -> str:
    wanted = message.inbox.csat_config.get("language") or message.account.locale
    try:
        return translation.get_supported_language_variant(str(wanted).replace("_", "-"))
    except LookupError:
        return "en"


def _answered(request: HttpRequest, message: Message) -> HttpResponse:
    rating = request.POST.get("rating", "")
    try:
        answer_survey(
            message=message,
            rating=int(rating) if rating in {"1", "2", "3", "4", "5"} else None,
            feedback_message=request.POST.get("feedback_message", ""),
        )
    except Problem as problem:
        return _shown(request, message, problem)
    return HttpResponseRedirect(f"{request.path}?thanks=1")


def _shown(request: HttpRequest, message: Message | None, problem: Problem | None = None) -> HttpResponse:
    found: dict[str, Any] = {"problem": problem.message if problem else ""}
    if message is not None:
        found |= _survey(request, message)
    response = render(request, "survey/page.html", found, status=problem.status if problem else 200)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def _survey(request: HttpRequest, message: Message) -> dict[str, Any]:
    known = response_of(message)
    given = request.POST.get("rating", "")
    config = message.inbox.csat_config
    return {
        "inbox": message.inbox,
        "picture": avatar_url(message.inbox.avatar),
        "question": message.content,
        "stars": message.content_attributes.get("display_type") == "star",
        "choices": FACES,
        "chosen": int(given) if given.isascii() and given.isdigit() else known.rating if known else None,
        "words": request.POST.get("feedback_message", known.feedback_message if known else ""),
        "button": config.get("button_text") or _("Send"),
        "is_over": is_over(message),
        "thanks": bool(known) and "thanks" in request.GET,
    }
