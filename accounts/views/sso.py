from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from allauth.account.views import LoginView
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.sso import redeem


class SignIn(LoginView):
    """Sign-in, by password or by a link that a platform app asked for. A second factor is asked for all the same."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.GET.get("sso_auth_token", "")
        if request.method != "GET" or not token:
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
            return response
        person = redeem(token, email=request.GET.get("email", ""))
        if person is None:
            return redirect("/app/login?error=access-denied")
        if request.user.is_authenticated:
            logout(request)  # whoever was here before is not who the link is for
        signed_in: HttpResponse = perform_login(
            request, person, email_verification="none", redirect_url="/app/"
        )
        signed_in["Cache-Control"] = "no-store"
        return signed_in
