"""The filter of clients (contract 4.2): rows of attribute, operator and values, as a WHERE clause.

Safe by construction: a row's key and operator choose among expressions that are written here; what the client typed
is only ever a parameter. Rows are joined flat, so AND binds before OR, as in SQL.
"""

from __future__ import annotations

import datetime
import decimal
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from config.problems import Invalid
from config.rendering import without_nul
from conversations import shapes
from conversations.models import CustomAttributeDefinition
from conversations.queries.contacts import escaped
from conversations.queries.sql import Sql, joined

MOST_ROWS, MOST_VALUES, LONGEST_VALUE = 50, 200, 1000
_LARGEST = 2**63 - 1

EQUALITY = ("equal_to", "not_equal_to")
PRESENCE = ("is_present", "is_not_present")
CONTAINING = ("contains", "does_not_contain")
DATES = ("is_greater_than", "is_less_than", "days_before")
EVERY = (*EQUALITY, *PRESENCE, *CONTAINING, *DATES)


@dataclass(frozen=True)
class Condition:
    """One row, checked for its form. `values` has no NUL and nothing but texts, numbers and truth values."""

    key: str
    operator: str
    values: tuple[Any, ...]
    join: str  # to the next row: AND, OR or nothing
    model: str


@dataclass(frozen=True)
class Field:
    """What may be asked of a key: `build` makes SQL of a condition."""

    operators: tuple[str, ...]
    build: Callable[[Condition, int], Sql]


def compiled(*, account_id: int, rows: Any, model: str) -> Sql:
    """The WHERE clause over `c`, of `model` "conversation" or "contact". Raises Invalid (422)."""
    conditions = parsed(rows)
    fields = CONVERSATION if model == "conversation" else CONTACT
    custom = _custom_fields(account_id, conditions, fields, model)
    parts: list[Sql] = []
    for condition in conditions:
        parts.append(_clause(condition, account_id, fields, custom))
        if condition.join:
            parts.append(Sql(condition.join))
    return Sql(f"({joined(parts, ' ').text})", joined(parts).params)


def parsed(rows: Any) -> list[Condition]:
    if not isinstance(rows, list) or not rows:
        raise _wrong(_("payload must be a list of conditions"))
    if len(rows) > MOST_ROWS:
        raise _wrong(_("payload has too many conditions (at most %(most)d)") % {"most": MOST_ROWS})
    found = [_parsed(row, is_last=number == len(rows)) for number, row in enumerate(rows, 1)]
    return found


def _parsed(row: Any, *, is_last: bool) -> Condition:
    if not isinstance(row, dict):
        raise _wrong(_("a condition must be an object"))
    key, operator, join = row.get("attribute_key"), row.get("filter_operator"), row.get("query_operator")
    if not isinstance(key, str) or not key or len(key) > 255:
        raise _wrong(_("attribute_key is missing"))
    if operator not in EVERY and operator != "starts_with":
        raise _wrong(_("Invalid operator. The allowed operators for %(key)s are [%(allowed)s].")
                     % {"key": key[:100], "allowed": ",".join(EVERY)})  # fmt: skip
    word = join.upper() if isinstance(join, str) else join
    if is_last and word not in (None, ""):
        raise _wrong(_("query_operator of the last condition must be null"))
    if not is_last and word not in ("AND", "OR"):
        raise _wrong(_("query_operator must be either AND or OR"))
    values = _values(key, row.get("values"))
    if not values and operator not in PRESENCE:
        raise _wrong(_("Invalid value. The values provided for %(key)s are invalid") % {"key": key[:100]})
    model = row.get("custom_attribute_type") or row.get("attribute_model") or ""
    return Condition(without_nul(key), operator, values, word or "", model if isinstance(model, str) else "")


def _values(key: str, given: Any) -> tuple[Any, ...]:
    values = given if isinstance(given, list) else [] if given in (None, "") else [given]
    flat = [one.get("id") if isinstance(one, dict) else one for one in values]
    wrong = any(not isinstance(one, str | int | float | bool) for one in flat)
    long = any(isinstance(one, str) and len(one) > LONGEST_VALUE for one in flat)
    if wrong or long or len(flat) > MOST_VALUES:
        raise _wrong(_("Invalid value. The values provided for %(key)s are invalid") % {"key": key[:100]})
    return tuple(without_nul(one) if isinstance(one, str) else one for one in flat if one != "")


def _wrong(text: str) -> Invalid:
    return Invalid(text, code="invalid_filter")


