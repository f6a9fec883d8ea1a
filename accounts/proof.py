"""Proving who one is without a browser: a password, a second factor, a link. By django-allauth, so that its limits
count every try of a person, whichever door it came to."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, UserTokenForm
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.core import signing
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import report
from config.problems import TooMany

MOST_PASSWORD, MOST_ADDRESS, MOST_CODE = 128, 254, 64
CHALLENGE_SECONDS = 5 * 60  # the window of the limit: who has used it up needs a new challenge as well
RETRY_AFTER_SECONDS = 5 * 60
_CHALLENGE = "parley.second_factor"


def by_password(request: Any, *, email: Any, password: Any) -> User | None:
    """The active person. Wrong, unknown, switched off, never invited: None, after the same work. Raises TooMany."""
    if not is_text(email, most=MOST_ADDRESS) or not is_text(password, most=MOST_PASSWORD):
        return None
    try:
        found = get_adapter(request).authenticate(request, email=email.strip(), password=password)
    except ImmediateHttpResponse:  # accounts.signin.AccountAdapter's page for a browser
        raise _too_many() from None
    return found if found is not None and found.is_active else None


def by_factor(*, user: User, code: Any) -> bool:
    """Whether it is a code of theirs that was not used before: of the authenticator, or a recovery code. Call in a
    transaction. Raises TooMany."""
    if not is_text(code, most=MOST_CODE):
        return False
    # Two requests with one recovery code would both read it as unused.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    form = AuthenticateForm(data={"code": code}, user=user)
    try:
        if not form.is_valid():
            return False
    except ImmediateHttpResponse:
        raise _too_many() from None
    used: Authenticator = form.authenticator
    used.record_usage()
    return True


def has_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def challenge_of(user: User) -> str:
    """What stands for a right password until the second factor is shown. Void with the password."""
    return signing.dumps([user.pk, _fingerprint(user)], salt=_CHALLENGE)


def challenged(token: Any) -> User | None:
    try:
        pk, fingerprint = signing.loads(str(token)[:1000], salt=_CHALLENGE, max_age=CHALLENGE_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user is not None and _fingerprint(user) == fingerprint else None


def _fingerprint(user: User) -> str:
    return user.get_session_auth_hash()[:32]


def send_reset_link(request: Any, *, email: Any) -> None:
    """To who exists and to who does not: the latter reads that nobody is known here by this address. Raises
    TooMany."""
    form = ResetPasswordForm(data={"email": email if is_text(email, most=MOST_ADDRESS) else ""})
    if not form.is_valid():
        return
    key = form.cleaned_data["email"].lower()
    if not ratelimit.consume(request, action="reset_password", key=key):
        raise _too_many()
    try:
        form.save(request)
    except Exception as error:  # a mail server that is away must not say who exists
        report(error, what="reset mail")


def by_reset_link(key: Any) -> User | None:
    """The person of `<uid>-<token>`, the end of the link in the mail."""
    uid, _dash, token = key.partition("-") if is_text(key, most=200) else ("", "", "")
    form = UserTokenForm(data={"uidb36": uid, "key": token})
    if not form.is_valid():
        return None
    user: User = form.reset_user
    return user if user.is_active else None


def by_confirmation_link(key: Any) -> User | None:
    """The person whose address is proven by this, once."""
    found = EmailConfirmationHMAC.from_key(key) if is_text(key, most=500) else None
    if found is None or not found.email_address.set_verified():
        return None
    user: User = found.email_address.user
    return user if user.is_active else None


def send_confirmation(request: Any, user: User) -> None:
    """Nothing for an address that is proven. Raises TooMany."""
    address, _made = EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"primary": True}
    )
    if address.verified:
        return
    if not ratelimit.consume(request, action="confirm_email", key=user.email):
        raise _too_many()
    address.send_confirmation(request)


def is_text(value: Any, *, most: int) -> bool:
    """Text that can be asked of the database: of a length, without null characters and lone surrogates."""
    if not isinstance(value, str) or not 0 < len(value) <= most or "\x00" in value:
        return False
    return not any("\ud800" <= one <= "\udfff" for one in value)


def _too_many() -> TooMany:
    return TooMany(_("Too many attempts. Please try again in five minutes."), retry_after=RETRY_AFTER_SECONDS)
