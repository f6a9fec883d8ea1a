"""The outermost edge of every page and API call: request id, log line, and honest answers when a service is
away."""

from __future__ import annotations

import errno
import logging
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict

import psycopg
import psycopg_pool
from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from config import context
from config.database import discard_lost_connections
from config.errors import report

logger = logging.getLogger("parley.request")

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/static/", "/health")
RETRY_AFTER_SECONDS = "2"


class RequestContext:
    """Names the request, enters its context, writes one line about it, and always leaves the context."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started = time.perf_counter()
        with context.entered(request_id=request_id, executor="request"):
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            if not request.path.startswith(_QUIET) or response.status_code >= 500:
                self._log(request, response, time.perf_counter() - started)
            return response

    def _log(self, request: HttpRequest, response: HttpResponseBase, took: float) -> None:
        # The path alone: query strings carry tokens.
        logger.log(
            logging.WARNING if response.status_code >= 500 else logging.INFO,
            "request",
            extra={
                "http_method": request.method,
                "path": request.path[:200],
                "status": response.status_code,
                "ms": round(took * 1000, 1),
            },
        )


class ServiceUnavailable:
    """A stopped database or a full disk is 503 with Retry-After: never a 2xx for what was not stored, and
    never a 500, which clients do not repeat."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        except Exception as error:
            if not is_outage(error):
                raise
            return unavailable(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


def is_outage(error: BaseException | None) -> bool:
    """Whether a service is away, as opposed to the request or the code being wrong."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError | psycopg_pool.PoolTimeout):
            return not _is_about_the_statement(error)
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_about_the_statement(error: BaseException) -> bool:
    # An untranslatable character and the like also arrive as OperationalError's siblings; these are not.
    return isinstance(error.__cause__, psycopg.errors.ProgramLimitExceeded)


def _forget_lost_connections() -> None:
    """So that a restarted server costs one 503, not one for every connection that was in the pool."""
    try:
        discard_lost_connections()
    except (DatabaseError, psycopg.Error, psycopg_pool.PoolTimeout):
        pass  # still away


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    if isinstance(error, DatabaseError):
        _forget_lost_connections()
    logger.error("service away", extra={"path": request.path[:200], "error": str(error).strip()[:500]})
    report(error, path=request.path)
    message = "The service is not available at the moment. Nothing was stored; please try again."
    response: HttpResponse
    if request.path.startswith("/app") and "text/html" in request.headers.get("Accept", ""):
        response = HttpResponse(render_to_string("503.html", {"message": message}))
    else:
        response = JsonResponse({"code": "unavailable", "message": message, "error": message})
    response.status_code = 503
    response["Retry-After"] = RETRY_AFTER_SECONDS
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # here, with its cause
    return response


class ShortWay:
    """Answers `settings.SHORT_WAYS` (path → dotted view) before session, user, messages and routing are looked at:
    for the few requests that are most of the load and need none of it. A view that returns None wants the long way.

    Errors of a view end here, not in ServiceUnavailable: Django turns an exception into a response at every layer.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._views = {path: import_string(name) for path, name in settings.SHORT_WAYS.items()}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self._views.get(request.path_info)
        if view is None:
            return self.get_response(request)
        request.get_host()  # raises DisallowedHost, as CommonMiddleware does
        try:
            return view(request) or self.get_response(request)
        except Exception as error:
            if not is_outage(error):
                raise
            return unavailable(request, error)


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp builds the policy anew for every response, twice. Most ask for no exception: theirs is kept."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._usual = build_policy(**asdict(PolicyParts()))
        self._reports = bool(getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not self._is_usual(request, response):
            return super().process_response(request, response)
        response[HEADER] = self._usual
        return response

    def _is_usual(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        if self._reports or vars(response).keys() & _OF_THE_VIEW:
            return False
        return HEADER not in response and getattr(request, "_csp_nonce", None) is None


# Where django-csp's decorators write down what a view wants.
_OF_THE_VIEW = {"_csp_exempt", "_csp_config", "_csp_update", "_csp_replace"}