def _custom_fields(
    account_id: int, conditions: list[Condition], fields: dict[str, Field], model: str
) -> dict[str, Field]:
    """Of the keys that are not standard, those that the account has defined: one query, if there are any."""
    unknown = [one.key for one in conditions if one.key not in fields]
    if not unknown:
        return {}
    of_model = CustomAttributeDefinition.Model[model.upper()]
    found = CustomAttributeDefinition.objects.for_account(account_id).filter(
        attribute_model=of_model, attribute_key__in=unknown
    )
    return {
        key: Field(EVERY, _custom(key, kind))
        for key, kind in found.values_list("attribute_key", "attribute_display_type")
    }


def _clause(one: Condition, account_id: int, fields: dict[str, Field], custom: dict[str, Field]) -> Sql:
    found = fields.get(one.key) or custom.get(one.key)
    if found is None:
        text = _(
            "Invalid attribute key - [%(key)s]. The key should be one of [%(allowed)s] or a custom attribute."
        )
        raise _wrong(text % {"key": one.key[:100], "allowed": ",".join(fields)})
    if one.operator not in found.operators:
        text = _("Invalid operator. The allowed operators for %(key)s are [%(allowed)s].")
        raise _wrong(text % {"key": one.key[:100], "allowed": ",".join(found.operators)})
    clause = found.build(one, account_id)
    return Sql(f"({clause.text})", clause.params)


# --- kinds of columns -----------------------------------------------------------------------------------------
def _invalid_values(one: Condition) -> Invalid:
    return _wrong(_("Invalid value. The values provided for %(key)s are invalid") % {"key": one.key[:100]})


def _present(column: str, one: Condition) -> Sql:
    return Sql(f"{column} IS {'NOT ' if one.operator == 'is_present' else ''}NULL")


def _named(column: str, names: tuple[str, ...]) -> Callable[[Condition, int], Sql]:
    """A number with a name: status, priority."""

    def build(one: Condition, _account: int) -> Sql:
        if "all" in one.values and one.key == "status":
            return Sql("true" if one.operator == "equal_to" else "false")
        if any(value not in names for value in one.values):
            raise _invalid_values(one)
        wanted = [names.index(value) for value in one.values]
        no = "NOT " if one.operator == "not_equal_to" else ""
        return Sql(f"{no}({column} = ANY(%s::smallint[]))", (wanted,))

    return build


def _number(value: Any, one: Condition) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,19}", text) or abs(int(text)) > _LARGEST:
        raise _invalid_values(one)
    return int(text)


def _id(column: str, among: str = "") -> Callable[[Condition, int], Sql]:
    """An id. `among` names the ids behind those that clients use: SELECT … = ANY(%s) of the account (%s)."""

    def build(one: Condition, account_id: int) -> Sql:
        if one.operator in PRESENCE:
            return _present(column, one)
        ids = [_number(value, one) for value in one.values]
        no = "NOT " if one.operator == "not_equal_to" else ""
        if among:
            return Sql(f"{no}({column} IN ({among}))", (account_id, ids))
        return Sql(f"{no}({column} = ANY(%s::bigint[]))", (ids,))

    return build


def _text(column: str, *, lower: bool = False, first_only: bool = False) -> Callable[[Condition, int], Sql]:
    """`not_equal_to` does not find what has no value, as the contract has it."""
    expression = f"lower({column})" if lower else column

    def build(one: Condition, _account: int) -> Sql:
        if one.operator in PRESENCE:
            return Sql(f"coalesce({column}, '') {'<>' if one.operator == 'is_present' else '='} ''")
        values = [str(value) for value in one.values[: 1 if first_only else None]]
        if one.operator in CONTAINING:
            likes = [f"%{escaped(value)}%" for value in values]
            word = "ILIKE ANY" if one.operator == "contains" else "NOT ILIKE ALL"
            return Sql(f"{column} {word}(%s::text[])", (likes,))
        no = "NOT " if one.operator == "not_equal_to" else ""
        known = [value.lower() if lower else value for value in values]
        return Sql(f"{no}({expression} = ANY(%s::text[]))", (known,))

    return build


def _phone(one: Condition, account: int) -> Sql:
    """Values may come without their plus."""
    values = tuple(str(value) if str(value).startswith("+") else f"+{value}" for value in one.values)
    if one.operator == "starts_with":
        likes = [f"{escaped(value)}%" for value in values[:1]]
        return Sql("c.phone_number LIKE ANY(%s::text[])", (likes,))
    if one.operator in CONTAINING:
        values = tuple(value.removeprefix("+") for value in values)
    changed = Condition(one.key, one.operator, values, one.join, one.model)
    return _text("c.phone_number", first_only=True)(changed, account)


