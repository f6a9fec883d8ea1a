"""Taking an inbox away with all that is in it, a few hundred conversations at a time."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import connection, transaction

from config.events import StoredEvent, publish
from inboxes.events import InboxDeletionAsked

BATCH = 200

_SOME = """
SELECT id FROM conversations_conversation WHERE account_id = %s AND inbox_id = %s LIMIT %s
"""
_FILES = """
SELECT attachment.file FROM conversations_attachment AS attachment
JOIN conversations_message AS message
  ON message.account_id = attachment.account_id AND message.id = attachment.message_id
WHERE message.account_id = %s AND message.conversation_id = ANY(%s) AND attachment.file <> ''
"""
# The composite keys take messages, labels and the rest along, by their indexes.
_DROP = "DELETE FROM conversations_conversation WHERE account_id = %s AND id = ANY(%s)"
_DROP_INBOX = "DELETE FROM inboxes_inbox WHERE account_id = %s AND id = %s"


def delete_inbox(event: StoredEvent) -> None:
    """Handler. Asks for itself again while there is more: no transaction grows with the inbox."""
    account_id, inbox_id = event.account_id, event.payload["inbox_id"]
    with connection.cursor() as cursor:
        cursor.execute(_SOME, [account_id, inbox_id, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(_FILES, [account_id, ids])
        files = [row[0] for row in cursor.fetchall()]
        cursor.execute(_DROP, [account_id, ids])
        if len(ids) < BATCH:
            cursor.execute(_DROP_INBOX, [account_id, inbox_id])
        else:
            publish(
                InboxDeletionAsked(account_id=account_id, actor=event.payload.get("actor"), inbox_id=inbox_id)
            )
    transaction.on_commit(lambda: _remove(files), robust=True)


def _remove(files: list[str]) -> None:
    for name in files:
        default_storage.delete(name)
