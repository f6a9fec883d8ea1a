"""How every page of the desk answers: whole without script, in part for htmx, never from a shared cache."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from accounts.actors import Actor
from config.problems import NotFound, Problem
from conversations.views.filters import read_state
from inboxes.edge import AccountRef
from inboxes.queries import Access

_VARIES = ("HX-Request", "HX-Request-Type", "HX-Target", "Cookie")


class DeskRequest(HttpRequest):
    """What inboxes.edge.account_view hands to a view."""

    access: Access
    actor: Actor
    account: AccountRef


def is_partial(request: HttpRequest) -> bool:
    """Whether script asks for a fragment; a restored history entry asks for the whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") != "full"


def wanted_part(request: HttpRequest) -> str:
    """The id of the element that htmx will replace ("list", "pane", "more" …), or "" for a whole page."""
    if not is_partial(request):
        return ""
    return request.headers.get("HX-Target", "").partition("#")[2]


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return uncached(render(request, template, context, status=status))


def uncached(response: HttpResponse) -> HttpResponse:
    """Customer data: the browser may keep it, but has to ask each time."""
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, _VARIES)
    return response


def back(request: DeskRequest, display_id: int, *, query: str | None = None) -> HttpResponse:
    """To the conversation, beside the list as it was."""
    page = reverse("desk:conversation", args=[request.access.account_id, display_id])
    return redirect(page + (read_state(request.GET).with_().query if query is None else query))


def refused(
    request: DeskRequest, display_id: int, problem: Problem, *, query: str | None = None
) -> HttpResponse:
    """In words: as JSON for script, else above the conversation."""
    if is_partial(request):
        return problem_json(problem)
    if isinstance(problem, NotFound):
        raise problem  # a page of its own, the same for what is foreign and what never existed
    messages.error(request, problem.message)
    return back(request, display_id, query=query)


def problem_json(problem: Problem) -> HttpResponse:
    body = {"code": problem.code, "message": problem.message, "attributes": problem.attributes}
    response = JsonResponse(body, status=problem.status)
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return uncached(response)


def first_error(form: Form) -> str:
    return next(
        (str(error) for errors in form.errors.values() for error in errors), _("Check what you sent.")
    )
