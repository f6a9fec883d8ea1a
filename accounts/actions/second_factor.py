"""The second factor of a person, from a program. Every step proves itself: a session alone changes nothing."""

from __future__ import annotations

from functools import partial
from typing import Any

import redis
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import proof
from accounts.actions.people import end_sessions
from accounts.models import User
from config.encryption import decrypt, encrypt
from config.problems import Invalid, Problem, TooMany
from config.wire import ask

ENROL_SECONDS = 10 * 60


def state_of(user: User) -> dict[str, bool]:
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {
        "feature_available": True,
        "enabled": Authenticator.Type.TOTP in kinds,
        "backup_codes_generated": Authenticator.Type.RECOVERY_CODES in kinds,
    }


def begin_enrolment(*, user: User) -> dict[str, str]:
    """A secret to put into an authenticator, good for ten minutes, and nothing yet. Raises Invalid, and Problem
    (503) while Redis is away."""
    if proof.has_factor(user):
        raise Invalid(_("Two-factor authentication is on already."), code="enabled")
    secret = generate_totp_secret()
    try:
        ask("SET", _key(user), encrypt(secret), "EX", ENROL_SECONDS)
    except (redis.RedisError, OSError):
        raise _away() from None
    return {"provisioning_url": get_adapter().build_totp_url(user, secret), "secret": secret}


@transaction.atomic
def finish_enrolment(*, request: Any, user: User, code: Any) -> list[str]:
    """With a first code of the authenticator: from now on sign-in asks for one. The recovery codes, which are
    shown this once. Ends the person's sessions. Raises Invalid, TooMany."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    secret = None if proof.has_factor(user) else _pending(user)
    if secret is None:
        raise Invalid(_("There is nothing to confirm. Begin again."), code="nothing_pending")
    clear = _count_try(user)
    if not proof.is_text(code, most=proof.MOST_CODE) or not validate_totp_code(secret, code):
        raise _wrong_code()
    clear()
    totp = TOTP.activate(user, secret)
    totp.validate_code(code)  # marks it as used: it must not be good for the next sign-in as well
    codes = RecoveryCodes.activate(user).get_unused_codes()
    _changed(request, user, mail="mfa/email/totp_activated")
    transaction.on_commit(partial(_forget, user))
    return list(codes)


@transaction.atomic
def renew_recovery_codes(*, request: Any, user: User, code: Any) -> list[str]:
    """New ones; the former are void. Raises Invalid, TooMany."""
    _require_code(user, code)
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes = RecoveryCodes.activate(user).get_unused_codes()
    _changed(request, user, mail="mfa/email/recovery_codes_generated")
    return list(codes)


@transaction.atomic
def remove_factor(*, request: Any, user: User, password: Any, code: Any) -> None:
    """With password and code. Raises Invalid, TooMany."""
    proven = proof.by_password(request, email=user.email, password=password)
    if proven is None or proven.pk != user.pk:
        raise Invalid(_("The password is wrong. Nothing was changed."), attributes=["password"])
    _require_code(user, code)
    Authenticator.objects.filter(user=user).delete()
    _changed(request, user, mail="mfa/email/totp_deactivated")


def _require_code(user: User, code: Any) -> None:
    if not proof.has_factor(user):
        raise Invalid(_("Two-factor authentication is not on."), code="not_enabled")
    if not proof.by_factor(user=user, code=code):
        raise _wrong_code()


def _changed(request: Any, user: User, *, mail: str) -> None:
    end_sessions(by=user, user=user)
    send = partial(get_account_adapter(request).send_notification_mail, mail, user)
    transaction.on_commit(send, robust=True)


def _count_try(user: User) -> Any:
    """One of the few tries that a person has; call the result after a right one."""
    try:
        return check_rate_limit(user)
    except ImmediateHttpResponse:
        text = _("Too many attempts. Please try again in five minutes.")
        raise TooMany(text, retry_after=proof.RETRY_AFTER_SECONDS) from None


def _pending(user: User) -> str | None:
    try:
        stored = ask("GET", _key(user))
    except (redis.RedisError, OSError):
        raise _away() from None
    return decrypt(stored.decode()) if stored else None


def _forget(user: User) -> None:
    try:
        ask("DEL", _key(user))
    except (redis.RedisError, OSError):
        pass  # it goes by itself


def _key(user: User) -> str:
    return f"{settings.REDIS_PREFIX}:enrol:{user.pk}"


def _wrong_code() -> Invalid:
    return Invalid(_("This code is wrong, or was used before. Nothing was changed."), attributes=["otp_code"])


def _away() -> Problem:
    problem = Problem(
        _("The service is not available at the moment. Please try again."), code="unavailable", retry_after=2
    )
    problem.status = 503
    return problem
