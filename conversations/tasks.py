from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.db import connection

from config.database import account_scope, platform_scope
from config.problems import NotFound
from conversations.actions import blobs, notifications
from conversations.actions.previews import make_previews
from conversations.actions.status import wake_conversation

logger = logging.getLogger(__name__)

# Only groups of more than one row; writers only ever insert, so nobody waits for this.
_FOLD = """
WITH gone AS (
    DELETE FROM {table} AS tally USING (
        SELECT {keys} FROM {table} GROUP BY {keys} HAVING count(*) > 1 LIMIT 5000
    ) AS crowd
    WHERE {same} RETURNING tally.*
)
INSERT INTO {table} ({keys}, delta) SELECT {keys}, sum(delta) FROM gone GROUP BY {keys} HAVING sum(delta) <> 0
"""
_TALLIED = ("account_id", "inbox_id", "team_id", "assignee_id", "status")


def _fold(table: str, *keys: str) -> str:
    """Only what may be NULL is compared as IS NOT DISTINCT FROM, which no index serves."""
    ways = {"team_id": "IS NOT DISTINCT FROM", "assignee_id": "IS NOT DISTINCT FROM"}
    same = " AND ".join(f"tally.{key} {ways.get(key, '=')} crowd.{key}" for key in keys)
    return _FOLD.format(table=table, keys=", ".join(keys), same=same)


_FOLDS = (
    _fold("conversations_conversationtally", *_TALLIED),
    _fold("conversations_labeltally", "title", *_TALLIED),
)


@shared_task(name="conversations.tasks.fold_tallies")
def fold_tallies() -> None:
    """Replace the differences behind the counts by their sums."""
    with platform_scope("upkeep: tallies of all accounts are folded together"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('fold_tallies'))")
        if cursor.fetchone()[0]:
            for fold in _FOLDS:
                cursor.execute(fold)


@shared_task(name="conversations.tasks.make_missing_previews")
def make_missing_previews() -> int:
    """For pictures that came in some other way than by a message's event, or whose handler gave up. Returns of
    how many messages."""
    with platform_scope("sweep: pictures of all accounts"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT account_id, message_id FROM conversations_attachment "
            "WHERE preview = 1 AND created_at < now() - interval '10 minutes' LIMIT 50"
        )
        due = cursor.fetchall()
    return sum(_preview(account_id, message_id) for account_id, message_id in due)


def _preview(account_id: int, message_id: int) -> bool:
    try:
        with account_scope(account_id):
            return make_previews(account_id=account_id, message_id=message_id) > 0
    except Exception:  # most likely the storage is down: the next sweep tries again
        logger.exception("previews not made", extra={"account_id": account_id, "message": message_id})
        return False


@shared_task(name="conversations.tasks.sweep_blobs")
def sweep_blobs() -> int:
    """Uploads that became part of nothing. Returns how many."""
    with platform_scope("sweep: uploads of all accounts"):
        return blobs.sweep_blobs(hours=settings.FILES_GRACE_HOURS)


@shared_task(name="conversations.tasks.wake_snoozed")
def wake_snoozed() -> int:
    """Open what was snoozed until now. Returns how many."""
    with platform_scope("sweep: due conversations of all accounts"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, id FROM conversations_conversation "
            "WHERE status = 3 AND snoozed_until <= now() ORDER BY snoozed_until LIMIT 500"
        )
        due = cursor.fetchall()
    return sum(_wake(account_id, conversation_id) for account_id, conversation_id in due)


def _wake(account_id: int, conversation_id: int) -> bool:
    try:
        with account_scope(account_id):
            return wake_conversation(account_id=account_id, conversation_id=conversation_id)
    except NotFound:  # deleted in between
        return False
    except Exception:
        logger.exception("snoozed conversation not woken", extra={"conversation": conversation_id})
        return False


@shared_task(name="conversations.tasks.wake_notifications")
def wake_notifications() -> int:
    """What people put aside until now is unread again. Returns how many."""
    with platform_scope("sweep: due notifications of all accounts"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT account_id FROM conversations_notification WHERE snoozed_until <= now() LIMIT 500"
        )
        due = [row[0] for row in cursor.fetchall()]
    woken = 0
    for account_id in due:
        with account_scope(account_id):
            woken += notifications.wake_snoozed(account_id=account_id)
    return woken


@shared_task(name="conversations.tasks.prune_notifications")
def prune_notifications() -> int:
    """Those that nobody has touched for 90 days go."""
    with platform_scope("upkeep: old notifications of all accounts"), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM conversations_notification WHERE id IN (SELECT id FROM conversations_notification "
            "WHERE last_activity_at < now() - interval '90 days' LIMIT 5000)"
        )
        return int(cursor.rowcount)
