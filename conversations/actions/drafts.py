"""What an agent has written and not sent. An older version never overwrites a newer one."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from config.problems import Invalid, NotFound
from config.rendering import without_nul
from conversations.models import Draft
from conversations.models.message import CONTENT_LIMIT
from conversations.queries.threads import raw_conversation
from inboxes.queries import Access

# An empty draft stays as a row, so that a late copy of the text that was sent does not bring it back.
_SAVE = """
INSERT INTO conversations_draft (account_id, conversation_id, membership_id, mode, content, version,
    created_at, updated_at)
VALUES (%s, %s, %s, %s, %s, %s, now(), now())
ON CONFLICT (account_id, membership_id, conversation_id, mode) DO UPDATE
SET content = excluded.content, version = excluded.version, updated_at = now()
WHERE conversations_draft.version < excluded.version
"""
LATEST_VERSION = 2**62


def save_draft(*, access: Access, display_id: int, mode: str, content: str, version: int) -> bool:
    """`version` is the writer's clock in milliseconds; blank content clears. Returns whether it was the newest.
    Raises NotFound, Invalid."""
    if mode not in Draft.Mode.values:
        raise Invalid(_("mode must be reply or note"), attributes=["mode"])
    if len(content) > CONTENT_LIMIT:
        message = _("Content is too long (maximum is %(limit)d characters)") % {"limit": CONTENT_LIMIT}
        raise Invalid(message, attributes=["content"])
    if not 0 < version < LATEST_VERSION:
        raise Invalid(_("version is a number of milliseconds"), attributes=["version"])
    row = raw_conversation(access=access, display_id=display_id)
    if row is None:
        raise NotFound(_("There is no such conversation, or it is not in your inboxes."))
    text = without_nul(content)
    owner = [access.account_id, row["_id"], access.membership_id]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [*owner, mode, text if text.strip() else "", version])
        return cursor.rowcount == 1
