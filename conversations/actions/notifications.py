"""Notifications: made by handlers, read and put aside by the person they are for. Every change tells the person's own
pages, with the new counts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.events import StoredEvent, publish
from config.problems import found
from conversations.events import (
    NotificationChanged,
    NotificationCreated,
    NotificationDeleted,
    NotificationUpdated,
)
from conversations.models import Notification
from conversations.queries.notifications import counts
from inboxes.queries import Access


@dataclass(frozen=True)
class Told:
    membership_id: int
    kind: int
    message_id: int | None = None


@transaction.atomic
def tell(*, event: StoredEvent, told: Iterable[Told]) -> None:
    """A newer notification takes the place of an older one about the same conversation. A second run of the same
    event finds its own and writes nothing."""
    conversation_id = event.payload["conversation_id"]
    rows = {one.membership_id: one for one in told}
    own = Notification.objects.for_account(event.account_id).filter(conversation_id=conversation_id)
    before = own.select_for_update().filter(membership_id__in=rows)
    done = set(before.filter(outbox_event_id__gte=event.id).values_list("membership_id", flat=True))
    fresh = [one for pk, one in rows.items() if pk not in done]
    before.filter(membership_id__in=[one.membership_id for one in fresh]).delete()
    made = Notification.objects.bulk_create(
        [
            Notification(
                account_id=event.account_id,
                membership_id=one.membership_id,
                conversation_id=conversation_id,
                message_id=one.message_id,
                notification_type=one.kind,
                outbox_event_id=event.id,
            )
            for one in fresh
        ],
        ignore_conflicts=True,
    )
    known = own.filter(outbox_event_id=event.id, membership__in=[row.membership_id for row in made])
    for row in known.select_related("membership"):
        _announce(NotificationCreated, row)


def mark_read(*, access: Access, notification_id: int) -> Notification:
    return _change(access, notification_id, read_at=timezone.now())


def mark_unread(*, access: Access, notification_id: int) -> Notification:
    return _change(access, notification_id, read_at=None)


def snooze(*, access: Access, notification_id: int, until: datetime.datetime | None) -> Notification:
    return _change(access, notification_id, snoozed_until=until)


@transaction.atomic
def delete_notification(*, access: Access, notification_id: int) -> None:
    row = _own(access, notification_id)
    pk = row.pk
    row.delete()
    row.pk = pk
    _announce(NotificationDeleted, row)


@transaction.atomic
def read_all(*, access: Access, display_id: int | None = None) -> int:
    """Of one conversation, or all. Returns how many were unread."""
    rows = mine(access).filter(read_at__isnull=True)
    if display_id is not None:
        rows = rows.filter(conversation__display_id=display_id)
    changed = rows.update(read_at=timezone.now())
    if changed:
        _announce_many(access)
    return changed


@transaction.atomic
def delete_all(*, access: Access, only_read: bool) -> int:
    rows = mine(access)
    if only_read:
        rows = rows.filter(read_at__isnull=False)
    count, _by_model = rows.delete()
    if count:
        _announce_many(access)
    return count


def wake_snoozed(*, account_id: int) -> int:
    """What was put aside until now is unread again. Called by the sweep, within the account."""
    due = Notification.objects.for_account(account_id).filter(snoozed_until__lte=timezone.now())
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).select_related("membership")[:500])
    for row in rows:
        assert row.snoozed_until is not None
        row.meta = {**row.meta, "last_snoozed_at": row.snoozed_until.isoformat()}
        row.snoozed_until = row.read_at = None
        row.last_activity_at = timezone.now()
        row.save(update_fields=["meta", "snoozed_until", "read_at", "last_activity_at", "updated_at"])
        _announce(NotificationUpdated, row)
    return len(rows)


def mine(access: Access) -> QuerySet[Notification]:
    return Notification.objects.for_account(access.account_id).filter(membership_id=access.membership_id)


def _own(access: Access, notification_id: int) -> Notification:
    row = mine(access).select_for_update(of=("self",)).select_related("membership").filter(pk=notification_id)
    return found(row.first())


@transaction.atomic
def _change(access: Access, notification_id: int, **values: datetime.datetime | None) -> Notification:
    row = _own(access, notification_id)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, "updated_at"])
    _announce(NotificationUpdated, row)
    return row


def _announce(kind: type[NotificationChanged], row: Notification) -> None:
    _publish(kind, row.account_id, row.membership_id, row.membership.user_id, row.pk)


def _announce_many(access: Access) -> None:
    _publish(NotificationUpdated, access.account_id, access.membership_id, access.user_id, None)


def _publish(
    kind: type[NotificationChanged], account_id: int, membership_id: int, user_id: int, pk: int | None
) -> None:
    unread, count = counts(account_id=account_id, membership_id=membership_id)
    publish(kind(account_id=account_id, user_id=user_id, id=pk, unread_count=unread, count=count))
