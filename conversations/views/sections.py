"""The sections of the nav, loaded beside the page: inboxes, teams, labels, and how many are open in each."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Team
from accounts.queries.accounts import accounts_of
from conversations.models import CustomFilter, Label
from conversations.queries.folders import accounts_with_unread, open_counts
from conversations.queries.keeping import own_filters
from conversations.views.pages import DeskRequest, answer, is_partial
from conversations.views.scopes import OWN
from inboxes.edge import account_view
from inboxes.queries import Access, visible_inboxes

_INBOX_ICONS = {"email": "mail", "api": "code", "whatsapp": "phone", "sms": "phone"}
_OWN_ICONS = {"mentions": "hash", "participating": "eye", "unattended": "clock"}
_MOST = 200


@account_view
@require_safe
def show_sections(request: DeskRequest) -> HttpResponse:
    """A page of its own without script; the fragment, the accounts and the people with it."""
    access = request.access
    context = {
        "sections": sections(access, at=request.GET.get("at", "")),
        "accounts": accounts_of(request.user),
        "unread_accounts": accounts_with_unread(access.user_id),
        "scope": {"kind": "scopes"},
    }
    template = "conversations/_scopes_fragment.html" if is_partial(request) else "conversations/scopes.html"
    return answer(request, template, context)


def sections(access: Access, *, at: str) -> list[dict[str, Any]]:
    """[{title, entries: [{name, title, url, icon, on, count}]}]; `at` is "inbox:3", the scope being looked at."""
    inboxes = visible_inboxes(access).values_list("id", "name", "kind")[:_MOST]
    teams = Team.objects.for_account(access.account_id).order_by("name").values_list("id", "name")[:_MOST]
    labels = Label.objects.for_account(access.account_id).exclude(show_on_sidebar=False)
    titles = labels.order_by("title").values_list("title", "color")[:_MOST]
    counts = open_counts(access)

    views = own_filters(access).filter(filter_type=CustomFilter.Type.CONVERSATION).order_by("name")

    def entry(kind: str, key: int | str, title: str, icon: str = "") -> dict[str, Any]:
        name = f"{kind}:{key}"
        url = reverse(f"desk:{kind}-list", args=[access.account_id, *([key] if key else [])])
        count = counts.get(name, 0)
        return {"name": name, "title": title, "url": url, "icon": icon, "on": at == name, "count": count}

    return [
        {
            "title": _("Mine"),
            "entries": [
                entry(kind, "", str(title), _OWN_ICONS[kind]) for kind, (title, _name) in OWN.items()
            ],
        },
        {
            "title": _("Views"),
            "entries": [
                entry("view", pk, name, "star") for pk, name in views.values_list("id", "name")[:_MOST]
            ],
        },
        {
            "title": _("Inboxes"),
            "entries": [
                entry("inbox", pk, name, _INBOX_ICONS.get(kind, "globe")) for pk, name, kind in inboxes
            ],
        },
        {"title": _("Teams"), "entries": [entry("team", pk, name, "users") for pk, name in teams]},
        {"title": _("Labels"), "entries": [entry("label", title, title, "tag") for title, _color in titles]},
    ]
