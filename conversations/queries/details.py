"""What stands beside a conversation: fields of the account's own, notes about the contact, earlier talks."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from conversations import shapes
from conversations.models import Conversation, CustomAttributeDefinition, Note
from inboxes.queries import Access

MOST_NOTES, MOST_EARLIER = 50, 10
_KINDS = {1: "number", 2: "number", 3: "number", 4: "url", 5: "date", 6: "list", 7: "checkbox"}


def defined_attributes(
    *, account_id: int, contact: dict[str, Any], conversation: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """{"contact"|"conversation": [{key, title, hint, kind, choices, value}]} in the order of definition, with
    the values of these two; `kind` is that of an input, or list, or checkbox. One query."""
    fields: dict[str, list[dict[str, Any]]] = {"contact": [], "conversation": []}
    for one in CustomAttributeDefinition.objects.for_account(account_id):
        of_contact = one.attribute_model == CustomAttributeDefinition.Model.CONTACT
        values = contact if of_contact else conversation
        fields["contact" if of_contact else "conversation"].append(
            {
                "key": one.attribute_key,
                "title": one.attribute_display_name,
                "hint": one.attribute_description,
                "kind": _KINDS.get(one.attribute_display_type, "text"),
                "choices": one.attribute_values,
                "value": values.get(one.attribute_key),
            }
        )
    return fields


def notes_about(*, account_id: int, contact_id: int) -> list[dict[str, Any]]:
    """[{id, content, user_id, author, created_at}], newest first. One query."""
    notes = Note.objects.for_account(account_id).filter(contact_id=contact_id).select_related("user")
    return [
        {
            "id": note.pk,
            "content": note.content,
            "user_id": note.user_id,
            "author": note.user.available_name if note.user else "",
            "created_at": note.created_at,
        }
        for note in notes.order_by("-id")[:MOST_NOTES]
    ]


def earlier_conversations(*, access: Access, contact_id: int, but: int) -> list[dict[str, Any]]:
    """[{id, status, last_activity_at, labels}] of the contact that the member may see, newest first, without
    `but` (an internal id). One query."""
    found = Conversation.objects.for_account(access.account_id).filter(contact_id=contact_id).exclude(pk=but)
    if not access.is_administrator:
        found = found.filter(
            Q(inbox_id__in=access.inbox_ids)
            | Q(team_id__in=access.team_ids)
            | Q(assignee_id=access.membership_id)
        )
    columns = found.order_by("-last_activity_at").values_list(
        "display_id", "status", "last_activity_at", "labels"
    )
    return [
        {
            "id": number,
            "status": shapes.CONVERSATION_STATUSES[status],
            "last_activity_at": at,
            "labels": labels,
        }
        for number, status, at, labels in columns[:MOST_EARLIER]
    ]
