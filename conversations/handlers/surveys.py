"""When a conversation is resolved and its inbox wants to know: how was it?"""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone, translation

from accounts.actors import SYSTEM
from accounts.models import Account
from config.events import StoredEvent
from config.problems import NotFound
from conversations.actions.changes import SURVEY_NOT_SENT, write_activity
from conversations.actions.locking import Locked, lock_by_id
from conversations.actions.messages import INCOMING
from conversations.actions.surveys import ASKED, ask_how_it_was
from conversations.models import Conversation, Message
from inboxes.models import Inbox


def ask(event: StoredEvent) -> None:
    """Once in a conversation, and not if it was opened again or deleted meanwhile, or its contact is blocked."""
    try:
        locked = lock_by_id(account_id=event.account_id, conversation_id=event.payload["conversation_id"])
    except NotFound:
        return
    inbox = Inbox.objects.for_account(event.account_id).get(pk=locked.inbox_id)
    if not inbox.csat_survey_enabled or not _may_ask(locked) or not _meets(locked, inbox.csat_config):
        return
    if not _may_still_reply(locked, inbox):
        write_activity(locked, actor=SYSTEM, kind="survey_not_sent", text=SURVEY_NOT_SENT)
        return
    locale = Account.objects.values_list("locale", flat=True).get(pk=event.account_id)
    with translation.override(locale):
        ask_how_it_was(locked, actor=SYSTEM, config=inbox.csat_config)


def _may_ask(locked: Locked) -> bool:
    if locked.status != Conversation.Status.RESOLVED or locked.contact["blocked"]:
        return False
    messages = Message.objects.for_account(locked.account_id).filter(conversation_id=locked.id)
    return not messages.filter(content_type=ASKED).exists()


def _may_still_reply(locked: Locked, inbox: Inbox) -> bool:
    if inbox.reply_window_hours is None:
        return True
    since = timezone.now() - datetime.timedelta(hours=inbox.reply_window_hours)
    messages = Message.objects.for_account(locked.account_id).filter(conversation_id=locked.id)
    return messages.filter(message_type=INCOMING, created_at__gt=since).exists()


def _meets(locked: Locked, config: dict[str, Any]) -> bool:
    """The inbox's rule about labels: contains any, or contains none."""
    rules = config.get("survey_rules") or {}
    values = {str(one).lower() for one in rules.get("values") or []}
    if not values:
        return True
    has_any = bool(values & {label.lower() for label in locked.labels})
    return not has_any if rules.get("operator") == "does_not_contain" else has_any
