"""Drafts of one member."""

from __future__ import annotations

from conversations.models import Conversation, Draft
from inboxes.queries import Access

MOST = 200


def drafted_conversations(*, access: Access) -> list[int]:
    """Numbers of the conversations in which the member has something unsent."""
    drafts = Draft.objects.for_account(access.account_id).filter(membership_id=access.membership_id)
    ids = drafts.exclude(content="").values_list("conversation_id", flat=True)[:MOST]
    conversations = Conversation.objects.for_account(access.account_id).filter(pk__in=list(ids))
    return list(conversations.values_list("display_id", flat=True))
