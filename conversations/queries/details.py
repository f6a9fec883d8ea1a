"""What stands beside a conversation: fields of the account's own, notes about the contact, earlier talks, and what
the member has begun to write."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from config.prepared import prepared_cursor
from conversations import shapes
from conversations.models import CustomAttributeDefinition, Note
from inboxes.queries import Access

MOST_NOTES, MOST_EARLIER = 50, 10
_KINDS = {1: "number", 2: "number", 3: "number", 4: "url", 5: "date", 6: "list", 7: "checkbox"}

# Four small things that belong to every pane: asked together, because each question costs more than its answer.
_BESIDE = f"""
SELECT
  (SELECT coalesce(json_agg(json_build_array(attribute_model, attribute_key, attribute_display_name,
      attribute_description, attribute_display_type, attribute_values) ORDER BY id), '[]')
   FROM conversations_customattributedefinition WHERE account_id = %(account)s),
  (SELECT coalesce(json_agg(one), '[]') FROM (
     SELECT note.id, note.content, note.user_id, extract(epoch FROM note.created_at) AS created_at,
            coalesce(nullif(person.display_name, ''), person.name, '') AS author
     FROM conversations_note AS note LEFT JOIN accounts_user AS person ON person.id = note.user_id
     WHERE note.account_id = %(account)s AND note.contact_id = %(contact)s
     ORDER BY note.id DESC LIMIT {MOST_NOTES}) AS one),
  (SELECT coalesce(json_agg(one), '[]') FROM (
     SELECT c.display_id AS id, c.status, extract(epoch FROM c.last_activity_at) AS last_activity_at, c.labels
     FROM conversations_conversation AS c
     WHERE c.account_id = %(account)s AND c.contact_id = %(contact)s AND c.id <> %(conversation)s
       AND (%(all)s OR c.inbox_id = ANY(%(inboxes)s) OR c.assignee_id = %(member)s OR c.team_id = ANY(%(teams)s))
     ORDER BY c.last_activity_at DESC LIMIT {MOST_EARLIER}) AS one),
  (SELECT coalesce(json_object_agg(mode, json_build_object('content', content, 'version', version)), '{{}}')
   FROM conversations_draft
   WHERE account_id = %(account)s AND membership_id = %(member)s AND conversation_id = %(conversation)s)
"""


@dataclass(frozen=True)
class Beside:
    """`definitions`: see `fields`. `notes`: [{id, content, user_id, author, created_at}], newest first. `earlier`:
    [{id, status, last_activity_at, labels}] of the contact that the member may see, newest first. `drafts`:
    {"reply"|"note": {content, version}} of the member; cleared ones are there, empty."""

    definitions: list[list[Any]]
    notes: list[dict[str, Any]]
    earlier: list[dict[str, Any]]
    drafts: dict[str, dict[str, Any]]

    def fields(
        self, *, contact: dict[str, Any], conversation: dict[str, Any]
    ) -> dict[str, list[dict[str, Any]]]:
        """{"contact"|"conversation": [{key, title, hint, kind, choices, value}]} in the order of definition, with
        the values of these two; `kind` is that of an input, or list, or checkbox."""
        fields: dict[str, list[dict[str, Any]]] = {"contact": [], "conversation": []}
        for model, key, title, hint, display_type, choices in self.definitions:
            of_contact = model == CustomAttributeDefinition.Model.CONTACT
            fields["contact" if of_contact else "conversation"].append(
                {
                    "key": key,
                    "title": title,
                    "hint": hint,
                    "kind": _KINDS.get(display_type, "text"),
                    "choices": choices,
                    "value": (contact if of_contact else conversation).get(key),
                }
            )
        return fields


def beside(*, access: Access, conversation_id: int, contact_id: int) -> Beside:
    """One statement."""
    wanted: dict[str, Any] = {
        "account": access.account_id,
        "contact": contact_id,
        "conversation": conversation_id,
        "all": access.is_administrator,
        "inboxes": list(access.inbox_ids),
        "teams": list(access.team_ids),
        "member": access.membership_id,
    }
    with prepared_cursor() as cursor:
        cursor.execute(_BESIDE, wanted)
        definitions, notes, earlier, drafts = cursor.fetchone()
    for one in notes:
        one["created_at"] = _moment(one["created_at"])
    for one in earlier:
        one["status"] = shapes.CONVERSATION_STATUSES[one["status"]]
        one["last_activity_at"] = _moment(one["last_activity_at"])
    return Beside(definitions, notes, earlier, drafts)


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


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
