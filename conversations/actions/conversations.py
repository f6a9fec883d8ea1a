"""Opening conversations by a program or an agent, and removing them."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actors import Actor
from accounts.models import Team
from accounts.permissions import require
from config.problems import Invalid, NotFound, found
from conversations import files, shapes
from conversations.actions.assignment import find_assignee
from conversations.actions.attributes import check_attributes
from conversations.actions.inbound import Start, open_conversation
from conversations.actions.locking import Locked, lock_latest_of_contact, lock_visible
from conversations.actions.messages import MessageDraft, checked, kind_of, write_message
from conversations.models import Contact, ContactInbox, Conversation
from inboxes.models import Inbox
from inboxes.queries import Access, visible_inboxes


@dataclass(frozen=True)
class NewConversation:
    """What is asked for: with whom (contact and inbox, or a source id that is known), and how it begins.
    `assignee_id` is a user; unknown people and teams count as none."""

    inbox_id: int | None = None
    contact_id: int | None = None
    source_id: str | None = None
    status: str | None = None
    priority: str | None = None
    assignee_id: int | None = None
    team_id: int | None = None
    snoozed_until: datetime.datetime | None = None
    hmac_verified: bool = False
    additional_attributes: dict[str, Any] = field(default_factory=dict)
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    draft: MessageDraft | None = None


def create_conversation(*, actor: Actor, access: Access, wanted: NewConversation) -> int:
    """Returns its number. In an inbox that keeps one conversation per contact, that one goes on. Raises NotFound
    for an inbox, contact or source id that is not there, Invalid for what cannot be stored."""
    check_attributes(wanted.custom_attributes, field="custom_attributes")
    uploads = checked(wanted.draft, account_id=access.account_id) if wanted.draft else []
    start = _start(access, wanted)
    session = _session(access, wanted)
    uploads = files.store(uploads, account_id=access.account_id)  # before anything is locked
    locked = _going_on(session) or open_conversation(
        session=session,
        actor=actor,
        additional_attributes=wanted.additional_attributes,
        custom_attributes=wanted.custom_attributes,
        start=start,
    )
    if wanted.draft:
        kind = kind_of(draft=wanted.draft, locked=locked)
        write_message(actor=actor, locked=locked, draft=wanted.draft, kind=kind, uploads=uploads)
    return locked.display_id


def _start(access: Access, wanted: NewConversation) -> Start:
    status = shapes.CONVERSATION_STATUSES.index(wanted.status or "open")
    if wanted.snoozed_until is not None and wanted.snoozed_until <= timezone.now():
        raise Invalid(_("snoozed_until must be in the future"), attributes=["snoozed_until"])
    member = find_assignee(account_id=access.account_id, user_id=wanted.assignee_id)
    teams = Team.objects.for_account(access.account_id)
    return Start(
        status=status,
        snoozed_until=wanted.snoozed_until if wanted.status == "snoozed" else None,
        assignee_id=member.pk if member else None,
        team_id=teams.filter(pk=wanted.team_id).values_list("pk", flat=True).first(),
        priority=None if wanted.priority is None else shapes.PRIORITIES.index(wanted.priority),
    )


def _going_on(session: ContactInbox) -> Locked | None:
    if not session.inbox.lock_to_single_conversation:
        return None
    # Two at once: the second one waits for the first one's session.
    ContactInbox.objects.for_account(session.account_id).select_for_update().get(pk=session.pk)
    return lock_latest_of_contact(
        account_id=session.account_id, contact_id=session.contact_id, inbox_id=session.inbox_id
    )


def _session(access: Access, wanted: NewConversation) -> ContactInbox:
    if wanted.inbox_id is None or wanted.contact_id is None:
        return _session_of_source(access, wanted)
    inbox = visible_inboxes(access).filter(pk=wanted.inbox_id).first()
    contacts = Contact.objects.for_account(access.account_id)
    contact = contacts.filter(pk=wanted.contact_id).first() if inbox else None
    if inbox is None or contact is None:
        raise NotFound()
    return enter_inbox(
        contact=contact, inbox=inbox, source_id=wanted.source_id, hmac_verified=wanted.hmac_verified
    )


def _session_of_source(access: Access, wanted: NewConversation) -> ContactInbox:
    if not wanted.source_id:
        raise Invalid(_("inbox_id and contact_id, or source_id, are needed"), attributes=["inbox_id"])
    sessions = ContactInbox.objects.for_account(access.account_id).select_related("contact", "inbox")
    rows = sessions.filter(source_id=wanted.source_id, inbox__in=visible_inboxes(access)).order_by("-pk")
    if wanted.inbox_id is not None:
        rows = rows.filter(inbox_id=wanted.inbox_id)
    return found(rows.first())


def enter_inbox(
    *, contact: Contact, inbox: Inbox, source_id: str | None = None, hmac_verified: bool = False
) -> ContactInbox:
    """The contact's session in the inbox: of this source id, or their newest, or a new one. Raises Invalid when
    the source id is somebody else's."""
    sessions = ContactInbox.objects.for_account(contact.account_id).filter(inbox_id=inbox.pk)
    if source_id:
        known = sessions.filter(source_id=source_id).first()
        if known and known.contact_id != contact.pk:
            raise Invalid(_("source_id should be unique"), code="duplicate_source_id")
    else:
        known = sessions.filter(contact_id=contact.pk).order_by("-pk").first()
    if known is None:
        known, _created = sessions.get_or_create(
            account_id=contact.account_id,
            inbox_id=inbox.pk,
            source_id=source_id or str(uuid.uuid4()),
            defaults={"contact": contact, "hmac_verified": hmac_verified},
        )
        if known.contact_id != contact.pk:  # somebody was faster with it
            raise Invalid(_("source_id should be unique"), code="duplicate_source_id")
    known.contact, known.inbox = contact, inbox
    return known


_DELETE = "DELETE FROM conversations_conversation WHERE account_id = %s AND id = %s"


def delete_conversation(*, actor: Actor, access: Access, display_id: int) -> None:
    """With its messages, for good; the sweep takes the files. Administrators only; the audit log keeps that it was
    there."""
    locked = lock_visible(access=access, display_id=display_id)
    require(access, "conversation.delete")
    record_audit(
        actor=actor,
        account_id=locked.account_id,
        action="conversation.deleted",
        subject=Conversation(pk=locked.id),
        changes={"display_id": [locked.display_id, None]},
    )
    with connection.cursor() as cursor:  # the database's own cascade: a long talk is not loaded to be deleted
        cursor.execute(_DELETE, [locked.account_id, locked.id])
