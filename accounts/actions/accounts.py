"""Accounts themselves: opened, renamed, suspended."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.input import clean_choice, clean_email, clean_name
from accounts.actions.people import person
from accounts.events import AccessChanged
from accounts.models import Account, Membership, Role, User
from accounts.permissions import Asker, require
from config.database import platform_scope
from config.events import publish
from config.problems import Forbidden, Invalid, NotFound

_FIELDS = {"name", "locale", "domain", "support_email", "upload_megabytes"}
# Merged into what is there: Account.settings and the part of Account.custom_attributes that is the account's own.
_MERGED = {"settings", "custom_attributes"}
_LOCALES = {"zh_cn": "zh-hans", "zh-cn": "zh-hans"}


@transaction.atomic
def create_account(*, by: User, name: str, locale: str = "en", administrator: User | None = None) -> Account:
    """With `administrator` (or whoever signs up) as its first administrator. Operators may always, others
    while sign-up is open. Raises Forbidden, Invalid."""
    if not (by.is_superuser or (settings.SIGNUP_ENABLED and administrator == by)):
        raise Forbidden(_("New accounts cannot be opened here."))
    with platform_scope("an account that is being opened has no scope yet"):
        account = Account.objects.create(name=clean_name(name), locale=_clean_locale(locale))
        if administrator is not None:
            Membership.objects.create(account=account, user=administrator, role=Role.ADMINISTRATOR)
        record_audit(actor=person(by), account_id=account.pk, action="account.created", subject=account)
    return account


@transaction.atomic
def update_account(*, access: Asker, **values: Any) -> Account:
    """Name, locale, domain, support_email, upload_megabytes (of one file; None: as the installation has it);
    settings and custom_attributes, whose other keys stay. Raises Forbidden, Invalid."""
    require(access, "account.update")
    unknown = values.keys() - _FIELDS - _MERGED
    if unknown:
        raise Invalid(_("These fields cannot be changed here."), attributes=sorted(unknown))
    values = clean_account_values(values=values)
    account = _lock(access.account_id)
    if "upload_megabytes" in values:
        megabytes = _clean_megabytes(values.pop("upload_megabytes"))
        others = {name: value for name, value in account.limits.items() if name != "upload_megabytes"}
        values["limits"] = others | ({"upload_megabytes": megabytes} if megabytes else {})
    for field in _MERGED & values.keys():
        values[field] = {**getattr(account, field), **values[field]}
    changes = {field: [getattr(account, field), new] for field, new in values.items()}
    changes = {field: pair for field, pair in changes.items() if pair[0] != pair[1]}
    for field, (_old, new) in changes.items():
        setattr(account, field, new)
    account.save(update_fields=[*changes, "updated_at"])
    record_audit(
        actor=access.actor,
        account_id=account.pk,
        action="account.updated",
        subject=account,
        changes=changes,
    )
    return account


def clean_account_values(*, values: dict[str, Any]) -> dict[str, Any]:
    """Raises Invalid."""
    if "name" in values:
        values["name"] = clean_name(values["name"])
    if "locale" in values:
        values["locale"] = _clean_locale(values["locale"])
    if values.get("support_email"):
        values["support_email"] = clean_email(values["support_email"])
    return values


@transaction.atomic
def change_account_status(*, by: User, account_id: int, status: int) -> Account:
    """Suspended: nobody signs in to it, no token opens it, its sockets close. By operators. Raises Forbidden,
    NotFound, Invalid."""
    if not by.is_superuser:
        raise Forbidden(_("Only operators of the platform may do that. Nothing was changed."))
    status = clean_choice(status, Account.Status, field="status")
    with platform_scope("operators suspend accounts they are not in"):
        account = _lock(account_id)
        old, account.status = account.status, status
        if old == status:
            return account
        account.save(update_fields=["status", "updated_at"])
        record_audit(
            actor=person(by),
            account_id=account.pk,
            action="account.status_changed",
            subject=account,
            changes={"status": [Account.Status(old).name.lower(), Account.Status(status).name.lower()]},
        )
        # Of nobody in particular: every socket of the account asks again.
        publish(AccessChanged(account_id=account.pk, actor=person(by).as_payload(), user_id=0))
    return account


def _lock(account_id: int) -> Account:
    # No key update: every message refers to its account, and must not wait for this.
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound(_("There is no such account."))
    return account


def _clean_locale(locale: object) -> str:
    text = str(locale).strip().lower()
    text = _LOCALES.get(text, text)
    if text not in dict(settings.LANGUAGES):
        raise Invalid(_("Locale is not one of the languages here."), attributes=["locale"])
    return text


def _clean_megabytes(value: object) -> int | None:
    """No more than all files of a message may have together."""
    most = settings.MAX_MESSAGE_BYTES // (1024 * 1024)
    if value in (None, ""):
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        text = _("Files may have between 1 and %(most)d MB.") % {"most": most}
        raise Invalid(text, attributes=["upload_megabytes"])
    return value