def _labels(owner: str) -> Callable[[Condition, int], Sql]:
    """By the rows of labels, whose index finds a rare one without walking the account; the array on the row says the
    rest."""

    def build(one: Condition, account: int) -> Sql:
        if one.operator in PRESENCE:
            return Sql(f"cardinality(c.labels) {'>' if one.operator == 'is_present' else '='} 0")
        titles = [str(value) for value in one.values]
        if one.operator == "not_equal_to":
            return Sql("NOT (c.labels && %s::text[])", (titles,))
        rows = f"SELECT {owner}_id FROM conversations_{owner}label WHERE account_id = %s AND title = ANY(%s)"
        return Sql(f"c.id IN ({rows})", (account, titles))

    return build


def _moment(column: str) -> Callable[[Condition, int], Sql]:
    """Days in UTC, written so that an index on the column can serve."""

    def build(one: Condition, _account: int) -> Sql:
        if one.operator == "days_before":
            return Sql(f"{column} < %s", (_start_of(_days_ago(one)),))
        day = _day(one)
        if one.operator == "is_less_than":
            return Sql(f"{column} < %s", (_start_of(day),))
        return Sql(f"{column} >= %s", (_start_of(day + datetime.timedelta(days=1)),))

    return build


def _start_of(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def _day(one: Condition) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(str(one.values[0])[:10])
    except ValueError:
        raise _invalid_values(one) from None
    if not 1900 <= day.year <= 2999:
        raise _invalid_values(one)
    return day


def _days_ago(one: Condition) -> datetime.date:
    days = _number(one.values[0], one)
    if not 0 <= days <= 100_000:
        raise _invalid_values(one)
    return timezone.now().date() - datetime.timedelta(days=days)


def _flag(column: str) -> Callable[[Condition, int], Sql]:
    def build(one: Condition, _account: int) -> Sql:
        known = {"true": True, "1": True, "false": False, "0": False}
        value = known.get(str(one.values[0]).lower())
        if value is None:
            raise _invalid_values(one)
        return Sql(f"{column} = %s", (value == (one.operator == "equal_to"),))

    return build


def _display_id(one: Condition, account: int) -> Sql:
    if one.operator in CONTAINING:
        return _text("c.display_id::text")(one, account)
    return _id("c.display_id")(one, account)


# --- custom attributes ----------------------------------------------------------------------------------------
_Kind = CustomAttributeDefinition.DisplayType
_NUMERIC = {_Kind.NUMBER, _Kind.CURRENCY, _Kind.PERCENT}


def _custom(key: str, kind: int) -> Callable[[Condition, int], Sql]:
    """The first value only; `not_equal_to` also finds what has none. Whatever was stored, nothing here can fail:
    a text where a number is meant counts as no value."""
    value = Sql("(c.custom_attributes ->> %s)", (key,))
    if kind in _NUMERIC:
        return _custom_number(value)
    if kind == _Kind.DATE:
        return _custom_date(value)
    return _custom_text(value, is_flag=kind == _Kind.CHECKBOX)


def _custom_text(value: Sql, *, is_flag: bool) -> Callable[[Condition, int], Sql]:
    def build(one: Condition, _account: int) -> Sql:
        if one.operator in DATES:
            return _compared(Sql(f"lower({value.text})", value.params), one, str(one.values[0]).lower())
        if one.operator in CONTAINING:
            like = f"%{escaped(str(one.values[0]))}%"
            clause = Sql(f"coalesce({value.text} ILIKE %s, false)", (*value.params, like))
            return Sql(f"NOT {clause.text}", clause.params) if one.operator != "contains" else clause
        wanted = str(one.values[0]).lower() if one.values else ""
        if is_flag and one.operator in EQUALITY:
            wanted = {"1": "true", "0": "false"}.get(wanted, wanted)
        return _compared(Sql(f"lower({value.text})", value.params), one, wanted)

    return build


def _custom_number(value: Sql) -> Callable[[Condition, int], Sql]:
    text = Sql(
        rf"(CASE WHEN {value.text} ~ '^-?[0-9]{{1,30}}(\.[0-9]{{1,30}})?$' THEN {value.text}::numeric END)",
        value.params * 2,
    )

    def build(one: Condition, account: int) -> Sql:
        if one.operator in CONTAINING:
            return _custom_text(value, is_flag=False)(one, account)
        wanted = None if one.operator in PRESENCE else _decimal(one)
        return _compared(text, one, wanted)

    return build


def _decimal(one: Condition) -> decimal.Decimal:
    if not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", str(one.values[0])):
        raise _invalid_values(one)
    return decimal.Decimal(str(one.values[0]))


def _custom_date(value: Sql) -> Callable[[Condition, int], Sql]:
    """ISO dates are in the order of their letters: no cast, which a stored 2026-02-31 would break."""
    text = Sql(
        f"(CASE WHEN {value.text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' THEN left({value.text}, 10) END)",
        value.params * 2,
    )

    def build(one: Condition, account: int) -> Sql:
        if one.operator in CONTAINING:
            return _custom_text(value, is_flag=False)(one, account)
        if one.operator == "days_before":
            return _compared(text, one, _days_ago(one).isoformat())
        return _compared(text, one, None if one.operator in PRESENCE else _day(one).isoformat())

    return build


def _compared(value: Sql, one: Condition, wanted: Any) -> Sql:
    if one.operator in PRESENCE:
        return Sql(f"{value.text} IS {'NOT ' if one.operator == 'is_present' else ''}NULL", value.params)
    if one.operator == "not_equal_to":
        return Sql(f"{value.text} IS DISTINCT FROM %s", (*value.params, wanted))
    sign = {"equal_to": "=", "is_greater_than": ">"}.get(one.operator, "<")
    return Sql(f"{value.text} {sign} %s", (*value.params, wanted))


# --- the keys -------------------------------------------------------------------------------------------------
def _additional(key: str) -> str:
    return f"(c.additional_attributes ->> '{key}')"


_MEMBERS = "SELECT id FROM accounts_membership WHERE account_id = %s AND user_id = ANY(%s::bigint[])"

# Clients know a campaign by its number within the account.
_CAMPAIGN = (
    "(SELECT campaign.display_id FROM conversations_campaign AS campaign "
    "WHERE campaign.account_id = c.account_id AND campaign.id = c.campaign_id)"
)

CONVERSATION: dict[str, Field] = {
    "status": Field(EQUALITY, _named("c.status", shapes.CONVERSATION_STATUSES)),
    "priority": Field(EQUALITY, _named("c.priority", shapes.PRIORITIES)),
    "browser_language": Field(EQUALITY, _text(_additional("browser_language"))),
    "conversation_language": Field(EQUALITY, _text(_additional("conversation_language"))),
    "assignee_id": Field((*EQUALITY, *PRESENCE), _id("c.assignee_id", _MEMBERS)),
    "inbox_id": Field((*EQUALITY, *PRESENCE), _id("c.inbox_id")),
    "team_id": Field((*EQUALITY, *PRESENCE), _id("c.team_id")),
    "campaign_id": Field((*EQUALITY, *PRESENCE), _id(_CAMPAIGN)),
    "labels": Field((*EQUALITY, *PRESENCE), _labels("conversation")),
    "display_id": Field((*EQUALITY, *CONTAINING), _display_id),
    "referer": Field((*EQUALITY, *CONTAINING), _text(_additional("referer"))),
    "mail_subject": Field((*EQUALITY, *CONTAINING), _text(_additional("mail_subject"))),
    "created_at": Field(DATES, _moment("c.created_at")),
    "last_activity_at": Field(DATES, _moment("c.last_activity_at")),
}

CONTACT: dict[str, Field] = {
    "name": Field((*EQUALITY, *CONTAINING), _text("c.name", lower=True, first_only=True)),
    "email": Field((*EQUALITY, *CONTAINING), _text("c.email", lower=True, first_only=True)),
    "phone_number": Field((*EQUALITY, *CONTAINING, "starts_with"), _phone),
    "identifier": Field(EQUALITY, _text("c.identifier", first_only=True)),
    "city": Field((*EQUALITY, *CONTAINING), _text(_additional("city"), lower=True, first_only=True)),
    "company": Field((*EQUALITY, *CONTAINING), _text(_additional("company"), lower=True, first_only=True)),
    "country_code": Field(EQUALITY, _text(_additional("country_code"), first_only=True)),
    "blocked": Field(EQUALITY, _flag("c.blocked")),
    "labels": Field((*EQUALITY, *PRESENCE), _labels("contact")),
    "created_at": Field(DATES, _moment("c.created_at")),
    "last_activity_at": Field(DATES, _moment("c.last_activity_at")),
}
