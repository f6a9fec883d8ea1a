"""The edge of the account API: token → account → access, one transaction, the contract's error shapes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import APIView

from config import context
from config.database import account_scope
from config.problems import Forbidden, NotSignedIn, Problem
from config.throttling import allow
from inboxes.queries import Access, BotAccess, access_by_token, bot_access_by_token


class AccountAPIView(APIView):
    """Base of every view below /api/v1/accounts/<account_id>/. `request.access` is who is asking. An answer
    of 400 or above has written nothing."""

    account_id: int
    bot_methods: ClassVar[frozenset[str]] = frozenset()  # what a bot may do here with its own token

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.account_id = kwargs.pop("account_id")
        with account_scope(self.account_id):
            response: Any = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            # Inside the scope, so that rendering reads under the same rules and its failure undoes the write.
            return response.render()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        by_bots = request.method in self.bot_methods
        request.access = resolve_access(request, self.account_id, by_bots=by_bots)
        context.note(account_id=request.access.account_id, user_id=request.access.user_id)
        access = request.access
        allow("token", f"bot{access.bot_id}" if isinstance(access, BotAccess) else access.user_id)

    def handle_exception(self, exc: Exception) -> Response:
        problem = as_problem(exc)
        if problem is None:
            return super().handle_exception(exc)
        if isinstance(problem, Forbidden) and problem.code == Forbidden.code:
            problem.status = 401  # the contract's status for what the role does not allow
        return problem_response(problem)


def resolve_access(request: Any, account_id: int, *, by_bots: bool = False) -> Access:
    """By the header `api_access_token`, else by the dashboard's session (which then needs its CSRF token,
    checked by the view that allows it). Raises NotSignedIn, the same for every reason."""
    token = request.META.get("HTTP_API_ACCESS_TOKEN", "")
    if not token:
        raise NotSignedIn(_("You need to sign in or sign up before continuing."), code="no_token")
    access: Access | None = access_by_token(account_id=account_id, token=token)
    if access is None and by_bots:
        access = bot_access_by_token(account_id=account_id, token=token)
    if access is None:
        raise NotSignedIn(_("Invalid Access Token"), code="unauthorized")
    return access


_PROBLEM_OF = {
    exceptions.ParseError: (400, "bad_request"),
    exceptions.UnsupportedMediaType: (415, "unsupported_type"),
    exceptions.MethodNotAllowed: (405, "method_not_allowed"),
    exceptions.NotAcceptable: (406, "not_acceptable"),
    exceptions.Throttled: (429, "too_many_requests"),
    exceptions.NotFound: (404, "not_found"),
}


def as_problem(exc: Exception) -> Problem | None:
    """DRF's exceptions in our terms; None for what is a bug and has to be seen as one."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return invalid_input(exc)
    if not isinstance(exc, exceptions.APIException):
        return None
    for kind, (status, code) in _PROBLEM_OF.items():
        if isinstance(exc, kind):
            problem = Problem(str(getattr(exc, "detail", exc)), code=code)
            problem.status = status
            return problem
    return None


def invalid_input(error: exceptions.ValidationError) -> Problem:
    """Full sentences joined by commas, and the names of the fields, as the contract has it."""
    detail = error.detail
    if not isinstance(detail, dict):
        detail = {"non_field_errors": detail}
    texts = [f"{field} {_first(value)}" for field, value in detail.items()]
    problem = Problem(", ".join(texts), code="invalid", attributes=[str(field) for field in detail])
    problem.status = 422
    return problem


def _first(value: Any) -> str:
    while isinstance(value, list | dict) and value:
        value = value[0] if isinstance(value, list) else next(iter(value.values()))
    return str(value)


def problem_response(problem: Problem) -> Response:
    """The contract's keys plus `code`."""
    body: dict[str, Any] = {"code": problem.code, "error": problem.message, "message": problem.message}
    if problem.code == "no_token":
        body = {"code": "unauthorized", "errors": [problem.message]}
    elif problem.attributes:
        body = {"code": problem.code, "message": problem.message, "attributes": problem.attributes}
        body["error"] = problem.message
    response = Response(body, status=problem.status)
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response
