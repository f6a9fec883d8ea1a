from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Role
from accounts.permissions import Asker
from automation import shapes
from automation.integrations import APPS
from automation.models import IntegrationHook
from config.problems import NotFound


def hooks(account_id: int) -> QuerySet[IntegrationHook]:
    """With their inboxes."""
    return IntegrationHook.objects.for_account(account_id).select_related("inbox").order_by("id")


def integrations(access: Asker) -> list[shapes.Row]:
    """Every app, with what is switched on of it."""
    rows = list(hooks(access.account_id))
    return [_integration(access, app_id, rows) for app_id in APPS]


def integration(access: Asker, app_id: str) -> shapes.Row:
    """Raises NotFound."""
    if app_id not in APPS:
        raise NotFound()
    return _integration(access, app_id, list(hooks(access.account_id).filter(app_id=app_id)))


def _integration(access: Asker, app_id: str, rows: list[IntegrationHook]) -> shapes.Row:
    own = [hook_shape(access, row) for row in rows if row.app_id == app_id]
    return shapes.integration(APPS[app_id], own, with_configuration=_is_administrator(access))


def hook_shape(access: Asker, row: IntegrationHook) -> shapes.Row:
    return shapes.hook(row, app=APPS[row.app_id], with_settings=_is_administrator(access), inbox=row.inbox)


def _is_administrator(access: Asker) -> bool:
    return access.role == Role.ADMINISTRATOR
