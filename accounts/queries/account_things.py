"""Named reads of an account and of what is kept beside it."""

from __future__ import annotations

from accounts import shapes
from accounts.cache_keys import cache_keys
from accounts.features import features_of
from accounts.models import Account, DashboardApp, Membership
from accounts.permissions import Asker
from config.problems import found


def account(row: Account) -> shapes.Row:
    return shapes.account(row, features=features_of(row.pk), cache_keys=cache_keys(row.pk))


def own_membership(access: Asker) -> Membership:
    return Membership.objects.for_account(access.account_id).get(user_id=access.user_id)


def dashboard_apps(access: Asker) -> list[shapes.Row]:
    rows = DashboardApp.objects.for_account(access.account_id).order_by("id")
    return [shapes.dashboard_app(row) for row in rows]


def find_dashboard_app(access: Asker, app_id: int) -> DashboardApp:
    """Raises NotFound."""
    return found(DashboardApp.objects.for_account(access.account_id).filter(pk=app_id).first())
