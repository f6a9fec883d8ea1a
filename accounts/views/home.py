from __future__ import annotations

import json
from typing import Any

from allauth.account.views import LogoutView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.members import use_account
from accounts.queries.accounts import accounts_of
from accounts.views.errors import problem_page
from config.problems import NotFound

# Not "cookies": the language and theme that were chosen stay.
FORGET = '"cache", "storage"'


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Pages name their icon. Everything else that has none asks for it here."""
    response = redirect(static("favicon.ico"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


class SignOut(LogoutView):
    """A shared computer forgets what it has shown: the Back button, caches and drafts of this site included."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        if not self.request.user.is_authenticated:
            response["Clear-Site-Data"] = FORGET
        return response


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the account used last; somebody without any account is told so."""
    accounts = accounts_of(request.user)
    if not accounts:
        return render(request, "account/no_account.html", status=200)
    return redirect(_dashboard(accounts[0]["id"]))


@login_required
@require_http_methods(["PUT", "POST"])
def active_account(request: Any) -> HttpResponse:
    """The account that /app/ opens from now on: {"account_id": 1}, JSON or a form. A form goes there at
    once, a PUT is answered 204. Foreign and unknown accounts answer alike."""
    account_id = _account_id(request)
    try:
        if account_id is None:
            raise NotFound(_("There is nothing here, or it is not yours to see."))
        use_account(user=request.user, account_id=account_id)
    except NotFound as problem:
        return problem_page(request, problem)
    return HttpResponse(status=204) if request.method == "PUT" else redirect(_dashboard(account_id))


def _account_id(request: HttpRequest) -> int | None:
    given: Any = request.POST.get("account_id")
    if request.content_type == "application/json":
        try:
            body = json.loads(request.body)
        except ValueError:  # also what is not UTF-8
            return None
        given = body.get("account_id") if isinstance(body, dict) else None
    text = str(given) if isinstance(given, int | str) else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:20]) < 2**63 else None


def _dashboard(account_id: int) -> str:
    return f"/app/accounts/{account_id}/dashboard"
