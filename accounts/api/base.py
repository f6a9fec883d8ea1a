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

from accounts.actions.answers import Claim
from accounts.api import repeats
from accounts.api.credentials import refused, shown_by
from accounts.permissions import READ, WRITE, covers, require
from accounts.queries import last_use
from accounts.queries.door import Credential, member_by_token, person_by_token, platform_app_by_token
from config import context
from config.database import account_scope, platform_scope
from config.problems import Forbidden, NotFound, Problem
from config.throttling import Usage, count


class EdgeView(APIView):
    """An answer of 400 or above has written nothing."""

    usage: Usage | None = None
    claim: Claim | None = None

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        raise NotImplementedError

    def enter(self, request: Any) -> None:
        """Within the scope, before the method: who asks, and how often. Raises NotSignedIn."""
        raise NotImplementedError

    def caller(self, request: Any) -> tuple[int | None, str]:
        """Whose an Idempotency-Key is: the account, if the door is one's, and who asks."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with self.scope(kwargs):
            response: Any = super().dispatch(request, *args, **kwargs)
            # Inside the scope, so that rendering reads under the same rules and its failure undoes the write.
            response = response.render()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif self.claim is not None:
                self.claim.keep(status=response.status_code, body=response.content)
        if self.usage is not None:
            for name, value in self.usage.headers().items():
                response[name] = value
        return response

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.enter(request)
        if repeats.HEADER in request.META and request.method not in SAFE_METHODS:
            account_id, caller = self.caller(request)
            self.claim = repeats.claimed(request, account_id=account_id, caller=caller)

    def count_use(self, key: str) -> None:
        """Raises TooMany. When the token was used last rides along (accounts.queries.last_use)."""
        self.usage = next(iter(count(("token", key), also=last_use.note(key))), None)
        if self.usage is not None:
            self.usage.demand()

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, repeats.Repeated):
            return exc.response
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
        shown = shown_by(request)
        access = request.access = self.find_access(shown)
        if access is None:
            raise refused(shown)
        context.note(account_id=access.account_id, user_id=access.user_id)
        self.count_use(access.opened.key)
        reading = request.method in SAFE_METHODS
        capability = self.reads if reading else self.writes
        if not covers(access.scopes, capability, reading=reading):
            raise out_of_scope(capability or (READ if reading else WRITE))
        if capability:
            require(access, capability)

    def caller(self, request: Any) -> tuple[int | None, str]:
        return self.account_id, f"{request.access.actor.kind}{request.access.actor.id}"

    def find_access(self, shown: Credential) -> Any:
        return member_by_token(account_id=self.account_id, shown=shown)


class OwnAccountView(AccountAPIView):
    """The account itself: open to its members while it is suspended, and 404 to everybody else."""

    def find_access(self, shown: Credential) -> Any:
        access = member_by_token(account_id=self.account_id, shown=shown, suspended_too=True)
        if access is None and person_by_token(shown) is not None:
            raise NotFound()
        return access


class PersonAPIView(EdgeView):
    """`request.person` is who is asking, as themselves, and `request.opened` what opened the door. What is `own`
    is closed to the tokens that a person made for a purpose: nobody may make more of one than it is."""

    own: ClassVar[bool] = False

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        return transaction.atomic()

    def enter(self, request: Any) -> None:
        shown = shown_by(request)
        found = person_by_token(shown)
        if found is None:
            raise refused(shown)
        request.person, request.opened = found
        request.shown = shown
        context.note(user_id=request.person.pk)
        self.count_use(request.opened.key)
        reading = request.method in SAFE_METHODS
        if self.own and request.opened.is_named:
            raise out_of_scope(WRITE)
        if not covers(request.opened.scopes, "", reading=reading):
            raise out_of_scope(READ if reading else WRITE)

    def caller(self, request: Any) -> tuple[int | None, str]:
        return None, f"user{request.person.pk}"


class PlatformAPIView(EdgeView):
    """`request.program` is who is asking: a platform app, which has no role in any account."""

    def scope(self, kwargs: dict[str, Any]) -> AbstractContextManager[Any]:
        return platform_scope("a platform app works across accounts, on what it was granted")

    def enter(self, request: Any) -> None:
        shown = shown_by(request)
        program = platform_app_by_token(shown)
        if program is None:
            raise refused(shown)
        request.program = program
        self.count_use(f"platform{program.pk}")

    def caller(self, request: Any) -> tuple[int | None, str]:
        return None, f"platform{request.program.pk}"


def out_of_scope(missing: str) -> Forbidden:
    text = _("This token is limited, and lacks %(scope)s. Nothing was changed.") % {"scope": missing}
    return Forbidden(text)


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


def values_of(serializer: Any) -> Any:
    """The same, as the serializer's own `values()` has it for the action. Raises likewise."""
    serializer.is_valid(raise_exception=True)
    return serializer.values()


def checked(serializer: Any) -> dict[str, Any]:
    """What was sent, once it is right. Raises rest_framework's ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
