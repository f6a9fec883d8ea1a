from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name
from accounts.permissions import Asker, require
from config.problems import Invalid, found
from conversations.models import Company

MOST_NAME, MOST_DESCRIPTION = 100, 1000
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@transaction.atomic
def create_company(*, access: Asker, **values: Any) -> Company:
    """Name, domain (None for none), description. Raises Forbidden, Invalid."""
    require(access, "contact.update")
    return _saved(Company(account_id=access.account_id), values)


@transaction.atomic
def update_company(*, access: Asker, company_id: int, **values: Any) -> Company:
    """Raises Forbidden, NotFound, Invalid."""
    require(access, "contact.update")
    return _saved(_locked(access, company_id), values)


@transaction.atomic
def delete_company(*, access: Asker, company_id: int) -> None:
    """Its contacts stay. Raises Forbidden, NotFound."""
    require(access, "contact.delete")
    _locked(access, company_id).delete()


def _locked(access: Asker, company_id: int) -> Company:
    rows = Company.objects.for_account(access.account_id).select_for_update(no_key=True)
    return found(rows.filter(pk=company_id).first())


def _saved(company: Company, values: dict[str, Any]) -> Company:
    for name, value in values.items():
        setattr(company, name, value)
    company.name = clean_name(company.name)
    if len(company.name) > MOST_NAME:
        raise Invalid(_("Name is too long (maximum is 100 characters)"), attributes=["name"])
    company.domain = _clean_domain(company.domain)
    try:
        with transaction.atomic():
            company.save()
    except IntegrityError:
        raise Invalid(_("Domain has already been taken"), attributes=["domain"]) from None
    return company


def _clean_domain(domain: str | None) -> str | None:
    text = (domain or "").strip().lower()
    if text and not _DOMAIN.fullmatch(text):
        raise Invalid(_("Domain must be a name such as example.com."), attributes=["domain"])
    return text or None
