"""What a member has written and not sent yet, one per conversation for the reply."""

from __future__ import annotations

from typing import Any

from accounts.actors import Actor
from config.rendering import without_nul
from conversations.actions.locking import lock_visible
from conversations.models import Draft
from inboxes.queries import Access


def save_draft(*, actor: Actor, access: Access, display_id: int, content: str) -> None:
    """The member's own; another device finds it again. A blank one is none."""
    locked = lock_visible(access=access, display_id=display_id)
    key: dict[str, Any] = {
        "account_id": locked.account_id,
        "conversation_id": locked.id,
        "membership_id": access.membership_id,
        "mode": Draft.Mode.REPLY,
    }
    text = without_nul(content)
    if text.strip():
        Draft.objects.update_or_create(**key, defaults={"content": text})
    else:
        Draft.objects.filter(**key).delete()


def discard_draft(*, actor: Actor, access: Access, display_id: int) -> None:
    save_draft(actor=actor, access=access, display_id=display_id, content="")
