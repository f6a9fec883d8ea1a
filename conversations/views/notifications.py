"""What a member was told of: a list beside the pane, read by opening, put aside, or all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.problems import Invalid, Problem
from conversations.actions import notifications as actions
from conversations.queries.notifications import PER_PAGE, counts, notifications_page
from conversations.views.filters import ListState, read_state
from conversations.views.pages import DeskRequest, answer, is_partial, problem_json, wanted_part
from conversations.views.scopes import Scope, find_scope
from conversations.views.snooze import SNOOZES, snooze_end, zone_named
from conversations.views.threads import conversation_page
from inboxes.edge import account_view

LAST_PAGE = 1000
SNOOZES_HERE = {name: title for name, title in SNOOZES.items() if name not in ("reply", "custom")}


@account_view
@require_safe
def show_notifications(request: DeskRequest) -> HttpResponse:
    context = _context(request, _scope(request), read_state(request.GET))
    templates = {"more": "notifications/_rows.html", "list": "notifications/_list.html"}
    return answer(request, templates.get(wanted_part(request), "conversations/page.html"), context)


@account_view
@require_safe
def show_notified(request: DeskRequest, display_id: int) -> HttpResponse:
    """A conversation, with the notifications beside it."""
    return conversation_page(request, display_id=display_id, scope=_scope(request), beside_it=_context)


@account_view
@require_POST
def read_them_all(request: DeskRequest) -> HttpResponse:
    actions.read_all(access=request.access)
    return _done(request)


@account_view
@require_POST
def change(request: DeskRequest, notification_id: int, what: str) -> HttpResponse:
    try:
        CHANGES[what](request, notification_id)
    except Problem as problem:
        if not is_partial(request):
            raise
        return problem_json(problem)
    return _done(request)


def _read(request: DeskRequest, notification_id: int) -> None:
    actions.mark_read(access=request.access, notification_id=notification_id)


def _unread(request: DeskRequest, notification_id: int) -> None:
    actions.mark_unread(access=request.access, notification_id=notification_id)


def _snooze(request: DeskRequest, notification_id: int) -> None:
    """Until `snooze`, in the zone of the page."""
    name = request.POST.get("snooze", "")
    if name not in SNOOZES_HERE:
        raise Invalid(_("Choose until when. Nothing was changed."), attributes=["snooze"])
    until = snooze_end(name, now=timezone.now(), zone=zone_named(request.POST.get("zone", "")))
    actions.snooze(access=request.access, notification_id=notification_id, until=until)


CHANGES: dict[str, Callable[[DeskRequest, int], None]] = {
    "read": _read,
    "unread": _unread,
    "snooze": _snooze,
}


def _done(request: DeskRequest) -> HttpResponse:
    if is_partial(request):
        return HttpResponse(status=204)
    return redirect("desk:notifications", request.access.account_id)


def _scope(request: DeskRequest) -> Scope:
    url = reverse("desk:notifications", args=[request.access.account_id])
    seq = find_scope(access=request.access).seq
    return Scope("notifications", "", _("Notifications"), url, url, seq)


def _context(request: DeskRequest, scope: Scope, state: ListState) -> dict[str, Any]:
    """`state` knows the page; whether read ones are shown, too, is of this list alone."""
    access, everything = request.access, request.GET.get("show") == "all"
    page = min(state.page, LAST_PAGE)
    found = notifications_page(access=access, page=page, with_read=everything, with_snoozed=everything)
    unread, _every = counts(account_id=access.account_id, membership_id=access.membership_id)
    query = "?show=all" if everything else ""
    following = f"{query}&page={page + 1}" if query else f"?page={page + 1}"
    return {
        "scope": scope,
        "list_template": "notifications/_list.html",
        "notifications": found,
        "unread_count": unread,
        "everything": everything,
        "query": query,
        "list_url": scope.url + query,
        "snoozes_here": SNOOZES_HERE,
        "next_page": scope.url + following if len(found) == PER_PAGE else "",
    }
