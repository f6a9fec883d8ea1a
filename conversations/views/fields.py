"""The details panel: one field at a time, and notes about the contact."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.problems import NotFound, Problem
from conversations.actions.fields import (
    set_contact_attribute,
    set_contact_text,
    set_conversation_attribute,
)
from conversations.actions.notes import add_note, delete_note
from conversations.queries.details import notes_about
from conversations.views.pages import DeskRequest, answer, back, is_partial, refused, uncached
from conversations.views.threads import conversation_or_404
from inboxes.edge import account_view

CONTACT_TEXTS = ("name", "email", "phone_number", "identifier")
DETAILS = "?panel=details"


@account_view
@require_POST
def set_field(request: DeskRequest, display_id: int) -> HttpResponse:
    """`name` is contact.email, contact.custom.<key> or conversation.custom.<key>. {"value": as stored}."""
    name, value = request.POST.get("name", ""), request.POST.get("value", "")
    conversation = conversation_or_404(request, display_id)
    try:
        stored = _store(request, conversation, name, value)
    except Problem as problem:
        return refused(request, display_id, problem, query=DETAILS)
    if not is_partial(request):
        return back(request, display_id, query=DETAILS)
    return uncached(JsonResponse({"value": stored}))


def _store(request: DeskRequest, conversation: dict[str, Any], name: str, value: str) -> Any:
    who: dict[str, Any] = {"actor": request.actor, "access": request.access}
    contact_id = conversation["meta"]["sender"]["id"]
    owner, _dot, field = name.partition(".")
    kind, _dot, key = field.partition(".")
    if owner == "contact" and field in CONTACT_TEXTS:
        contact = set_contact_text(**who, contact_id=contact_id, field=field, value=value)
        return getattr(contact, field) or ""
    if owner == "contact" and kind == "custom" and key:
        contact = set_contact_attribute(**who, contact_id=contact_id, key=key, value=value)
        return contact.custom_attributes.get(key)
    if owner == "conversation" and kind == "custom" and key:
        set_conversation_attribute(**who, display_id=conversation["id"], key=key, value=value)
        return value
    raise NotFound(_("There is no such field."))


@account_view
@require_POST
def add_contact_note(request: DeskRequest, display_id: int) -> HttpResponse:
    contact_id = conversation_or_404(request, display_id)["meta"]["sender"]["id"]
    content = request.POST.get("content", "")
    try:
        add_note(actor=request.actor, access=request.access, contact_id=contact_id, content=content)
    except Problem as problem:
        return refused(request, display_id, problem, query=DETAILS)
    return _notes(request, display_id, contact_id)


@account_view
@require_POST
def delete_contact_note(request: DeskRequest, display_id: int, note_id: int) -> HttpResponse:
    contact_id = conversation_or_404(request, display_id)["meta"]["sender"]["id"]
    try:
        delete_note(access=request.access, contact_id=contact_id, note_id=note_id)
    except Problem as problem:
        return refused(request, display_id, problem, query=DETAILS)
    return _notes(request, display_id, contact_id)


def _notes(request: DeskRequest, display_id: int, contact_id: int) -> HttpResponse:
    if not is_partial(request):
        return back(request, display_id, query=DETAILS)
    context = {
        "conversation": {"id": display_id},
        "notes": notes_about(account_id=request.access.account_id, contact_id=contact_id),
    }
    return answer(request, "conversations/_notes.html", context)
