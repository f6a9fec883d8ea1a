"""Every component in every state, made of the real partials and the real style sheet.

For whoever shapes the desk: administrators and operators, and everybody where DEBUG is on. It shows no data of
anybody's, but agents have no use for it, so to them it is not there.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.problems import NotFound
from conversations import samples
from conversations.views.filters import TABS, ListState, choices
from conversations.views.pages import DeskRequest, answer
from conversations.views.scopes import Scope, find_scope
from conversations.views.snooze import SNOOZES
from inboxes.edge import account_view

# Switches in the address: {name: {value: words}}, the first is the default.
SWITCHES: dict[str, dict[str, Any]] = {
    "theme": {"": _("System"), "light": _("Light"), "dark": _("Dark")},
    "dir": {"ltr": _("Left to right"), "rtl": _("Right to left")},
    "density": {"": _("Comfortable"), "compact": _("Compact")},
    "composer": {
        "": _("Reply"),
        "note": _("Note"),
        "closed": _("No reply any more"),
        "overtaken": _("Overtaken"),
        "error": _("Error"),
    },
    "list": {"": _("Rows"), **TABS},
}


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As customers see it."))
    email = forms.EmailField(label=_("Email"))
    team = forms.ChoiceField(label=_("Team"), choices=[("1", "Returns"), ("2", "Sales")])
    about = forms.CharField(label=_("About"), widget=forms.Textarea(attrs={"rows": 3}))
    agree = forms.BooleanField(label=_("Send me a copy"))


@account_view
@require_safe
def show_styleguide(request: DeskRequest) -> HttpResponse:
    if not (settings.DEBUG or request.user.is_superuser or request.access.is_administrator):
        raise NotFound
    chosen = {name: _one_of(request.GET.get(name, ""), values) for name, values in SWITCHES.items()}
    scope = find_scope(access=request.access)
    context = {
        "chosen": chosen,
        "switches": [_switch(name, chosen) for name in SWITCHES],
        "states": ["", "hover", "active", "focus-visible"],
        "sample": SampleForm(),
        "wrong": SampleForm({"email": "nonsense", "team": "7"}),
        **_list(scope, chosen["list"]),
        **_pane(chosen["composer"]),
    }
    return answer(request, "styleguide/page.html", context)


def _one_of(value: str, allowed: dict[str, Any]) -> str:
    return value if value in allowed else next(iter(allowed))


def _switch(name: str, chosen: dict[str, str]) -> dict[str, Any]:
    options = [
        {
            "title": title,
            "on": chosen[name] == value,
            "query": "&".join(f"{key}={one}" for key, one in {**chosen, name: value}.items() if one),
        }
        for value, title in SWITCHES[name].items()
    ]
    return {"name": name, "options": options}


def _list(scope: Scope, tab: str) -> dict[str, Any]:
    """The list with its rows, or empty on one of its tabs."""
    state = ListState(tab=tab or "all")
    counts = {"mine_count": 2, "unassigned_count": 128, "all_count": 7}
    return {
        "scope": scope,
        "rows": [] if tab else samples.rows(),
        "tab": state.tab,
        "status": state.status,
        "counts": counts,
        **choices(state, scope, counts),
    }


def _pane(composer: str) -> dict[str, Any]:
    """Head, thread, composer in one of its states, details."""
    conversation = {**samples.conversation(), "can_reply": composer != "closed"}
    problems = {
        "overtaken": {"code": "conflict", "message": _("Something came in before yours was sent.")},
        "error": {"code": "invalid", "message": _("Write something, or attach a file.")},
    }
    return {
        "conversation": conversation,
        "inbox_name": "Website",
        "thread_messages": samples.messages(),
        "older": 1,
        "snoozes": SNOOZES,
        "priority_word": _("Urgent"),
        "problem": problems.get(composer),
        "form": {"kind": {"value": "note" if composer == "note" else "reply"}, "content": {"value": ""}},
        "fields": {"contact": samples.fields(), "conversation": []},
        "notes": [
            {"id": 1, "content": "A *regular*.", "user_id": 0, "author": "Bob", "created_at": samples.NOW}
        ],
        "earlier": [{"id": 4, "status": "resolved", "last_activity_at": samples.NOW}],
        "drafts": {},
        "variables": {},
    }
