"""Mail of a handler. Its Message-ID is the event's, so that a second run is dropped where the first one arrived."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.models import User
from config.events import StoredEvent


def mail_of(event: StoredEvent, *, to: str, subject: str, text: str) -> EmailMessage:
    """Not sent yet. The subject becomes one line, whatever somebody called their account."""
    host = settings.PUBLIC_URL.split("//")[-1].split("/")[0].split(":")[0]
    message_id = f"<{event.name}.{event.account_id}.{event.id}@{host}>"
    return EmailMessage(" ".join(subject.split()), text, None, [to], headers={"Message-ID": message_id})


def address_of_actor(event: StoredEvent) -> str | None:
    """Of the user who caused the event, as long as there is one."""
    actor = event.payload.get("actor") or {}
    if actor.get("kind") != "user" or not actor.get("id"):
        return None
    return User.objects.filter(pk=actor["id"], is_active=True).values_list("email", flat=True).first()
