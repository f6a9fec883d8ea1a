"""Handlers: who is told of what happened in a conversation, in the dashboard and by mail. Running twice tells
nobody twice: a notification remembers the event that made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from accounts.models import Membership
from config.events import StoredEvent
from conversations.actions.notifications import Told, tell
from conversations.handlers.mails import mail_of
from conversations.models import Contact, Conversation, Mention, Message, Notification, Participant
from conversations.notification_titles import title_of
from conversations.queries.following import assignable

Type = Notification.Type


def notify(event: StoredEvent) -> None:
    """Everybody at most once for one event, the most personal reason first."""
    _tell_once(event, _reasons(event))


def notify_participants(event: StoredEvent) -> None:
    """Those who follow the conversation, unless they have been told of this message for a better reason."""
    if _is_blocked(event.account_id, event.payload["contact_id"]):
        return
    better = {one.membership_id for one in _reasons(event)}
    rows = Participant.objects.for_account(event.account_id).filter(
        conversation_id=event.payload["conversation_id"]
    )
    ids = rows.exclude(membership_id__in=better).values_list("membership_id", flat=True)
    kind, message_id = Type.PARTICIPATING_CONVERSATION_NEW_MESSAGE, event.payload["message_id"]
    _tell_once(event, (Told(pk, kind, message_id) for pk in ids))


def _tell_once(event: StoredEvent, reasons: Iterable[Told]) -> None:
    told: dict[int, Told] = {}
    for one in reasons:
        told.setdefault(one.membership_id, one)
    told.pop(_own_membership(event), None)
    if told:
        tell(event=event, told=list(told.values()))


def _reasons(event: StoredEvent) -> Iterator[Told]:
    if event.name == "message.created":
        yield from _of_message(event)
    elif event.name == "conversation.created":
        yield from _of_beginning(event)
    elif event.name == "conversation.updated":
        yield from _of_change(event)


def _of_message(event: StoredEvent) -> Iterator[Told]:
    payload = event.payload
    conversation_id, message_id = payload["conversation_id"], payload["message_id"]
    if payload["message_type"] == Message.Type.ACTIVITY:
        return
    if payload["private"]:
        yield from (
            Told(pk, Type.CONVERSATION_MENTION, message_id)
            for pk in _mentioned(event.account_id, conversation_id, message_id)
        )
    if _is_blocked(event.account_id, payload["contact_id"]):
        return
    assignee = _membership_of(event.account_id, payload["assignee_id"])
    if assignee:
        yield Told(assignee, Type.ASSIGNED_CONVERSATION_NEW_MESSAGE, message_id)


def _of_beginning(event: StoredEvent) -> Iterator[Told]:
    """Only those who asked for it: it is every conversation of their inboxes."""
    payload = event.payload
    pending = Conversation.Status.PENDING
    talk = Conversation.objects.for_account(event.account_id).filter(pk=payload["conversation_id"])
    if not talk.exclude(status=pending).exists() or _is_blocked(event.account_id, payload["contact_id"]):
        return
    name = Type.CONVERSATION_CREATION.label
    asked = Q(push_notifications__contains=[name]) | Q(email_notifications__contains=[name])
    rows = assignable(account_id=event.account_id, inbox_id=payload["inbox_id"]).filter(asked)
    for pk in rows.values_list("pk", flat=True):
        yield Told(pk, Type.CONVERSATION_CREATION)


def _of_change(event: StoredEvent) -> Iterator[Told]:
    change = event.payload.get("changes", {}).get("assignee_id")
    if not change or not change[1] or _is_blocked(event.account_id, event.payload["contact_id"]):
        return
    assignee = _membership_of(event.account_id, change[1])
    if assignee:
        yield Told(assignee, Type.CONVERSATION_ASSIGNMENT)


def _mentioned(account_id: int, conversation_id: int, message_id: int) -> list[int]:
    """Those whom this very note has called: it wrote their rows in its own transaction."""
    written = Message.objects.for_account(account_id).filter(pk=message_id).values("created_at")[:1]
    rows = Mention.objects.for_account(account_id).filter(
        conversation_id=conversation_id, mentioned_at__gte=written
    )
    return list(rows.values_list("membership_id", flat=True))


def _is_blocked(account_id: int, contact_id: int) -> bool:
    return Contact.objects.for_account(account_id).filter(pk=contact_id, blocked=True).exists()


def _membership_of(account_id: int, user_id: int | None) -> int | None:
    if user_id is None:
        return None
    rows = Membership.objects.for_account(account_id).filter(user_id=user_id)
    return rows.values_list("pk", flat=True).first()


def _own_membership(event: StoredEvent) -> int:
    """Nobody is told of what they did themselves."""
    actor: dict[str, Any] = event.payload.get("actor") or {}
    user_id = actor.get("id") if actor.get("kind") == "user" else None
    return _membership_of(event.account_id, user_id) or 0


def send_by_mail(event: StoredEvent) -> None:
    """For those who want this kind by mail, if it is still unread. May raise: the run is then tried again."""
    row = (
        Notification.objects.for_account(event.account_id)
        .select_related("membership__user", "membership__account", "conversation__contact")
        .filter(pk=event.payload["id"], read_at__isnull=True)
        .first()
    )
    if row is None or row.get_notification_type_display() not in row.membership.email_notifications:
        return
    user = row.membership.user
    if not user.is_active:
        return
    with translation.override(row.membership.account.locale):
        title = title_of(row)
        link = f"{settings.PUBLIC_URL}/app/accounts/{event.account_id}/conversations/{row.conversation.display_id}"
        text = "\n\n".join(part for part in (title, _preview(row), link) if part)
    mail_of(event, to=user.email, subject=title, text=text).send()


def _preview(row: Notification) -> str:
    if row.message_id is None:
        return ""
    rows = Message.objects.for_account(row.account_id).filter(pk=row.message_id)
    return (rows.values_list("content", flat=True).first() or "")[:500]
