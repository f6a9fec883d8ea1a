from __future__ import annotations

from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.permissions import Asker, require
from automation.integrations import APPS, App, flaws
from automation.models import IntegrationHook
from config.problems import Invalid, found
from inboxes.models import Inbox


@transaction.atomic
def create_hook(
    *, access: Asker, app_id: str, settings: Any, inbox_id: int | None = None, enabled: bool = True
) -> IntegrationHook:
    """Raises Forbidden, Invalid, NotFound for an inbox that is not there."""
    require(access, "integration.manage")
    app = APPS.get(app_id)
    if app is None:
        raise Invalid(_("App %s is not known here.") % app_id[:64], attributes=["app_id"])
    inbox = _inbox(access, app, inbox_id)
    _check(app, settings)
    try:
        with transaction.atomic():
            hook: IntegrationHook = IntegrationHook.objects.create(
                account_id=access.account_id,
                app_id=app_id,
                inbox=inbox,
                enabled=enabled,
                settings=orjson.dumps(settings).decode(),
            )
    except IntegrityError as error:
        raise Invalid(_("It is switched on already. Nothing was changed."), attributes=["app_id"]) from error
    return hook


@transaction.atomic
def update_hook(
    *, access: Asker, hook_id: int, settings: Any = None, enabled: bool | None = None
) -> IntegrationHook:
    """Settings are merged: a key that is not sent stays. Raises Forbidden, NotFound, Invalid."""
    hook = _locked(access, hook_id)
    if settings is not None:
        merged = {**orjson.loads(hook.settings), **settings} if isinstance(settings, dict) else settings
        _check(APPS[hook.app_id], merged)
        hook.settings = orjson.dumps(merged).decode()
    if enabled is not None:
        hook.enabled = enabled
    hook.save()
    return hook


@transaction.atomic
def delete_hook(*, access: Asker, hook_id: int) -> None:
    _locked(access, hook_id).delete()


def _check(app: App, settings: Any) -> None:
    found = flaws(app, settings)
    if found:
        raise Invalid(" ".join(found), attributes=["settings"])


def _inbox(access: Asker, app: App, inbox_id: int | None) -> Inbox | None:
    if not app.of_inbox:
        return None
    if inbox_id is None:
        raise Invalid(_("inbox_id is missing"), attributes=["inbox_id"])
    inbox: Inbox = found(Inbox.objects.for_account(access.account_id).filter(pk=inbox_id).first())
    return inbox


def _of(access: Asker) -> Any:
    return IntegrationHook.objects.for_account(access.account_id)


def _locked(access: Asker, hook_id: int) -> IntegrationHook:
    require(access, "integration.manage")
    hook: IntegrationHook = found(_of(access).select_for_update().filter(pk=hook_id).first())
    return hook
