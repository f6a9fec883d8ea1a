"""Lists of conversations: the whole page with an empty pane, the list alone, its next page, its numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from conversations.queries.finder import Finder, counts_of, page_of
from conversations.views.filters import ListState, choices, read_state, tab_counts
from conversations.views.pages import DeskRequest, answer, uncached, wanted_part
from conversations.views.scopes import Scope, find_scope
from inboxes.edge import account_view

PAGE_SIZE = 25


@account_view
@require_safe
def show_list(request: DeskRequest, **place: Any) -> HttpResponse:
    scope = find_scope(access=request.access, **place)
    state = read_state(request.GET)
    part = wanted_part(request)
    if part == "more":
        return answer(request, "conversations/_rows.html", rows_context(request, scope, state))
    template = "conversations/_list.html" if part == "list" else "conversations/page.html"
    return answer(request, template, list_context(request, scope, state))


@account_view
@require_safe
def show_counts(request: DeskRequest, **place: Any) -> HttpResponse:
    """{"me": n, "unassigned": n, "all": n} of the list that asks."""
    scope = find_scope(access=request.access, **place)
    wanted = wanted_of(scope, read_state(request.GET))
    return uncached(JsonResponse(tab_counts(counts_of(access=request.access, wanted=wanted))))


def wanted_of(scope: Scope, state: ListState) -> Finder:
    return Finder(base=state.filters(scope), **scope.narrowing)


def list_context(request: DeskRequest, scope: Scope, state: ListState) -> dict[str, Any]:
    """Two queries: the rows and the counts."""
    counts = counts_of(access=request.access, wanted=wanted_of(scope, state))
    return {
        **rows_context(request, scope, state),
        **choices(state, scope, counts),
        "counts": counts,
    }


def rows_context(request: DeskRequest, scope: Scope, state: ListState) -> dict[str, Any]:
    rows = page_of(access=request.access, wanted=wanted_of(scope, state))
    following = replace(state, page=state.page + 1)
    return {
        "scope": scope,
        "rows": rows,
        "query": state.with_().query,
        "list_url": scope.url + state.with_().query,
        "counts_url": f"{scope.base}/counts{state.with_().query}",
        "tab": state.tab,
        "status": state.status,
        "order": state.order,
        "unread": state.unread,
        "unread_url": scope.url + state.with_(unread="" if state.unread else "1").query,
        "next_page": scope.url + following.query if len(rows) == PAGE_SIZE else "",
    }
