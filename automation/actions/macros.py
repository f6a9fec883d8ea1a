from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.limits import require_space
from accounts.models import Role
from accounts.permissions import Asker
from automation import effects
from automation.actions.rules import InvalidRule
from automation.models import Macro
from automation.queries.macros import visible_macros
from config.problems import Forbidden, found

Visibility = Macro.Visibility
MOST_MACROS = 1000


@transaction.atomic
def create_macro(*, access: Asker, name: str, actions: Any, visibility: int = Visibility.PERSONAL) -> Macro:
    """An agent's is always personal. Raises InvalidRule, Invalid."""
    require_space(Macro.objects.for_account(access.account_id), most=MOST_MACROS)
    macro = Macro(
        account_id=access.account_id,
        name=name,
        actions=actions,
        visibility=_allowed(access, visibility),
        created_by_id=access.user_id,
        updated_by_id=access.user_id,
    )
    _check(macro)
    macro.save()
    return macro


@transaction.atomic
def update_macro(*, access: Asker, macro_id: int, **values: Any) -> Macro:
    """Changes what is given of `name`, `actions`, `visibility`. Raises NotFound, Forbidden, InvalidRule."""
    macro = _locked(access, macro_id)
    if macro.visibility == Visibility.GLOBAL and access.role != Role.ADMINISTRATOR:
        raise Forbidden(_("You may not do that. Nothing was changed."))
    if "visibility" in values:
        values["visibility"] = _allowed(access, values["visibility"])
    for name, value in {**values, "updated_by_id": access.user_id}.items():
        setattr(macro, name, value)
    _check(macro)
    macro.save()
    return macro


@transaction.atomic
def delete_macro(*, access: Asker, macro_id: int) -> None:
    """Its author, or an administrator for a global one whose author is gone."""
    macro = _locked(access, macro_id)
    is_orphan = macro.created_by_id is None and macro.visibility == Visibility.GLOBAL
    if macro.created_by_id != access.user_id and not (is_orphan and access.role == Role.ADMINISTRATOR):
        raise Forbidden(_("Only its author may delete a macro. Nothing was changed."))
    macro.delete()


def _allowed(access: Asker, visibility: int) -> int:
    return visibility if access.role == Role.ADMINISTRATOR else Visibility.PERSONAL


def _locked(access: Asker, macro_id: int) -> Macro:
    macro: Macro = found(visible_macros(access).select_for_update(of=("self",)).filter(pk=macro_id).first())
    return macro


def _check(macro: Macro) -> None:
    flaws = {
        "name": [] if macro.name.strip() else [_("can't be blank")],
        "actions": effects.flaws(macro.actions, effects.MACRO_ACTIONS),
    }
    found: dict[str, list[str]] = {field: texts for field, texts in flaws.items() if texts}
    if found:
        raise InvalidRule(found)
