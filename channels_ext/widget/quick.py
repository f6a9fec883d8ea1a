"""The visitor's message as a plain view: what DRF puts around a request costs more than the request.

Only for the body that every widget sends, JSON; a form, an empty body or another method goes the usual way. Same
parser, same serializer, same limits, same errors: a test sends the same requests both ways and compares.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.api import repeats
from accounts.api.base import as_problem, problem_body, problem_headers
from channels_ext.visitor_api import client_address, visitor_key
from channels_ext.widget import auth
from channels_ext.widget.writing import Letter, read_letter, write_message
from config import context, rendering
from config.database import account_scope
from config.problems import NotFound, Problem
from config.throttling import allow_all
from conversations.api.parsers import BoundedJSON

_ALLOW = "GET, POST, HEAD, OPTIONS"


def is_plain(request: HttpRequest) -> bool:
    return (
        request.method == "POST"
        and request.content_type == "application/json"
        and request.META.get("CONTENT_LENGTH") not in (None, "", "0")
        and repeats.HEADER not in request.META
    )


def post_message(request: HttpRequest) -> HttpResponse | None:
    """None for what goes the usual way. An answer of 400 or above has written nothing."""
    return _posted(request) if is_plain(request) else None


def _posted(request: HttpRequest) -> HttpResponse:
    shown = auth.pass_of(request.META.get("HTTP_X_AUTH_TOKEN", ""))
    website_token = request.GET.get("website_token", "")
    try:
        _limit(request, shown)
        account_id = auth.account_of(website_token)
    except Problem as problem:
        return _refusal(problem)
    with account_scope(account_id):
        try:
            return _answer(_written(request, account_id, website_token, shown))
        except Exception as error:
            transaction.set_rollback(True)
            known = as_problem(error)
            if known is None:
                raise
            return _refusal(known)


def _limit(request: HttpRequest, shown: auth.Pass | None) -> None:
    uses: list[tuple[str, object]] = [("visitor_ip", client_address(request))]
    if shown is not None:
        uses.append(("visitor", visitor_key(shown.inbox_id, shown.source_id)))
    allow_all(*uses)


def _written(request: HttpRequest, account_id: int, website_token: str, shown: auth.Pass | None) -> Any:
    """Who may not write is told so before what is wrong with the message, as on the usual way."""
    context.note(account_id=account_id)
    origin = request.META.get("HTTP_ORIGIN", "")
    letter, wrong = _letter(request)
    if letter is not None and shown is not None:
        found = auth.lock_at_the_door(
            account_id=account_id, website_token=website_token, origin=origin, shown=shown
        )
        if found is not None:
            session, locked = found
            context.note(contact_id=session.contact_id)
            return write_message(session=session, letter=letter, locked=locked)
    newcomer = auth.session_at_the_door(
        account_id=account_id, website_token=website_token, origin=origin, shown=shown
    )
    if newcomer is None:
        raise NotFound(code="unknown_visitor")
    context.note(contact_id=newcomer.contact_id)
    if letter is None:
        raise wrong or AssertionError
    return write_message(session=newcomer, letter=letter)


def _letter(request: HttpRequest) -> tuple[Letter | None, Exception | None]:
    try:
        return read_letter(BoundedJSON().parse(request)), None
    except Exception as error:
        return None, error


def _refusal(problem: Problem) -> HttpResponse:
    return _answer(problem_body(problem), status=problem.status, **problem_headers(problem))


def _answer(body: Any, *, status: int = 200, **headers: str) -> HttpResponse:
    content = rendering.to_json(body)
    own = {"Allow": _ALLOW, "Content-Length": str(len(content)), **headers}
    return HttpResponse(content, status=status, content_type="application/json", headers=own)
