"""Error pages and error bodies in one shape. What is foreign and what never existed look the same."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.problems import Problem

_CODES = {400: "bad_request", 403: "forbidden", 404: "not_found", 500: "server_error"}


def wants_json(request: HttpRequest) -> bool:
    """Programs get JSON: everything outside the pages, and whoever asks for it."""
    if "text/html" in request.headers.get("Accept", ""):
        return False
    return not request.path.startswith(("/app", "/accounts", "/admin"))


def error_page(request: HttpRequest, status: int, message: str, code: str = "") -> HttpResponse:
    code = code or _CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))
    if wants_json(request):
        return JsonResponse({"code": code, "message": message, "error": message}, status=status)
    template = f"{status}.html" if status in {400, 403, 404, 429, 500, 503} else "400.html"
    return render(request, template, {"code": code, "message": message}, status=status)


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    response = error_page(request, problem.status, problem.message, problem.code)
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 400, _("The request could not be understood. Nothing was changed."))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 403, _("You may not do that. Nothing was changed."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 404, _("There is nothing here, or it is not yours to see."))


def too_many(request: HttpRequest) -> HttpResponse:
    message = _("Too many attempts. Please wait a few minutes, then try again. Nothing was changed.")
    response = error_page(request, 429, message)
    response["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500, _("Something went wrong on our side. Nothing was stored."))
