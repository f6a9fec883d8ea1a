"""Ask for the talk by mail. A worker sends it (conversations.handlers.transcripts)."""

from __future__ import annotations

from accounts.actors import Actor
from config.events import publish
from config.throttling import allow
from conversations.actions.locking import lock_visible
from conversations.events import TranscriptRequested
from inboxes.queries import Access


def request_transcript(*, actor: Actor, access: Access, display_id: int, email: str) -> None:
    """At most so many an hour for the whole account: it is a way to send mail to anybody."""
    locked = lock_visible(access=access, display_id=display_id)
    allow("transcript", access.account_id)
    publish(
        TranscriptRequested(
            account_id=locked.account_id,
            conversation_id=locked.id,
            email=email,
            actor=actor.as_payload(),
        )
    )
