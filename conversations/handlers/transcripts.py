"""The talk by mail."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account
from config.events import StoredEvent
from config.problems import NotFound
from conversations.actions.locking import lock_by_id
from conversations.handlers.mails import mail_of
from conversations.queries.messages import list_messages
from conversations.shapes import Row

MOST_LINES = 1000


def send_transcript(event: StoredEvent) -> None:
    """What the contact has seen of the talk, as plain text; nothing if it was deleted meanwhile."""
    try:
        locked = lock_by_id(account_id=event.account_id, conversation_id=event.payload["conversation_id"])
    except NotFound:
        return
    account = Account.objects.get(pk=event.account_id)
    lines = list_messages(
        account_id=event.account_id, conversation_id=locked.id, limit=MOST_LINES, public_only=True
    )
    lines.sort(key=lambda line: int(line["id"]))
    with override(account.locale):
        subject = _("Your conversation with %(account)s (#%(number)d)") % {
            "account": account.name,
            "number": locked.display_id,
        }
        text = "\n\n".join(_line(line) for line in lines)
    mail_of(event, to=event.payload["email"], subject=subject, text=text).send()


def _line(line: Row) -> str:
    sender = line.get("sender") or {}
    name = sender.get("available_name") or sender.get("name") or _("Automatic message")
    parts = [line["content"] or "", *(one["data_url"] for one in line.get("attachments", ()))]
    return f"{name}:\n" + "\n".join(part for part in parts if part)
