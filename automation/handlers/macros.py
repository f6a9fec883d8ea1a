"""A macro on one of the conversations it was asked for."""

from __future__ import annotations

import logging

import orjson

from automation.actions import macro_runs
from config import outbound
from config.events import StoredEvent
from config.problems import NotFound
from conversations.queries.webhooks import conversation_body
from inboxes.queries import access_of_user

logger = logging.getLogger(__name__)


def run_macro(event: StoredEvent) -> None:
    """In the name of who asked, as far as they may by now."""
    payload = event.payload
    access = access_of_user(account_id=event.account_id, user_id=payload["actor"]["id"])
    if access is None:
        logger.info("macro dropped: the asker has left", extra={"event_id": event.id})
        return
    try:
        macro_runs.run_macro(access=access, macro_id=payload["macro_id"], display_id=payload["display_id"])
    except NotFound:
        logger.info("macro or conversation is gone", extra={"event_id": event.id})


def post_conversation(event: StoredEvent) -> None:
    """Whoever does not accept it is asked again, with the same id and a body that is read anew. Raises Unreachable."""
    body = conversation_body(account_id=event.account_id, conversation_id=event.payload["conversation_id"])
    if body is None:
        return
    text = orjson.dumps({**body, "event": event.payload["event_name"]})
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    answer = outbound.post(
        event.payload["url"], body=text, headers={**headers, "webhook-id": f"evt_{event.id}"}
    )
    if not answer.accepted:
        raise outbound.Unreachable(f"answered {answer.status}", maybe_received=True)
