"""Contacts for programs (contract 3.3): lists, and one at a time."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from conversations import shapes
from conversations.actions.contact_edit import (
    create_contact,
    delete_contact,
    edit_contact,
    remove_custom_attributes,
)
from conversations.actions.contact_merge import merge_contacts
from conversations.actions.conversations import enter_inbox
from conversations.actions.labels import set_contact_labels
from conversations.api import contact_input as inputs
from conversations.api.answers import checked_input, not_found
from conversations.api.conversation_input import FilterInput, LabelsInput, PageOnly
from conversations.api.cursors import refuse_order_beside_cursor, shown_cursor
from conversations.models import Contact, ContactInbox
from conversations.queries.attribute_filters import compiled
from conversations.queries.contacts import (
    PAGE_SIZE,
    ContactPage,
    contact_inbox_shape,
    contactable_inboxes,
    count_contacts,
    find_contact,
    inbox_raw,
    list_contacts,
)
from conversations.queries.file_lists import ATTACHMENT_PAGE, attachments_of
from conversations.queries.finder import conversation_ids_of_contact, conversations_of_contact
from inboxes.api.base import AccountAPIView
from inboxes.models import Inbox
from inboxes.queries import visible_inboxes


class ContactView(AccountAPIView):
    """Below contacts/<contact_id>. Any member may see and correct any contact of the account."""

    reads = "contact.read"
    writes = "contact.update"

    def contact(self, contact_id: int) -> Contact:
        found = Contact.objects.for_account(self.account_id).filter(pk=contact_id).first()
        if found is None:
            raise not_found()
        return found

    def shape(self, contact_id: int, *, with_inboxes: bool = True) -> shapes.Row:
        shape = find_contact(
            account_id=self.account_id, contact_id=contact_id, include_contact_inboxes=with_inboxes
        )
        if shape is None:
            raise not_found()
        return shape

    def inbox(self, request: Any, inbox_id: int) -> Inbox:
        inbox = visible_inboxes(request.access).filter(pk=inbox_id).first()
        if inbox is None:
            raise not_found()
        return inbox


def contact_page(request: Any, **more: Any) -> ContactPage:
    query = inputs.ContactQuery(data={k: v for k, v in request.query_params.dict().items() if v != ""})
    query.is_valid(raise_exception=True)
    params = request.query_params
    refuse_order_beside_cursor(params, "sort")
    return query.wanted([*params.getlist("labels[]"), *params.getlist("labels")], **more)


def page_answer(request: Any, wanted: ContactPage) -> Response:
    """`current_page` is what was sent, as it was sent; 1 if nothing was."""
    account_id = request.access.account_id
    meta = {
        "count": count_contacts(account_id=account_id, wanted=wanted),
        "current_page": request.query_params.get("page", 1),
    }
    found = list_contacts(account_id=account_id, wanted=wanted)
    if wanted.cursor is not None:
        meta["next_cursor"] = shown_cursor(found[-1]["id"] if len(found) == PAGE_SIZE else None)
    return Response({"meta": meta, "payload": found})


class ContactList(ContactView):
    @extend_schema(
        operation_id="contacts_list", parameters=[inputs.ContactQuery], responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Any) -> Response:
        return page_answer(request, contact_page(request, q=""))

    @extend_schema(request=inputs.NewContact, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        fields = checked_input(inputs.NewContact, request.data)
        inbox_id, source_id = fields.pop("inbox_id", None), fields.pop("source_id", None)
        inbox = self.inbox(request, inbox_id) if inbox_id is not None else None
        contact, session = create_contact(
            actor=request.access.actor,
            access=request.access,
            inbox=inbox,
            source_id=source_id or None,
            **fields,
        )
        contact_inbox = {
            "inbox": inbox_raw(inbox) if inbox else None,
            "source_id": session.source_id if session else None,
        }
        return Response({"payload": {"contact": self.shape(contact.pk), "contact_inbox": contact_inbox}})


@extend_schema(parameters=[inputs.ContactQuery], responses=OpenApiTypes.OBJECT)
class ContactSearch(AccountAPIView):
    reads = "contact.read"

    def get(self, request: Any) -> Response:
        wanted = contact_page(request)
        if not wanted.q:
            meta = {"count": None, "current_page": request.query_params.get("page", 1)}
            return Response({"meta": meta, "payload": []})
        return page_answer(request, wanted)


@extend_schema(request=FilterInput, parameters=[inputs.ContactQuery], responses=OpenApiTypes.OBJECT)
class ContactFilter(AccountAPIView):
    writes = "contact.read"

    def post(self, request: Any) -> Response:
        rows = checked_input(FilterInput, request.data)["payload"]
        where = compiled(account_id=self.account_id, rows=rows, model="contact")
        return page_answer(request, contact_page(request, q="", where=where))


class ContactDetail(ContactView):
    @extend_schema(parameters=[inputs.ContactQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, contact_id: int) -> Response:
        with_inboxes = contact_page(request).include_contact_inboxes
        return Response({"payload": self.shape(contact_id, with_inboxes=with_inboxes)})

    @extend_schema(request=inputs.ContactFields, responses=OpenApiTypes.OBJECT)
    def patch(self, request: Any, contact_id: int) -> Response:
        fields = checked_input(inputs.ContactFields, request.data)
        edit_contact(actor=request.access.actor, access=request.access, contact_id=contact_id, **fields)
        return Response({"payload": self.shape(contact_id)})

    @extend_schema(request=inputs.ContactFields, responses=OpenApiTypes.OBJECT)
    def put(self, request: Any, contact_id: int) -> Response:
        return self.patch(request, contact_id)

    @extend_schema(responses=None)
    def delete(self, request: Any, contact_id: int) -> Response:
        delete_contact(actor=request.access.actor, access=request.access, contact_id=contact_id)
        return Response(None)


@extend_schema(request=inputs.KeysInput, responses=OpenApiTypes.OBJECT)
class DestroyCustomAttributes(ContactView):
    def post(self, request: Any, contact_id: int) -> Response:
        keys = checked_input(inputs.KeysInput, request.data)["custom_attributes"]
        asked = {"actor": request.access.actor, "access": request.access, "contact_id": contact_id}
        remove_custom_attributes(**asked, keys=keys)
        return Response({"payload": self.shape(contact_id)})


@extend_schema(responses=OpenApiTypes.OBJECT)
class ContactAvatar(ContactView):
    """Contacts have no pictures yet: taking it away leaves them as they are."""

    def delete(self, request: Any, contact_id: int) -> Response:
        return Response({"payload": self.shape(contact_id)})


class ContactLabels(ContactView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any, contact_id: int) -> Response:
        return Response({"payload": self.contact(contact_id).labels})

    @extend_schema(request=LabelsInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any, contact_id: int) -> Response:
        labels = checked_input(LabelsInput, request.data)["labels"]
        contact = self.contact(contact_id)
        stored = set_contact_labels(actor=request.access.actor, contact=contact, labels=labels)
        return Response({"payload": stored})


@extend_schema(responses=OpenApiTypes.OBJECT)
class ContactConversations(ContactView):
    def get(self, request: Any, contact_id: int) -> Response:
        contact = self.contact(contact_id)
        return Response({"payload": conversations_of_contact(access=request.access, contact_id=contact.pk)})


@extend_schema(parameters=[PageOnly], responses=OpenApiTypes.OBJECT)
class ContactAttachments(ContactView):
    """Of the conversations with them that the asker may see."""

    def get(self, request: Any, contact_id: int) -> Response:
        page = checked_input(PageOnly, request.query_params.dict())["page"]
        ids = conversation_ids_of_contact(access=request.access, contact_id=self.contact(contact_id).pk)
        offset = (page - 1) * ATTACHMENT_PAGE
        total, found = attachments_of(account_id=self.account_id, conversation_ids=ids, offset=offset)
        return Response({"meta": {"total_count": total}, "payload": found})


@extend_schema(responses=OpenApiTypes.OBJECT)
class ContactableInboxes(ContactView):
    def get(self, request: Any, contact_id: int) -> Response:
        found = contactable_inboxes(access=request.access, contact=self.contact(contact_id))
        return Response({"payload": found})


@extend_schema(request=inputs.ContactSession, responses=OpenApiTypes.OBJECT)
class ContactSessions(ContactView):
    def post(self, request: Any, contact_id: int) -> Response:
        given = checked_input(inputs.ContactSession, request.data)
        contact, inbox = self.contact(contact_id), self.inbox(request, given["inbox_id"])
        session = enter_inbox(contact=contact, inbox=inbox, source_id=given.get("source_id") or None)
        return Response(contact_inbox_shape(session))


@extend_schema(request=inputs.SessionFilter, responses=OpenApiTypes.OBJECT)
class ContactOfSession(ContactView):
    """Whose session it is."""

    def post(self, request: Any) -> Response:
        given = checked_input(inputs.SessionFilter, request.data)
        inbox = self.inbox(request, given["inbox_id"])
        sessions = ContactInbox.objects.for_account(self.account_id)
        found = sessions.filter(inbox_id=inbox.pk, source_id=given["source_id"]).first()
        if found is None:
            raise not_found()
        return Response(self.shape(found.contact_id))


@extend_schema(request=inputs.MergeInput, responses=OpenApiTypes.OBJECT)
class MergeContacts(ContactView):
    def post(self, request: Any) -> Response:
        given = checked_input(inputs.MergeInput, request.data)
        base = merge_contacts(
            actor=request.access.actor,
            access=request.access,
            base_id=given["base_contact_id"],
            mergee_id=given["mergee_contact_id"],
        )
        return Response(self.shape(base.pk, with_inboxes=False))
