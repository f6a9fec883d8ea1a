"""What an account keeps at hand for its work: canned responses, definitions of custom attributes, and each
member's own filters."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name
from accounts.actions.limits import require_space
from accounts.permissions import Asker, require
from config.problems import Invalid, found
from conversations.models import CannedResponse, CustomAttributeDefinition, CustomFilter
from conversations.queries.keeping import own_filters
from inboxes.queries import Access

MOST_FILTERS, MOST_CANNED, MOST_ATTRIBUTES = 1000, 5000, 500
_BOTH = {"created_at", "last_activity_at", "referer"}
# Names that conversations and contacts have by themselves.
STANDARD_KEYS = {
    CustomAttributeDefinition.Model.CONVERSATION: _BOTH
    | {"status", "priority", "assignee_id", "inbox_id", "team_id", "display_id", "campaign_id", "labels"}
    | {"browser_language", "country_code"},
    CustomAttributeDefinition.Model.CONTACT: _BOTH
    | {"name", "email", "phone_number", "identifier", "country_code", "city", "blocked"},
}


# --- canned responses -----------------------------------------------------------------------------------------
@transaction.atomic
def create_canned(*, access: Asker, short_code: str, content: str) -> CannedResponse:
    """Raises Forbidden, Invalid."""
    require(access, "canned.manage")
    require_space(CannedResponse.objects.for_account(access.account_id), most=MOST_CANNED)
    return _save_canned(
        CannedResponse(account_id=access.account_id), {"short_code": short_code, "content": content}
    )


@transaction.atomic
def update_canned(*, access: Asker, canned_id: int, **values: Any) -> CannedResponse:
    """Short_code, content. Raises Forbidden, NotFound, Invalid."""
    require(access, "canned.manage")
    return _save_canned(_lock(CannedResponse, access, canned_id), values)


@transaction.atomic
def delete_canned(*, access: Asker, canned_id: int) -> None:
    """Raises Forbidden, NotFound."""
    require(access, "canned.manage")
    _lock(CannedResponse, access, canned_id).delete()


def _save_canned(row: CannedResponse, values: dict[str, Any]) -> CannedResponse:
    if "short_code" in values:
        values["short_code"] = clean_name(values["short_code"], field="short_code")
    if "content" in values and not values["content"].strip():
        raise Invalid(_("Content can't be blank"), attributes=["content"])
    return _save(row, values, taken="short_code")


# --- definitions of custom attributes -------------------------------------------------------------------------
@transaction.atomic
def create_attribute(*, access: Asker, **values: Any) -> CustomAttributeDefinition:
    """Columns of CustomAttributeDefinition; display name and key at least. Raises Forbidden, Invalid."""
    require(access, "attribute.manage")
    require_space(CustomAttributeDefinition.objects.for_account(access.account_id), most=MOST_ATTRIBUTES)
    return _save_attribute(CustomAttributeDefinition(account_id=access.account_id), values)


@transaction.atomic
def update_attribute(*, access: Asker, definition_id: int, **values: Any) -> CustomAttributeDefinition:
    """What it is of and its key stay: values lie under them. Raises Forbidden, NotFound, Invalid."""
    require(access, "attribute.manage")
    row = _lock(CustomAttributeDefinition, access, definition_id)
    for field in ("attribute_model", "attribute_key"):
        values.pop(field, None)
    return _save_attribute(row, values)


@transaction.atomic
def delete_attribute(*, access: Asker, definition_id: int) -> None:
    """Values that were stored under its key stay. Raises Forbidden, NotFound."""
    require(access, "attribute.manage")
    _lock(CustomAttributeDefinition, access, definition_id).delete()


def _save_attribute(row: CustomAttributeDefinition, values: dict[str, Any]) -> CustomAttributeDefinition:
    for field in ("attribute_display_name", "attribute_key"):
        if field in values:
            values[field] = clean_name(values[field], field=field)
    kind = CustomAttributeDefinition.Model(values.get("attribute_model", row.attribute_model))
    if values.get("attribute_key") in STANDARD_KEYS[kind]:
        raise Invalid(_("Attribute key is one that is there already."), attributes=["attribute_key"])
    return _save(row, values, taken="attribute_key")


# --- filters --------------------------------------------------------------------------------------------------
@transaction.atomic
def create_filter(*, access: Access, name: str, filter_type: int, query: dict[str, Any]) -> CustomFilter:
    """Of the asker, who may have 1000. Raises Invalid."""
    if own_filters(access).count() >= MOST_FILTERS:
        raise Invalid(_("You have 1000 filters already. Delete one first."), attributes=["name"])
    row = CustomFilter(account_id=access.account_id, membership_id=access.membership_id)
    return _save_filter(row, {"name": name, "filter_type": filter_type, "query": query})


@transaction.atomic
def update_filter(*, access: Access, filter_id: int, **values: Any) -> CustomFilter:
    """Raises NotFound, Invalid."""
    return _save_filter(_own(access, filter_id), values)


@transaction.atomic
def delete_filter(*, access: Access, filter_id: int) -> None:
    """Raises NotFound."""
    _own(access, filter_id).delete()


def _save_filter(row: CustomFilter, values: dict[str, Any]) -> CustomFilter:
    if "name" in values:
        values["name"] = clean_name(values["name"])
    return _save(row, values)


def _own(access: Access, filter_id: int) -> CustomFilter:
    return found(own_filters(access).select_for_update(no_key=True).filter(pk=filter_id).first())


# --- what they share ------------------------------------------------------------------------------------------
def _lock(model: Any, access: Asker, pk: int) -> Any:
    return found(
        model.objects.for_account(access.account_id).select_for_update(no_key=True).filter(pk=pk).first()
    )


def _save(row: Any, values: dict[str, Any], *, taken: str = "") -> Any:
    for field, value in values.items():
        setattr(row, field, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        name = taken.replace("_", " ").capitalize()
        message = _("%(field)s is in use already.") % {"field": name}
        raise Invalid(message, attributes=[taken], code="taken") from None
    row.refresh_from_db()
    return row
