"""The edge of an account: one scope, one transaction, around the view and its rendering.

The account comes from the URL. A foreign account and one that does not exist answer alike, to the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.views.errors import error_page, problem_page
from config import context
from config.database import account_scope
from config.problems import NotFound, Problem
from inboxes.queries import access_of_user

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class AccountRef:
    """What pages show of the account."""

    id: int
    name: str
    locale: str


def account_view(view: View) -> View:
    """For the dashboard's function views below /app/accounts/<account_id>/. Gives `request.access`, `.actor` and
    `.account`; a Problem becomes its page (or JSON); whatever ends at 400 or above has written nothing."""

    @wraps(view)
    def at_the_edge(request: HttpRequest, *args: Any, account_id: int, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        with account_scope(account_id):
            response = _answer(view, request, account_id, args, kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    return at_the_edge


def _answer(view: View, request: Any, account_id: int, args: Any, kwargs: Any) -> HttpResponse:
    access = access_of_user(account_id=account_id, user_id=request.user.pk)
    if access is None:
        return error_page(request, 404, _("There is nothing here, or it is not yours to see."))
    request.access, request.actor = access, access.actor
    request.account = AccountRef(access.account_id, access.account_name, access.account_locale)
    context.note(account_id=account_id, user_id=access.user_id)
    try:
        return view(request, *args, **kwargs)
    except NotFound:
        return error_page(request, 404, _("There is nothing here, or it is not yours to see."))
    except Problem as problem:
        return problem_page(request, problem)
