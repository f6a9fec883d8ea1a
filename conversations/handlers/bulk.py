"""One row of what was asked for many (conversations.actions.bulk)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction

from config.events import StoredEvent
from config.problems import Problem
from conversations.actions.bulk import change_contact, change_conversation
from inboxes.queries import access_of_user

logger = logging.getLogger(__name__)


def change_asked_conversation(event: StoredEvent) -> None:
    _change(event, change_conversation, display_id=event.payload["display_id"])


def change_asked_contact(event: StoredEvent) -> None:
    _change(event, change_contact, contact_id=event.payload["contact_id"])


def _change(event: StoredEvent, change: Callable[..., None], **row: int) -> None:
    """In the name of who asked, as far as they may by now. What they may not is left as it is."""
    asker: dict[str, Any] = event.payload["actor"]
    access = access_of_user(account_id=event.account_id, user_id=asker["id"])
    if access is None:
        logger.info("bulk change dropped: the asker has left", extra={"event_id": event.id})
        return
    try:
        with transaction.atomic():
            change(actor=access.actor, access=access, changes=event.payload["changes"], **row)
    except Problem as problem:
        logger.info("bulk change refused", extra={"event_id": event.id, "reason": problem.code, **row})
