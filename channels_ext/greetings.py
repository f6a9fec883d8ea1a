"""What an inbox says by itself when somebody starts to write: its greeting, that it is closed, how to be answered
later (contract, events.md 9). Handlers; each line is written once, however often they run."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM
from accounts.models import Account
from channels_ext import opening
from channels_ext.widget.queries import is_staffed
from config.events import StoredEvent
from conversations.actions.locking import Locked, lock_by_id
from conversations.actions.messages import INCOMING, OUTGOING, TEMPLATE, MessageDraft, write_message
from conversations.models import Message
from inboxes.models import Inbox

WIDGET = "web_widget"


def greet(event: StoredEvent) -> None:
    """After a contact has opened a conversation."""
    locked = lock_by_id(account_id=event.account_id, conversation_id=event.payload["conversation_id"])
    inbox = Inbox.objects.for_account(event.account_id).get(pk=locked.inbox_id)
    if not _was_begun_by_contact(locked):
        return
    if inbox.greeting_enabled and inbox.greeting_message.strip():
        _say(locked, "greeting", content=inbox.greeting_message)
    closed = _say_closed(locked, inbox)
    locale = Account.objects.values_list("locale", flat=True).get(pk=event.account_id)
    with translation.override(locale):
        if _should_ask_address(locked, inbox, closed=closed):
            _ask_address(locked)


def tell_closed(event: StoredEvent) -> None:
    """After a contact has written into a conversation that was over or asleep."""
    locked = lock_by_id(account_id=event.account_id, conversation_id=event.payload["conversation_id"])
    _say_closed(locked, Inbox.objects.for_account(event.account_id).get(pk=locked.inbox_id))


def _messages(locked: Locked) -> Any:
    return Message.objects.for_account(locked.account_id).filter(conversation_id=locked.id)


def _was_begun_by_contact(locked: Locked) -> bool:
    kinds = set(_messages(locked).values_list("message_type", flat=True)[:20])
    return INCOMING in kinds and not kinds & {OUTGOING, TEMPLATE}


def _say_closed(locked: Locked, inbox: Inbox) -> bool:
    """Returns whether it is closed. Told once a day, and not to whom an agent has just answered."""
    now = timezone.now()
    if opening.is_open(inbox, now):
        return False
    today, just_now = now - datetime.timedelta(days=1), now - datetime.timedelta(minutes=5)
    lately = Q(message_type=TEMPLATE, echo_id__startswith="auto-closed", created_at__gte=today)
    answered = Q(message_type=OUTGOING, private=False, created_at__gte=just_now)
    if inbox.out_of_office_message.strip() and not _messages(locked).filter(lately | answered).exists():
        _say(locked, f"closed-{now:%Y%m%d}", content=inbox.out_of_office_message)
    return True


def _should_ask_address(locked: Locked, inbox: Inbox, *, closed: bool) -> bool:
    """An address is asked for where it is needed: when nobody is there to answer at once."""
    if not inbox.enable_email_collect or inbox.kind != WIDGET or locked.contact["email"]:
        return False
    return closed or not is_staffed(inbox)


def _ask_address(locked: Locked) -> None:
    _say(
        locked,
        "address-why",
        content=_("Nobody is here right now. Leave your e-mail address, and the answer finds you."),
    )
    _say(locked, "address", content=_("Where do we answer you?"), content_type="input_email")


def _say(locked: Locked, key: str, *, content: str, content_type: str = "text") -> None:
    draft = MessageDraft(
        content=content, message_type="template", content_type=content_type, echo_id=f"auto-{key}"
    )
    write_message(actor=SYSTEM, locked=locked, draft=draft, kind=TEMPLATE)
