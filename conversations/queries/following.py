"""Who follows a conversation, and what a member has begun to write in it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import Membership, Role
from conversations.models import Draft, Participant
from inboxes.models import InboxMember
from inboxes.queries import Access


def participants_of(*, account_id: int, conversation_id: int) -> list[Membership]:
    """With their users, by the order in which they came."""
    rows = Participant.objects.for_account(account_id).filter(conversation_id=conversation_id)
    return [row.membership for row in rows.select_related("membership__user").order_by("pk")]


def draft_of(*, access: Access, conversation_id: int) -> str | None:
    """The member's own draft of a reply."""
    drafts = Draft.objects.for_account(access.account_id).filter(
        conversation_id=conversation_id, membership_id=access.membership_id, mode=Draft.Mode.REPLY
    )
    return drafts.exclude(content="").values_list("content", flat=True).first()


def assignable(*, account_id: int, inbox_id: int) -> QuerySet[Membership]:
    """Members of the inbox and all administrators."""
    in_inbox = InboxMember.objects.for_account(account_id).filter(inbox_id=inbox_id)
    return Membership.objects.for_account(account_id).filter(
        Q(role=Role.ADMINISTRATOR) | Q(pk__in=in_inbox.values("membership_id"))
    )
