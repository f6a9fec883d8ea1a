"""Ask for the talk by mail. A worker sends it (conversations.handlers.transcripts)."""

from __future__ import annotations

from accounts.actors import Actor
from config.events import publish
from config.throttling import allow
from conversations.actions.inbound import contact_actor
from conversations.actions.locking import Locked, lock_by_id, lock_visible
from conversations.events import TranscriptRequested
from conversations.models import ContactInbox
from inboxes.queries import Access


def request_transcript(*, actor: Actor, access: Access, display_id: int, email: str) -> None:
    """At most so many an hour for the whole account: it is a way to send mail to anybody."""
    put_transcript(lock_visible(access=access, display_id=display_id), actor=actor, email=email)


def request_own_transcript(*, session: ContactInbox, conversation_id: int) -> bool:
    """For the contact, to their own address and no other. Returns whether there is one."""
    locked = lock_by_id(account_id=session.account_id, conversation_id=conversation_id)
    email = locked.contact["email"]
    if not email or locked.contact_inbox_id != session.pk:
        return False
    put_transcript(locked, actor=contact_actor(session), email=email)
    return True


def put_transcript(locked: Locked, *, actor: Actor, email: str) -> None:
    """The same for a conversation that is locked already."""
    allow("transcript", locked.account_id)
    publish(
        TranscriptRequested(
            account_id=locked.account_id,
            conversation_id=locked.id,
            email=email,
            actor=actor.as_payload(),
        )
    )
