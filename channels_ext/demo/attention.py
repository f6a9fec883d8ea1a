"""What calls for somebody in the demo account: mentions, messages in what is theirs, answers in what they follow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.models import Account, Membership
from conversations.models import Conversation, Mention, Message, Notification, Participant

_OF_EACH = 3
_Type = Notification.Type


def call_attention(account: Account, members: Iterable[Membership]) -> None:
    """Rows as the handlers would have left them behind. The oldest of each member has been read."""
    for member in members:
        mentions, followed = _notes_to(account, member), _of_others(account, member)
        Mention.objects.bulk_create(
            Mention(
                account=account, membership=member, conversation_id=note.conversation_id, mentioned_at=note.created_at
            )
            for note in mentions
        )  # fmt: skip
        Participant.objects.bulk_create(
            Participant(account=account, membership=member, conversation=talk) for talk in followed
        )
        told = [
            *(_told(member, _Type.CONVERSATION_MENTION, note.conversation, note.pk) for note in mentions),
            *(
                _told(member, _Type.ASSIGNED_CONVERSATION_NEW_MESSAGE, talk)
                for talk in _unread(account, member)
            ),
            *(_told(member, _Type.PARTICIPATING_CONVERSATION_NEW_MESSAGE, talk) for talk in followed),
        ]
        for oldest in sorted(told, key=lambda one: one.last_activity_at)[:1]:
            oldest.read_at = oldest.last_activity_at
        Notification.objects.bulk_create(told, ignore_conflicts=True)  # one for each conversation


def _told(member: Membership, kind: int, talk: Conversation, message_id: int | None = None) -> Notification:
    return Notification(
        account_id=talk.account_id,
        membership=member,
        conversation=talk,
        message_id=message_id or talk.last_message_id,
        notification_type=kind,
        last_activity_at=talk.last_activity_at,
        outbox_event_id=0,
    )


def _open(account: Account) -> QuerySet[Conversation]:
    rows: Any = Conversation.objects.for_account(account).filter(status=Conversation.Status.OPEN)
    return rows.order_by("-last_activity_at")


def _unread(account: Account, member: Membership) -> list[Conversation]:
    return list(_open(account).filter(assignee=member, unread_count__gt=0)[:_OF_EACH])


def _of_others(account: Account, member: Membership) -> list[Conversation]:
    rows = _open(account).filter(inbox__members__membership=member, assignee__isnull=False)
    return list(rows.exclude(assignee=member)[:_OF_EACH])


def _notes_to(account: Account, member: Membership) -> list[Message]:
    """The newest private notes of colleagues, of as many conversations."""
    notes = Message.objects.for_account(account).filter(
        private=True, conversation__inbox__members__membership=member
    )
    newest: dict[int, Message] = {}
    for note in (
        notes.exclude(sender_user_id=member.user_id).select_related("conversation").order_by("-id")[:30]
    ):
        newest.setdefault(note.conversation_id, note)
    return list(newest.values())[:_OF_EACH]
