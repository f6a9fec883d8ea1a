"""A member's notifications, as pages and programs show them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from conversations import shapes
from conversations.models import Notification
from conversations.notification_titles import title_of
from conversations.queries import rows
from conversations.queries.messages import messages_by_id
from conversations.shapes import Row
from inboxes.queries import Access

PER_PAGE = 15


def counts(*, account_id: int, membership_id: int) -> tuple[int, int]:
    """Unread ones that are not put aside, and all of these."""
    found = _shown(account_id, membership_id).aggregate(
        unread=Count("pk", filter=Q(read_at__isnull=True)), every=Count("pk")
    )
    return found["unread"], found["every"]


def _shown(account_id: int, membership_id: int) -> QuerySet[Notification]:
    mine = Notification.objects.for_account(account_id).filter(membership_id=membership_id)
    return mine.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=timezone.now()))


def notifications_page(
    *,
    access: Access,
    page: int = 1,
    with_read: bool = False,
    with_snoozed: bool = False,
    ascending: bool = False,
) -> list[Row]:
    """15 of them, newest activity first unless `ascending`. One statement for the notifications, one for their
    conversations, one for the messages, whatever their number."""
    mine: QuerySet[Notification] = Notification.objects.for_account(access.account_id).filter(
        membership_id=access.membership_id
    )
    if not with_snoozed:
        mine = _shown(access.account_id, access.membership_id)
    if not with_read:
        mine = mine.filter(read_at__isnull=True)
    order = ("last_activity_at", "id") if ascending else ("-last_activity_at", "-id")
    start = (page - 1) * PER_PAGE
    found = mine.select_related("membership__user", "conversation__contact").order_by(*order)
    return shaped(access.account_id, list(found[start : start + PER_PAGE]))


def by_ids(*, account_id: int, ids: list[int]) -> list[Row]:
    found = Notification.objects.for_account(account_id).filter(pk__in=ids)
    return shaped(account_id, list(found.select_related("membership__user", "conversation__contact")))


def find(*, access: Access, notification_id: int) -> Notification | None:
    mine = Notification.objects.for_account(access.account_id).filter(membership_id=access.membership_id)
    return mine.select_related("membership__user", "conversation__contact").filter(pk=notification_id).first()


def shaped(account_id: int, found: list[Notification]) -> list[Row]:
    """With memberships, users, conversations and contacts."""
    talks = _conversations(account_id, sorted({row.conversation_id for row in found}))
    ids = sorted({row.message_id for row in found if row.message_id})
    messages = messages_by_id(account_id=account_id, ids=ids) if ids else {}
    return [_shape(row, talks.get(row.conversation_id), messages.get(row.message_id or 0)) for row in found]


def _conversations(account_id: int, ids: list[int]) -> dict[int, Row]:
    if not ids:
        return {}
    raw = rows.raw_rows(account_id=account_id, source=rows.BY_ID, params=[ids])
    last = sorted({row["last_public_message_id"] for row in raw if row["last_public_message_id"]})
    messages = messages_by_id(account_id=account_id, ids=last) if last else {}
    return {row["_id"]: rows.push_shape(row, account_id=account_id, messages=messages) for row in raw}


def _shape(row: Notification, talk: Row | None, message: Row | None) -> Row:
    user = row.membership.user
    title = title_of(row)
    shape: Row = {
        "id": row.pk,
        "notification_type": row.get_notification_type_display(),
        "push_message_title": title,
        "push_message_body": _body(message),
        "primary_actor_type": "Conversation",
        "primary_actor_id": row.conversation_id,
        "primary_actor": talk,
        "read_at": shapes.iso(row.read_at),
        "secondary_actor": message,
        "user": shapes.user_push(
            user_id=user.pk,
            name=user.name,
            available_name=user.available_name,
            availability=row.membership.availability,
        ),
        "created_at": shapes.ts(row.created_at),
        "last_activity_at": shapes.ts(row.last_activity_at),
        "snoozed_until": shapes.iso(row.snoozed_until),
        "meta": row.meta,
    }
    return shape


def _body(message: Row | None) -> str:
    content: Any = (message or {}).get("content") or ""
    return str(content)[:280]


def raw(row: Notification) -> Row:
    """Every column: what the contract answers to a change."""
    return {
        "id": row.pk,
        "account_id": row.account_id,
        "user_id": row.membership.user_id,
        "notification_type": row.get_notification_type_display(),
        "primary_actor_type": "Conversation",
        "primary_actor_id": row.conversation_id,
        "secondary_actor_type": "Message" if row.message_id else None,
        "secondary_actor_id": row.message_id,
        "read_at": shapes.iso(row.read_at),
        "created_at": shapes.iso(row.created_at),
        "updated_at": shapes.iso(row.updated_at),
        "snoozed_until": shapes.iso(row.snoozed_until),
        "last_activity_at": shapes.iso(row.last_activity_at),
        "meta": row.meta,
    }
