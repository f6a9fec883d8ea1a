from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.limits import require_space
from accounts.permissions import Asker, require
from automation import conditions, effects
from automation.models import AutomationRule
from config.problems import Invalid, found
from conversations.models import CustomAttributeDefinition

MOST_RULES = 500
CHANGEABLE = ("name", "description", "event_name", "conditions", "actions", "active")


class InvalidRule(Invalid):
    """The contract answers an invalid rule with {error: {field: [sentences]}}."""

    def __init__(self, flaws: dict[str, list[str]]) -> None:
        self.flaws = flaws
        super().__init__(" ".join(one for many in flaws.values() for one in many), attributes=list(flaws))


@transaction.atomic
def create_rule(*, access: Asker, **values: Any) -> AutomationRule:
    """Raises Forbidden, InvalidRule."""
    require(access, "automation.manage")
    require_space(AutomationRule.objects.for_account(access.account_id), most=MOST_RULES)
    rule = AutomationRule(account_id=access.account_id, **values)
    _check(rule)
    rule.save()
    return rule


@transaction.atomic
def update_rule(*, access: Asker, rule_id: int, **values: Any) -> AutomationRule:
    """Changes what is given. Raises Forbidden, NotFound, InvalidRule."""
    rule = _locked(access, rule_id)
    for name, value in values.items():
        setattr(rule, name, value)
    _check(rule)
    rule.save(update_fields=[*values, "updated_at"])
    return rule


@transaction.atomic
def clone_rule(*, access: Asker, rule_id: int) -> AutomationRule:
    """A copy, switched off: two that do the same would do it twice."""
    rule = _locked(access, rule_id)
    require_space(AutomationRule.objects.for_account(access.account_id), most=MOST_RULES)
    values = {name: getattr(rule, name) for name in CHANGEABLE}
    return create_rule(access=access, **{**values, "active": False})


@transaction.atomic
def delete_rule(*, access: Asker, rule_id: int) -> None:
    _locked(access, rule_id).delete()


def _locked(access: Asker, rule_id: int) -> AutomationRule:
    require(access, "automation.manage")
    rows = AutomationRule.objects.for_account(access.account_id).select_for_update()
    rule: AutomationRule = found(rows.filter(pk=rule_id).first())
    return rule


def _check(rule: AutomationRule) -> None:
    flaws = {
        "name": [] if rule.name.strip() else [_("can't be blank")],
        "event_name": [] if rule.event_name in conditions.EVENTS else [_("is not supported")],
        "conditions": conditions.flaws(rule.conditions, custom_keys=_custom_keys(rule.account_id)),
        "actions": effects.flaws(rule.actions, effects.RULE_ACTIONS),
    }
    found: dict[str, list[str]] = {field: texts for field, texts in flaws.items() if texts}
    if found:
        raise InvalidRule(found)


def _custom_keys(account_id: int) -> set[str]:
    rows = CustomAttributeDefinition.objects.for_account(account_id)
    return set(rows.values_list("attribute_key", flat=True))
