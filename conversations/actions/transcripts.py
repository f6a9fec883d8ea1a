"""The talk by mail: asked for in one transaction, sent by a worker."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.actors import Actor
from accounts.models import Account
from config.events import StoredEvent, publish
from config.throttling import allow
from conversations.actions.locking import Locked, lock_by_id, lock_visible
from conversations.events import TranscriptRequested
from conversations.queries.messages import list_messages
from conversations.shapes import Row
from inboxes.queries import Access

MOST_LINES = 1000


def request_transcript(*, actor: Actor, access: Access, display_id: int, email: str) -> None:
    """At most so many an hour for the whole account: it is a way to send mail to anybody."""
    locked = lock_visible(access=access, display_id=display_id)
    allow("transcript", access.account_id)
    publish(
        TranscriptRequested(
            account_id=locked.account_id,
            conversation_id=locked.id,
            email=email,
            actor=actor.as_payload(),
        )
    )


def send_transcript(event: StoredEvent) -> None:
    """Handler. What the contact has seen of the talk, as plain text. The Message-ID is the event's, so that a
    second run of it is dropped where the first one arrived."""
    locked = lock_by_id(account_id=event.account_id, conversation_id=event.payload["conversation_id"])
    account = Account.objects.get(pk=event.account_id)
    lines = list_messages(
        account_id=event.account_id, conversation_id=locked.id, limit=MOST_LINES, public_only=True
    )
    lines.sort(key=lambda line: line["id"])
    with override(account.locale):
        subject = _("Your conversation with %(account)s (#%(number)d)") % {
            "account": " ".join(account.name.split()),
            "number": locked.display_id,
        }
        text = "\n\n".join(_line(line, locked) for line in lines)
    host = settings.PUBLIC_URL.split("//")[-1].split("/")[0].split(":")[0]
    EmailMessage(
        subject,
        text,
        None,
        [event.payload["email"]],
        headers={"Message-ID": f"<transcript.{event.account_id}.{event.id}@{host}>"},
    ).send()


def _line(line: Row, locked: Locked) -> str:
    sender = line.get("sender") or {}
    name = sender.get("available_name") or sender.get("name") or _("Automatic message")
    parts = [line["content"] or "", *(one["data_url"] for one in line.get("attachments", ()))]
    return f"{name}:\n" + "\n".join(part for part in parts if part)
