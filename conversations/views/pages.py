"""How every page of the desk answers: whole without script, in part for htmx, never from a shared cache."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.actors import Actor
from config.problems import Problem
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


def problem_json(problem: Problem) -> HttpResponse:
    body = {"code": problem.code, "message": problem.message, "attributes": problem.attributes}
    response = JsonResponse(body, status=problem.status)
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return uncached(response)
