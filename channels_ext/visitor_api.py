"""The edge that visitors reach: find the channel, enter its account's scope, limit the rate, answer errors in
one shape. Shared by the widget and the public API of API inboxes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.answers import Claim
from accounts.api import repeats
from config import context
from config.database import account_scope
from config.problems import Problem
from config.throttling import allow
from conversations.models import ContactInbox
from inboxes.api.base import as_problem, problem_response


class VisitorAPIView(APIView):
    """`resolve` names the account before the scope exists; `enter` runs inside it. An answer of 400 or above
    has written nothing. An Idempotency-Key holds within a session: who has none yet shares nothing with anybody."""

    account_id: int
    session: ContactInbox | None = None
    claim: Claim | None = None

    def resolve(self, request: HttpRequest, **kwargs: Any) -> int:
        raise NotImplementedError

    def enter(self, request: Any) -> None:
        """Within the scope, before the method: find the session, check the origin."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            allow("visitor_ip", client_address(request))
            self.account_id = self.resolve(request, **kwargs)
        except Problem as problem:
            return self._outside(request, problem)
        with account_scope(self.account_id):
            response: Any = super().dispatch(request, *args, **kwargs)
            response = response.render()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif self.claim is not None:
                self.claim.keep(status=response.status_code, body=response.content)
            return response

    def _outside(self, request: HttpRequest, problem: Problem) -> Any:
        """Renders an answer that was decided before there was a scope."""
        self.args, self.kwargs, self.headers = (), {}, self.default_response_headers
        self.request = self.initialize_request(request)
        self.request.accepted_renderer = self.get_renderers()[0]
        self.request.accepted_media_type = self.request.accepted_renderer.media_type
        return self.finalize_response(self.request, self.problem_answer(problem)).render()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        context.note(account_id=self.account_id)
        self.enter(request)
        if self.session is None:
            return
        context.note(contact_id=self.session.contact_id)
        if repeats.HEADER in request.META and request.method not in SAFE_METHODS:
            caller = f"session{self.session.pk}"
            self.claim = repeats.claimed(request, account_id=self.account_id, caller=caller)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, repeats.Repeated):
            return exc.response
        problem = as_problem(exc)
        return self.problem_answer(problem) if problem else super().handle_exception(exc)

    def problem_answer(self, problem: Problem) -> Response:
        return problem_response(problem)

    def limit_messages(self) -> None:
        """At most so many messages a minute from one visitor."""
        assert self.session is not None
        allow("visitor", visitor_key(self.session.inbox_id, self.session.source_id))


def visitor_key(inbox_id: int, source_id: str) -> str:
    """What a visitor's uses are counted by: known from a signed token before the session is read."""
    return f"{inbox_id}:{source_id}"


def client_address(request: HttpRequest) -> str:
    """The address of the visitor: of the connection, or what the outermost trusted proxy saw."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    count = settings.TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    return hops[-count] if count and len(hops) >= count else direct


def may_exist(key: str) -> bool:
    """PostgreSQL has no text with NUL in it. To ask for one is an error there, and not an empty answer."""
    return "\x00" not in key
