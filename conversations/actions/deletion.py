"""Taking an inbox away with all that is in it, a few hundred conversations at a time."""

from __future__ import annotations

from django.db import connection

from config.events import StoredEvent, publish
from inboxes.events import InboxDeletionAsked

BATCH = 200

_SOME = """
SELECT id FROM conversations_conversation WHERE account_id = %s AND inbox_id = %s LIMIT %s
"""
# The composite keys take messages, labels and the rest along, by their indexes; the sweep of files takes theirs.
_DROP = "DELETE FROM conversations_conversation WHERE account_id = %s AND id = ANY(%s)"
_DROP_INBOX = "DELETE FROM inboxes_inbox WHERE account_id = %s AND id = %s"


def delete_inbox(event: StoredEvent) -> None:
    """Handler. Asks for itself again while there is more: no transaction grows with the inbox."""
    account_id, inbox_id = event.account_id, event.payload["doomed_id"]
    with connection.cursor() as cursor:
        cursor.execute(_SOME, [account_id, inbox_id, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(_DROP, [account_id, ids])
        if len(ids) < BATCH:
            cursor.execute(_DROP_INBOX, [account_id, inbox_id])
        else:
            publish(
                InboxDeletionAsked(
                    account_id=account_id, actor=event.payload.get("actor"), doomed_id=inbox_id
                )
            )
