"""Pages of the account's own beside its conversations. Any member may keep them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name, clean_web_address
from accounts.actions.limits import require_space
from accounts.models import DashboardApp
from accounts.permissions import Asker, require
from config.problems import Invalid, NotFound

MOST_PAGES, MOST_APPS = 20, 100


@transaction.atomic
def create_dashboard_app(*, access: Asker, title: str, content: Any) -> DashboardApp:
    """`content` as [{type: "frame", url}]. Raises Forbidden, Invalid."""
    require(access, "dashboard_app.manage")
    require_space(DashboardApp.objects.for_account(access.account_id), most=MOST_APPS)
    return DashboardApp.objects.create(
        account_id=access.account_id,
        user_id=access.user_id,
        title=clean_name(title, field="title"),
        content=_clean_content(content),
    )


@transaction.atomic
def update_dashboard_app(*, access: Asker, app_id: int, **values: Any) -> DashboardApp:
    """Title, content. Raises Forbidden, NotFound, Invalid."""
    require(access, "dashboard_app.manage")
    app = _lock(access, app_id)
    if "title" in values:
        app.title = clean_name(values["title"], field="title")
    if "content" in values:
        app.content = _clean_content(values["content"])
    app.save()
    return app


@transaction.atomic
def delete_dashboard_app(*, access: Asker, app_id: int) -> None:
    """Raises Forbidden, NotFound."""
    require(access, "dashboard_app.manage")
    _lock(access, app_id).delete()


def _clean_content(content: Any) -> list[dict[str, str]]:
    if not isinstance(content, list) or not 1 <= len(content) <= MOST_PAGES:
        raise Invalid(_("Content must list between 1 and 20 pages."), attributes=["content"])
    if not all(isinstance(page, dict) and page.get("type") == "frame" for page in content):
        raise Invalid(_("Content may only hold pages of the type frame."), attributes=["content"])
    return [{"type": "frame", "url": clean_web_address(page.get("url"), field="content")} for page in content]


def _lock(access: Asker, app_id: int) -> DashboardApp:
    apps = DashboardApp.objects.for_account(access.account_id).select_for_update(no_key=True)
    app = apps.filter(pk=app_id).first()
    if app is None:
        raise NotFound(_("There is no such dashboard app."))
    return app
