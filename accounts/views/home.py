from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.queries import accounts_of


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the account used last; somebody without any account is told so."""
    accounts = accounts_of(request.user)
    if not accounts:
        return render(request, "account/no_account.html", status=200)
    return redirect(f"/app/accounts/{accounts[0]['id']}/dashboard")
