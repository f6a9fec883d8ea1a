"""What sign-in by django-allauth needs to know about us."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.accounts import create_account
from accounts.actions.input import clean_name
from accounts.actions.people import end_sessions, set_password
from accounts.models import User
from accounts.views.errors import error_page
from config.encryption import decrypt, encrypt
from config.problems import Invalid

# The longest of the windows behind "too many attempts" (ACCOUNT_RATE_LIMITS, login_failed per address).
RETRY_AFTER_SECONDS = 300


class SignupForm(AllauthSignupForm):
    """Who you are and what your account is called. Without these the address supplies both."""

    name = forms.CharField(max_length=255, label=gettext_lazy("Your name"))
    account_name = forms.CharField(max_length=255, label=gettext_lazy("Name of your company or team"))

    def clean(self) -> Any:
        cleaned = super().clean()
        for field in ("name", "account_name"):
            try:
                clean_name(self.cleaned_data.get(field), field=field)
            except Invalid as problem:
                self.add_error(field, problem.message)
        return cleaned


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_ENABLED)

    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Whoever signs up opens an account and is its administrator. Invited people do not sign up."""
        super().save_user(request, user, form, commit=False)
        user.email = user.email.lower()
        before_at, _at, domain = user.email.partition("@")
        user.name = form.cleaned_data.get("name") or before_at
        user.save()
        create_account(by=user, name=form.cleaned_data.get("account_name") or domain, administrator=user)
        return user

    def set_password(self, user: User, password: str) -> None:
        """Every change and reset of allauth comes through here."""
        set_password(by=user, user=user, password=password)

    def is_safe_url(self, url: str) -> bool:
        """Paths of our own. No host at all, not even an allowed one: the proxy's may be spoofed."""
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reset_password_from_key_url(self, key: str) -> str:
        # allauth's opaque key is "<uid>-<token>", the URL's two parts. Never from the request's host: the
        # mail goes to the owner of the address, the request came from anybody.
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.PUBLIC_URL}{path}"

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.PUBLIC_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def validation_error(self, code: str, *args: Any) -> Any:
        """Guessing ends in 429, not in a form with an error; and a second factor's challenge is void."""
        if code != "too_many_login_attempts":
            return super().validation_error(code, *args)
        request = context.request
        clear_login(request)
        message = _("Too many attempts. Please try again in five minutes.")
        response = error_page(request, HTTPStatus.TOO_MANY_REQUESTS, message, "too_many_requests")
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        raise ImmediateHttpResponse(response)


class MfaAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery seeds rest encrypted."""

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def end_sessions_without_it(request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    """A session that was opened without the second factor does not outlive its arrival, and whoever stole
    one does not profit from its removal. Connected with the adapters, which allauth loads before it sends."""
    end_sessions(by=user, user=user)
    if request is not None and request.user == user:
        update_session_auth_hash(request, user)
