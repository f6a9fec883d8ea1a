"""Drafts of one member."""

from __future__ import annotations

from typing import Any

from conversations.models import Conversation, Draft
from inboxes.queries import Access

MOST = 200


def drafts_in(*, access: Access, conversation_id: int) -> dict[str, dict[str, Any]]:
    """{"reply"|"note": {content, version}} of the member in one conversation; cleared ones are there, empty."""
    drafts = Draft.objects.for_account(access.account_id).filter(
        membership_id=access.membership_id, conversation_id=conversation_id
    )
    return {
        mode: {"content": content, "version": version}
        for mode, content, version in drafts.values_list("mode", "content", "version")
    }


def drafted_conversations(*, access: Access) -> list[int]:
    """Numbers of the conversations in which the member has something unsent."""
    drafts = Draft.objects.for_account(access.account_id).filter(membership_id=access.membership_id)
    ids = drafts.exclude(content="").values_list("conversation_id", flat=True)[:MOST]
    conversations = Conversation.objects.for_account(access.account_id).filter(pk__in=list(ids))
    return list(conversations.values_list("display_id", flat=True))
