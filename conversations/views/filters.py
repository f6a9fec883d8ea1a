"""The state of a list in its query string: tab, status, order, page. What is unknown becomes the default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.queries.lists import ListFilter
from conversations.views.scopes import Scope

TABS: dict[str, Promise] = {"me": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}
STATUSES: dict[str, Promise] = {
    "open": _("Open"),
    "pending": _("Pending"),
    "snoozed": _("Snoozed"),
    "resolved": _("Resolved"),
    "all": _("All"),
}
# name in the URL: (words, the query's own name)
ORDERS: dict[str, tuple[Promise, str]] = {
    "latest": (_("Last activity"), "last_activity_at_desc"),
    "oldest": (_("Last activity, oldest first"), "last_activity_at_asc"),
    "newest": (_("Newest conversation"), "created_at_desc"),
    "first": (_("Oldest conversation"), "created_at_asc"),
    "priority": (_("Priority, highest first"), "priority_desc"),
    "unimportant": (_("Priority, lowest first"), "priority_asc"),
    "waiting": (_("Waiting longest"), "waiting_since_asc"),
    "patient": (_("Waiting shortest"), "waiting_since_desc"),
}
_COUNTS = {"me": "mine_count", "unassigned": "unassigned_count", "all": "all_count"}
LAST_PAGE = 400


@dataclass(frozen=True)
class ListState:
    tab: str = "me"
    status: str = "open"
    order: str = "latest"
    page: int = 1
    unread: str = ""

    @property
    def query(self) -> str:
        """ "?tab=all&status=pending", without what is the default; "" if all of it is."""
        changed = {k: v for k, v in vars(self).items() if v != getattr(ListState, k)}
        return f"?{urlencode(changed)}" if changed else ""

    def with_(self, **values: Any) -> ListState:
        return replace(self, page=1, **values)

    def filters(self, scope: Scope) -> ListFilter:
        return ListFilter(
            status=self.status,
            assignee_type=self.tab,
            sort=ORDERS[self.order][1],
            page=self.page,
            unread=bool(self.unread),
            **scope.filters,
        )


def read_state(query: QueryDict) -> ListState:
    page = query.get("page", "1")
    return ListState(
        tab=_one_of(query.get("tab"), TABS, "me"),
        status=_one_of(query.get("status"), STATUSES, "open"),
        order=_one_of(query.get("order"), ORDERS, "latest"),
        unread="1" if query.get("unread") == "1" else "",
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdigit() and int(page) else 1,
    )


def _one_of(value: str | None, allowed: dict[str, Any], default: str) -> str:
    return value if value in allowed else default


def tab_counts(counts: dict[str, Any]) -> dict[str, Any]:
    """The query's counts by the names of the tabs; None for those not counted."""
    return {tab: counts.get(name) for tab, name in _COUNTS.items()}


def choices(state: ListState, scope: Scope, counts: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Tabs, status chips and orders as links that change one thing and keep the rest."""
    numbers = tab_counts(counts)

    def link(name: str, value: str, title: Any, **more: Any) -> dict[str, Any]:
        url = scope.url + state.with_(**{name: value}).query
        return {"name": value, "title": title, "url": url, "on": getattr(state, name) == value, **more}

    return {
        "tabs": [link("tab", value, title, count=numbers[value]) for value, title in TABS.items()],
        "statuses": [link("status", value, title) for value, title in STATUSES.items()],
        "orders": [link("order", value, title) for value, (title, _name) in ORDERS.items()],
    }
