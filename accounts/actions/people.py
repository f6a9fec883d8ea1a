"""The person behind the memberships. Changed only by themselves or by the platform's operators: an account's
administrator never reaches what also belongs to another account."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.access import announce_access_everywhere
from accounts.actions.input import clean_email, clean_name
from accounts.actors import Actor
from accounts.avatars import replace_avatar
from accounts.models import AccessToken, User
from config.problems import Forbidden, Invalid

# By the person or an operator; and by an operator alone.
_OWN_FIELDS = {
    "name",
    "display_name",
    "email",
    "message_signature",
    "locale",
    "ui_settings",
    "custom_attributes",
}
_OPERATOR_FIELDS = {"is_active", "is_superuser"}
_ENDS_SESSIONS = {"email", *_OPERATOR_FIELDS}


@transaction.atomic
def create_user(*, by: User, email: str, name: str) -> User:
    """By an operator, without a password: the person asks for a link. Raises Forbidden, Invalid."""
    if not by.is_superuser:
        raise _forbidden()
    address, named = clean_email(email), clean_name(name)
    try:
        with transaction.atomic():
            return User.objects.create_user(address, None, name=named)
    except IntegrityError:
        raise _taken() from None


@transaction.atomic
def change_user(*, by: User, user: User, **values: Any) -> User:
    """The changed row. A new address or state ends the person's sessions. Raises Forbidden, Invalid."""
    _require(by, user, _OPERATOR_FIELDS & values.keys())
    if by.pk == user.pk and _OPERATOR_FIELDS & values.keys():
        raise Invalid(
            _("Operators cannot lock themselves out."), attributes=sorted(_OPERATOR_FIELDS & values.keys())
        )
    unknown = values.keys() - _OWN_FIELDS - _OPERATOR_FIELDS
    if unknown:
        raise Invalid(_("These fields cannot be changed here."), attributes=sorted(unknown))
    if "name" in values:
        values["name"] = clean_name(values["name"])
    if "email" in values:
        values["email"] = clean_email(values["email"])
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    changed = {field: value for field, value in values.items() if getattr(row, field) != value}
    for field, value in changed.items():
        setattr(row, field, value)
    if changed.keys() & _ENDS_SESSIONS:
        row.rotate_streams()
    _save(row, changed, is_proven=by.is_superuser)
    if changed.keys() & _ENDS_SESSIONS:
        announce_access_everywhere(actor=person(by), user_id=row.pk)
    return row


def _save(row: User, changed: dict[str, Any], *, is_proven: bool) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=[*changed, "pubsub_token", "updated_at"])
    except IntegrityError:
        raise _taken() from None
    if "email" in changed:
        # The former address must neither sign in nor receive a reset link any more.
        EmailAddress.objects.filter(user=row).delete()
        EmailAddress.objects.create(user=row, email=row.email, primary=True, verified=is_proven)


@transaction.atomic
def set_password(*, by: User, user: User, password: str) -> None:
    """Ends every session and socket of the person and every named token, and replaces the one without a name, if
    they have one. Raises Forbidden, Invalid."""
    _require(by, user)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), attributes=["password"]) from None
    user.set_password(password)
    user.rotate_streams()
    user.save(update_fields=["password", "pubsub_token", "updated_at"])
    AccessToken.objects.filter(user=user).exclude(name="").delete()
    if AccessToken.objects.filter(user=user).exists():
        AccessToken.issue(user=user)
    announce_access_everywhere(actor=person(by), user_id=user.pk)


@transaction.atomic
def change_own_access(
    *, person: User, current_password: str, email: str | None = None, password: str | None = None
) -> User:
    """Address and password, by the person with a token: a stolen one must not be enough to take the user over.
    Raises Invalid."""
    if not person.check_password(current_password):
        message = _(
            "Current password is wrong or missing. It is needed to change the e-mail or the password."
        )
        raise Invalid(message, attributes=["current_password"], code="wrong_password")
    if email is not None:
        person = change_user(by=person, user=person, email=email)
    if password is not None:
        set_password(by=person, user=person, password=password)
    return person


@transaction.atomic
def change_avatar(*, person: User, upload: Any | None) -> User:
    """None takes the picture away. Raises Invalid, TooLarge."""
    row = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    replace_avatar(row, upload)
    return row


@transaction.atomic
def end_sessions(*, by: User, user: User) -> None:
    """Signs the person out everywhere; the API token stays. Raises Forbidden."""
    _require(by, user)
    user.rotate_streams()
    user.save(update_fields=["pubsub_token", "updated_at"])
    announce_access_everywhere(actor=person(by), user_id=user.pk)


@transaction.atomic
def reset_access_token(*, by: User, user: User) -> AccessToken:
    """A new API token; the former one ends at once. Raises Forbidden."""
    _require(by, user)
    token = AccessToken.issue(user=user)
    announce_access_everywhere(actor=person(by), user_id=user.pk)
    return token


def person(user: User) -> Actor:
    """The actor of somebody who acts as themselves, outside of any account."""
    return Actor("user", user.pk, user.available_name)


def _require(by: User, user: User, operator_fields: Any = ()) -> None:
    if by.is_superuser and by.is_active:
        return
    if by.pk != user.pk or operator_fields:
        raise _forbidden()


def _forbidden() -> Forbidden:
    return Forbidden(_("Only the person or an operator of the platform may do that. Nothing was changed."))


def _taken() -> Invalid:
    return Invalid(_("Email is in use already."), attributes=["email"], code="taken")
