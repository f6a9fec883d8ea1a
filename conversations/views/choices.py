"""What script fetches once and keeps: people, teams, labels, canned responses. And the numbers that change."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import parse_etags
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.members import set_availability
from accounts.permissions import can
from config.problems import Problem
from config.rendering import to_json
from conversations.queries.choices import assignable_people, canned_choices, label_choices, team_choices
from conversations.queries.drafts import drafted_conversations
from conversations.queries.folders import accounts_with_unread, my_unread, open_counts
from conversations.queries.notifications import counts
from conversations.views.pages import DeskRequest, is_partial, problem_json, uncached
from inboxes.edge import account_view


@account_view
@require_safe
def show_choices(request: DeskRequest) -> HttpResponse:
    """{people, teams, labels, may_create_labels}."""
    account_id = request.access.account_id
    choices = {
        "people": assignable_people(account_id),
        "teams": team_choices(account_id),
        "labels": label_choices(account_id),
        "may_create_labels": can(request.access, "label.manage"),
    }
    return _kept(request, choices)


@account_view
@require_safe
def show_canned(request: DeskRequest) -> HttpResponse:
    """[{short_code, content}]."""
    return _kept(request, canned_choices(request.access.account_id))


@account_view
@require_safe
def show_badges(request: DeskRequest) -> HttpResponse:
    """{unread, folders: {"inbox:3": n}, accounts: [id], notifications: n, drafts: [number]}."""
    access = request.access
    badges = {
        "unread": my_unread(access),
        "folders": open_counts(access),
        "accounts": accounts_with_unread(access.user_id),
        "notifications": counts(account_id=access.account_id, membership_id=access.membership_id)[0],
        "drafts": drafted_conversations(access=access),
    }
    return uncached(JsonResponse(badges))


@account_view
@require_POST
def switch_availability(request: DeskRequest) -> HttpResponse:
    given = request.POST.get("availability", "")
    chosen = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else -1
    try:
        set_availability(
            access=request.access, membership_id=request.access.membership_id, availability=chosen
        )
    except Problem as problem:
        return problem_json(problem)
    if is_partial(request):
        return HttpResponse(status=204)
    return redirect("desk:dashboard", request.access.account_id)


def _kept(request: DeskRequest, content: Any) -> HttpResponse:
    """JSON that the browser may keep, and asks about by its tag."""
    body = to_json(content)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if tag in known or f"W/{tag}" in known:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/json")
    response["ETag"] = tag
    return uncached(response)
