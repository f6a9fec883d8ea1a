"""The edges of the API: token → who asks, one transaction, the contract's error shapes. Three doors: of an
account, of a person in all of their accounts, and of the platform's programs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import Asker, require
from accounts.queries.door import member_by_token, person_by_token, platform_app_by_token
from config import context
from config.database import account_scope, platform_scope
from config.problems import NotFound, NotSignedIn, Problem
from config.throttling import allow


class EdgeView(APIView):
    """An answer of 400 or above has written nothing."""

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        raise NotImplementedError

    def enter(self, request: Any) -> None:
        """Within the scope, before the method: who asks, and how often. Raises NotSignedIn."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with self.scope(kwargs):
            response: Any = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            # Inside the scope, so that rendering reads under the same rules and its failure undoes the write.
            return response.render()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.enter(request)

    def handle_exception(self, exc: Exception) -> Response:
        problem = as_problem(exc)
        if problem is None:
            return super().handle_exception(exc)
        if problem.code == "forbidden":
            problem.status = 401  # a missing right, in the contract's way
        return problem_response(problem)


class AccountAPIView(EdgeView):
    """Base of every view below /api/v1/accounts/<account_id>/. `request.access` is who is asking. `reads` and
    `writes` are what their methods take at least: a missing right is said before the body is looked at, and before
    anything is looked for. Rights on single objects are the actions' to ask for."""

    account_id: int
    reads: ClassVar[str] = ""
    writes: ClassVar[str] = ""

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        self.account_id = kwargs.pop("account_id")
        return account_scope(self.account_id)

    def enter(self, request: Any) -> None:
        request.access = self.find_access(token_of(request))
        if request.access is None:
            raise refused()
        context.note(account_id=request.access.account_id, user_id=request.access.user_id)
        allow("token", self.rate_key(request.access))
        capability = self.reads if request.method in SAFE_METHODS else self.writes
        if capability:
            require(request.access, capability)

    def find_access(self, token: str) -> Asker | None:
        return member_by_token(account_id=self.account_id, token=token)

    def rate_key(self, access: Any) -> str:
        return str(access.user_id)


class OwnAccountView(AccountAPIView):
    """The account itself: open to its members while it is suspended, and 404 to everybody else."""

    def find_access(self, token: str) -> Asker | None:
        access = member_by_token(account_id=self.account_id, token=token, suspended_too=True)
        if access is None and person_by_token(token) is not None:
            raise NotFound()
        return access


class PersonAPIView(EdgeView):
    """`request.person` is who is asking, as themselves."""

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        return transaction.atomic()

    def enter(self, request: Any) -> None:
        person = person_by_token(token_of(request))
        if person is None:
            raise refused()
        request.person = person
        context.note(user_id=person.pk)
        allow("token", person.pk)


class PlatformAPIView(EdgeView):
    """`request.program` is who is asking: a platform app, which has no role in any account."""

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        return platform_scope("a platform app works across accounts, on what it was granted")

    def enter(self, request: Any) -> None:
        program = platform_app_by_token(token_of(request))
        if program is None:
            raise refused()
        request.program = program
        allow("token", f"platform:{program.pk}")


def token_of(request: Any) -> str:
    """From the header `api_access_token`. Raises NotSignedIn."""
    token: str = request.META.get("HTTP_API_ACCESS_TOKEN", "")
    if not token:
        raise NotSignedIn(_("You need to sign in or sign up before continuing."), code="no_token")
    return token


def refused() -> NotSignedIn:
    """The same for every reason."""
    return NotSignedIn(_("Invalid Access Token"), code="unauthorized")


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
    return Response(problem_body(problem), status=problem.status, headers=problem_headers(problem))


def problem_body(problem: Problem) -> dict[str, Any]:
    """The contract's keys plus `code`."""
    if problem.code == "no_token":
        return {"code": "unauthorized", "errors": [problem.message]}
    body: dict[str, Any] = {"code": problem.code, "error": problem.message, "message": problem.message}
    if problem.attributes:
        body["attributes"] = problem.attributes
    return body


def problem_headers(problem: Problem) -> dict[str, str]:
    return {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}


def checked(serializer: Any) -> dict[str, Any]:
    """What was sent, once it is right. Raises rest_framework's ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
