"""Notes about a contact."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Membership
from config.schema import ROWS
from conversations import shapes
from conversations.actions.note_changes import update_note
from conversations.actions.notes import add_note, delete_note
from conversations.api.answers import checked_input, given, not_found
from conversations.api.contact_input import NoteInput
from conversations.api.contact_views import ContactView
from conversations.api.conversation_views import member_shape
from conversations.models import Note


class NoteView(ContactView):
    def notes(self, contact_id: int) -> Any:
        contact = self.contact(contact_id)
        notes = Note.objects.for_account(self.account_id).filter(contact_id=contact.pk)
        return notes.select_related("user").order_by("-pk")

    def note(self, contact_id: int, note_id: int) -> Note:
        found: Note | None = self.notes(contact_id).filter(pk=note_id).first()
        if found is None:
            raise not_found()
        return found

    def answer(self, notes: list[Note]) -> list[shapes.Row]:
        """Two of the keys are always null: what clients know them as."""
        authors = {note.user_id for note in notes if note.user_id}
        members = Membership.objects.for_account(self.account_id).filter(user_id__in=authors)
        known = {member.user_id: member for member in members.select_related("user")} if authors else {}
        return [_shape(note, known.get(note.user_id or 0)) for note in notes]

    def content(self, request: Any) -> str:
        return str(checked_input(NoteInput, given(request.data, "note"))["content"])


def _shape(note: Note, author: Membership | None) -> shapes.Row:
    shape: shapes.Row = {
        "id": note.pk,
        "content": note.content,
        "account_id": None,
        "contact_id": None,
        "created_at": shapes.ts(note.created_at),
        "updated_at": shapes.ts(note.updated_at),
    }
    return {**shape, "user": member_shape(author)} if author else shape


class NoteList(NoteView):
    @extend_schema(operation_id="notes_list", responses=ROWS)
    def get(self, request: Any, contact_id: int) -> Response:
        return Response(self.answer(list(self.notes(contact_id))))

    @extend_schema(request=NoteInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any, contact_id: int) -> Response:
        content = self.content(request)
        asked = {"actor": request.access.actor, "access": request.access, "contact_id": contact_id}
        note = add_note(**asked, content=content)
        return Response(self.answer([self.note(contact_id, note.pk)])[0])


class NoteDetail(NoteView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, contact_id: int, note_id: int) -> Response:
        return Response(self.answer([self.note(contact_id, note_id)])[0])

    @extend_schema(request=NoteInput, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Any, contact_id: int, note_id: int) -> Response:
        content = self.content(request)
        asked = {"actor": request.access.actor, "access": request.access, "contact_id": contact_id}
        note = update_note(**asked, note_id=note_id, content=content)
        return Response(self.answer([note])[0])

    @extend_schema(request=NoteInput, responses=OpenApiTypes.OBJECT)
    def put(self, request: Any, contact_id: int, note_id: int) -> Response:
        return self.patch(request, contact_id, note_id)

    @extend_schema(responses=None)
    def delete(self, request: Any, contact_id: int, note_id: int) -> Response:
        delete_note(access=request.access, contact_id=contact_id, note_id=note_id)
        return Response(None)
