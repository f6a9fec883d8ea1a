"""What a rule may ask of an event. Pure: names, operators and shapes; nothing is looked up here."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

EVENTS = (
    "conversation_created",
    "conversation_updated",
    "conversation_opened",
    "conversation_resolved",
    "message_created",
)

_EQUAL = ("equal_to", "not_equal_to")
_PRESENT = (*_EQUAL, "is_present", "is_not_present")
_TEXT = (*_EQUAL, "contains", "does_not_contain")

STANDARD: dict[str, tuple[str, ...]] = {
    "message_type": _EQUAL,
    "content": _TEXT,
    "status": _EQUAL,
    "priority": _EQUAL,
    "browser_language": _EQUAL,
    "conversation_language": _EQUAL,
    "inbox_id": _PRESENT,
    "assignee_id": _PRESENT,
    "team_id": _PRESENT,
    "labels": _PRESENT,
    "referer": _TEXT,
    "mail_subject": _TEXT,
    "email": _TEXT,
    "phone_number": (*_TEXT, "starts_with"),
    "country_code": _EQUAL,
    "city": _TEXT,
    "company": _TEXT,
}
# On a custom attribute, whatever its type makes sense of.
_ANY_OPERATOR = (
    *_TEXT,
    "is_present",
    "is_not_present",
    "is_greater_than",
    "is_less_than",
    "starts_with",
    "days_before",
)
_CUSTOM_TYPES = ("", "conversation_attribute", "contact_attribute")
MOST_CONDITIONS = 50


def flaws(conditions: Any, *, custom_keys: set[str]) -> list[str]:
    """What is wrong with a rule's conditions, in sentences; empty when nothing is."""
    if not isinstance(conditions, list) or len(conditions) > MOST_CONDITIONS:
        return [_("Conditions must be a list of at most %d.") % MOST_CONDITIONS]
    found = [flaw for one in conditions for flaw in _flaws_of(one, custom_keys)]
    # Each but the last says how the next one is joined to it.
    open_ends = [one for one in conditions[:-1] if isinstance(one, dict) and not one.get("query_operator")]
    if open_ends:
        found.append(_("Every condition but the last needs a query_operator (and, or)."))
    if conditions and isinstance(conditions[-1], dict) and conditions[-1].get("query_operator"):
        found.append(_("The last condition must not have a query_operator."))
    return found


def _flaws_of(condition: Any, custom_keys: set[str]) -> list[str]:
    if not isinstance(condition, dict):
        return [_("A condition must be an object.")]
    key, operator = condition.get("attribute_key"), condition.get("filter_operator")
    if not isinstance(key, str) or (key not in STANDARD and key not in custom_keys):
        return [_("Automation conditions %s not supported.") % key]
    found = []
    if operator == "attribute_changed":
        if not isinstance(condition.get("values"), dict):
            found.append(_("attribute_changed needs values with from and to."))
    elif operator not in STANDARD.get(key, _ANY_OPERATOR):
        found.append(_("%(operator)s cannot be asked of %(key)s.") % {"operator": operator, "key": key})
    elif operator not in ("is_present", "is_not_present") and not _has_values(condition.get("values")):
        found.append(_("%s needs values.") % key)
    if str(condition.get("query_operator") or "and").lower() not in ("and", "or"):
        found.append(_("query_operator must be and, or, or empty."))
    if condition.get("custom_attribute_type") not in (None, *_CUSTOM_TYPES):
        found.append(_("custom_attribute_type must be conversation_attribute or contact_attribute."))
    return found


def _has_values(values: Any) -> bool:
    return values not in (None, "", [], {})
