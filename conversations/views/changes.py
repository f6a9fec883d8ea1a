"""What an agent does to a conversation: status, people, priority, labels, muting, reading. Each has a page with
a form for browsers without script, and answers script with the head of the pane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from config.problems import Invalid, Problem
from conversations import shapes
from conversations.actions.assignment import assign_agent, assign_team
from conversations.actions.attributes import set_muted, set_priority
from conversations.actions.labelling import change_labels
from conversations.actions.notifications import read_all
from conversations.actions.reading import mark_agent_seen
from conversations.actions.status import change_status
from conversations.queries.choices import assignable_people, label_choices, team_choices
from conversations.views.forms import AssignForm, LabelsForm, MuteForm, PriorityForm, StatusForm, TeamForm
from conversations.views.pages import DeskRequest, answer, back, first_error, is_partial, refused
from conversations.views.snooze import SNOOZES
from conversations.views.threads import conversation_or_404, head_context
from conversations.views.words import PRIORITY_WORDS
from inboxes.edge import account_view

Who = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing that can be set: its words, its form, its action, and what there is to choose from."""

    title: Promise
    form: type[Form]
    run: Callable[[Who, Any], Any]
    options: Callable[[DeskRequest, dict[str, Any]], list[dict[str, Any]]]


def _people(request: DeskRequest, now: dict[str, Any]) -> list[dict[str, Any]]:
    current = (now["meta"].get("assignee") or {}).get("id")
    found = [{"id": "", "name": _("Nobody")}, *assignable_people(request.access.account_id)]
    return [{"value": one["id"], "title": one["name"], "on": one["id"] == (current or "")} for one in found]


def _teams(request: DeskRequest, now: dict[str, Any]) -> list[dict[str, Any]]:
    current = (now["meta"].get("team") or {}).get("id")
    found = [{"id": "", "name": _("No team")}, *team_choices(request.access.account_id)]
    return [{"value": one["id"], "title": one["name"], "on": one["id"] == (current or "")} for one in found]


def _priorities(request: DeskRequest, now: dict[str, Any]) -> list[dict[str, Any]]:
    found = [("", _("No priority")), *PRIORITY_WORDS.items()]
    return [{"value": name, "title": title, "on": name == (now["priority"] or "")} for name, title in found]


def _labels(request: DeskRequest, now: dict[str, Any]) -> list[dict[str, Any]]:
    titles = [label["title"] for label in label_choices(request.access.account_id)]
    known = dict.fromkeys([*now["labels"], *titles])
    return [{"value": title, "title": title, "on": title in now["labels"]} for title in known]


def _statuses(request: DeskRequest, now: dict[str, Any]) -> list[dict[str, Any]]:
    words = {"open": _("Open"), "resolved": _("Resolved"), "pending": _("Pending")}
    return [{"value": name, "title": title, "on": now["status"] == name} for name, title in words.items()]


def _muting(request: DeskRequest, now: dict[str, Any]) -> list[dict[str, Any]]:
    words = [("1", _("Mute: block this contact and resolve")), ("", _("Do not mute"))]
    return [{"value": value, "title": title, "on": bool(value) == now["muted"]} for value, title in words]


CHANGES: dict[str, Change] = {
    "status": Change(
        _("Status"), StatusForm, lambda who, form: change_status(**who, **form.change()), _statuses
    ),
    "assignee": Change(
        _("Assigned to"),
        AssignForm,
        lambda who, form: assign_agent(**who, user_id=form.cleaned_data["assignee"]),
        _people,
    ),
    "team": Change(
        _("Team"), TeamForm, lambda who, form: assign_team(**who, team_id=form.cleaned_data["team"]), _teams
    ),
    "priority": Change(
        _("Priority"),
        PriorityForm,
        lambda who, form: set_priority(**who, priority=form.cleaned_data["priority"] or None),
        _priorities,
    ),
    "labels": Change(
        _("Labels"),
        LabelsForm,
        lambda who, form: change_labels(**who, add=form.add, remove=form.remove),
        _labels,
    ),
    "muted": Change(
        _("Mute"), MuteForm, lambda who, form: set_muted(**who, muted=form.cleaned_data["muted"]), _muting
    ),
}


@account_view
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: DeskRequest, display_id: int, what: str) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, display_id, what)
    wanted = CHANGES[what]
    form = wanted.form(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(first_error(form))
        wanted.run({"actor": request.actor, "access": request.access, "display_id": display_id}, form)
    except Problem as problem:
        return refused(request, display_id, problem)
    return _changed(request, display_id)


def _form_page(request: DeskRequest, display_id: int, what: str) -> HttpResponse:
    conversation = conversation_or_404(request, display_id)
    wanted = CHANGES[what]
    context = {
        **head_context(request, conversation),
        "what": what,
        "title": wanted.title,
        "options": wanted.options(request, conversation),
        "snoozes": SNOOZES if what == "status" else {},
        "field": "labels" if what == "labels" else what,
        "statuses": shapes.CONVERSATION_STATUSES,
    }
    return answer(request, "conversations/change.html", context)


def _changed(request: DeskRequest, display_id: int) -> HttpResponse:
    if not is_partial(request):
        return back(request, display_id)
    context = head_context(request, conversation_or_404(request, display_id))
    return answer(request, "conversations/_head.html", context)


@account_view
@require_POST
def set_seen(request: DeskRequest, display_id: int) -> HttpResponse:
    """Read, and so is what the member was told of it."""
    mark_agent_seen(actor=request.actor, access=request.access, display_id=display_id)
    read_all(access=request.access, display_id=display_id)
    return HttpResponse(status=204)
