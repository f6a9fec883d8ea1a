"""What the command palette finds on the server: conversations by number or name, and people."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.rendering import without_nul
from conversations.models import Contact
from conversations.queries import search
from conversations.search_terms import parse
from conversations.views.pages import DeskRequest, uncached
from inboxes.edge import account_view

MOST = 6


@account_view
@require_safe
def show_hits(request: DeskRequest) -> HttpResponse:
    """{conversations: [{title, hint, url}], contacts: [{title, hint, url}]}, at most six of each."""
    access = request.access
    question = parse(without_nul(request.GET.get("q", ""))[:200], today=timezone.now().date())
    if question.is_empty:
        return uncached(JsonResponse({"conversations": [], "contacts": []}))
    people = search.contact_ids(access=access, names=question.names, most=MOST)
    found = search.find_conversations(
        access=access, number=question.number, contacts=people, most=MOST, skip=0
    )
    contacts = search.contacts_by_id(access=access, ids=people)
    talks = search.newest_conversations(access=access, contacts=[one.pk for one in contacts])
    return uncached(
        JsonResponse(
            {
                "conversations": [_conversation(access.account_id, one) for one in found],
                "contacts": [
                    _contact(access.account_id, one, talks[one.pk]["id"])
                    for one in contacts
                    if one.pk in talks
                ],
            }
        )
    )


def _conversation(account_id: int, row: dict[str, Any]) -> dict[str, str]:
    return {
        "title": row["meta"]["sender"]["name"] or _("Visitor"),
        "hint": f"#{row['id']}",
        "url": reverse("desk:conversation", args=[account_id, row["id"]]),
    }


def _contact(account_id: int, contact: Contact, newest: int) -> dict[str, str]:
    """Leads to what they said last."""
    return {
        "title": contact.name or _("Visitor"),
        "hint": contact.email or contact.phone_number or contact.identifier or "",
        "url": reverse("desk:conversation", args=[account_id, newest]),
    }
