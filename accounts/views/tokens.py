"""The page of a person's tokens, and of the apps that are signed in as them."""

from __future__ import annotations

import datetime
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.sessions import end_session
from accounts.actions.tokens import create_token, revoke_token
from accounts.permissions import READ, WRITE
from accounts.queries.tokens import sessions_of, tokens_for_page
from accounts.views.errors import problem_page
from config.problems import Invalid, LimitReached, NotFound

_MOST_DAYS = 3650


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required(allow_get=True)
def tokens(request: Any) -> HttpResponse:
    """POST makes a token, which is on the page of the answer and nowhere else afterwards. Who has not shown their
    password for a while is asked for it: a token outlives the browser that was left open."""
    if request.method == "GET":
        return _page(request)
    try:
        row, token = create_token(person=request.user, **_wanted(request.POST))
    except (Invalid, LimitReached) as problem:
        return _page(request, status=problem.status, problem=problem.message)
    return _page(request, made=row, token=token)


def _wanted(form: Any) -> dict[str, Any]:
    access, days = form.get("access", ""), form.get("days", "")
    known = days.isascii() and days.isdigit() and 0 < int(days[:6]) <= _MOST_DAYS
    if days and not known:
        raise Invalid(_("This is no number of days."), attributes=["days"])
    return {
        "name": form.get("name", ""),
        "scopes": [access] if access else None,
        "expires_at": timezone.now() + datetime.timedelta(days=int(days)) if days else None,
    }


def _page(request: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    shown = {
        "tokens": tokens_for_page(request.user),
        "sessions": sessions_of(request.user),
        "accesses": (
            ("", _("Everything that I may do")),
            (READ, _("Read only")),
            (WRITE, _("Read and write")),
        ),
        "terms": (
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("One year")),
            ("", _("When I revoke it")),
        ),
        **more,
    }
    response = render(request, "account/tokens.html", shown, status=status)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke(request: Any, token_id: int) -> HttpResponse:
    try:
        revoke_token(person=request.user, token_id=token_id)
    except NotFound as problem:
        return problem_page(request, problem)
    return redirect("tokens")


@login_required
@require_POST
def sign_out_device(request: Any, session_id: int) -> HttpResponse:
    try:
        end_session(person=request.user, session_id=session_id)
    except NotFound as problem:
        return problem_page(request, problem)
    return redirect("tokens")
