"""What happens to a message after it was written: receipts, failures, another try, removal, a visitor's answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actors import SYSTEM, Actor
from config.events import publish
from config.problems import Forbidden, Invalid, found
from config.rendering import without_nul
from conversations import shapes
from conversations.actions.inbound import contact_actor
from conversations.actions.locking import Locked, lock_by_id, lock_visible
from conversations.actions.ratings import record_rating
from conversations.content import check_shape, with_safe_html
from conversations.events import MessageUpdated
from conversations.models import Attachment, ContactInbox, Message
from conversations.queries.messages import messages_by_id
from conversations.shapes import Row
from inboxes.queries import Access

DELETED = gettext_noop("This message was deleted")
LONGEST_REASON = 2000
_READ, _DELIVERED, _FAILED = (shapes.MESSAGE_STATUSES.index(name) for name in ("read", "delivered", "failed"))


def update_message(
    *,
    actor: Actor,
    access: Access,
    display_id: int,
    message_id: int,
    status: str | None = None,
    external_error: str | None = None,
    content_attributes: dict[str, Any] | None = None,
) -> Row:
    """What a program behind an API inbox knows of a message it delivers. A status that is unknown, or would turn
    read into delivered, changes nothing. Forbidden in every other inbox. Returns MESSAGE's richer form."""
    locked, message = locked_message(access=access, display_id=display_id, message_id=message_id)
    if locked.inbox_kind != "api":
        text = _("Message status update is only allowed for API inboxes")
        raise Forbidden(text, code="not_an_api_inbox")
    attributes = _merged(message, content_attributes)
    if status in shapes.MESSAGE_STATUSES:
        number = shapes.MESSAGE_STATUSES.index(status)
        if not (message.status == _READ and number == _DELIVERED):
            message.status = number
    if message.status == _FAILED and external_error is not None:
        attributes["external_error"] = without_nul(external_error)[:LONGEST_REASON]
    elif message.status != _FAILED:
        attributes.pop("external_error", None)
    message.content_attributes = attributes
    return save_message(locked, message=message, actor=actor)


def _merged(message: Message, more: dict[str, Any] | None) -> dict[str, Any]:
    if not more:
        return dict(message.content_attributes)
    attributes = {**message.content_attributes, **with_safe_html(more)}
    kind = shapes.CONTENT_TYPES[message.content_type]
    check_shape(kind, attributes, field="content_attributes")
    return attributes


def delete_message(*, actor: Actor, access: Access, display_id: int, message_id: int) -> Row:
    """The row stays, so that the thread keeps its order; what it said, and its files, are gone."""
    locked, message = locked_message(access=access, display_id=display_id, message_id=message_id)
    Attachment.objects.for_account(locked.account_id).filter(message_id=message.pk).delete()
    message.content = DELETED
    message.content_type = Message.ContentType.TEXT
    message.content_attributes = {"deleted": True}
    return save_message(locked, message=message, actor=actor)


def retry_message(*, actor: Actor, access: Access, display_id: int, message_id: int) -> Row:
    """Send what has failed once more. A message that has not failed is left as it is: it may be on its way."""
    locked, message = locked_message(access=access, display_id=display_id, message_id=message_id)
    if message.status != _FAILED:
        return _shape(locked, message)
    message.status = Message.Status.SENT
    message.content_attributes = {
        k: v for k, v in message.content_attributes.items() if k != "external_error"
    }
    return save_message(locked, message=message, actor=actor, resend=True)


def fail_message(*, account_id: int, message_id: int, reason: str) -> bool:
    """It has not arrived, and nobody tries any more. Only of what goes out to the contact. Returns whether it
    changed anything."""
    found = (
        Message.objects.for_account(account_id)
        .filter(pk=message_id)
        .values_list("conversation_id", flat=True)
    )
    conversation_id = found.first()
    if conversation_id is None:
        return False
    locked = lock_by_id(account_id=account_id, conversation_id=conversation_id)
    message = Message.objects.for_account(account_id).get(pk=message_id)
    goes_out = message.message_type in {Message.Type.OUTGOING, Message.Type.TEMPLATE} and not message.private
    if not goes_out or message.status in {_FAILED, _READ} or message.content_attributes.get("deleted"):
        return False
    message.status = _FAILED
    error = without_nul(reason)[:LONGEST_REASON]
    message.content_attributes = {**message.content_attributes, "external_error": error}
    save_message(locked, message=message, actor=SYSTEM)
    return True


def answer_message(*, session: ContactInbox, message_id: int, submitted_values: Any) -> Row:
    """The visitor has chosen, filled in or rated. Raises NotFound for a message that is not theirs, Invalid for
    one that asks nothing and for what is no answer to it."""
    locked, message = _locked_of_session(session, message_id)
    kind = shapes.CONTENT_TYPES[message.content_type]
    if f"answer:{kind}" not in _ANSWERED:
        raise Invalid(_("This message asks for no answer."), attributes=["submitted_values"])
    check_shape(f"answer:{kind}", submitted_values, field="submitted_values")
    if kind == "input_csat":
        record_rating(locked, message=message, answer=submitted_values["csat_survey_response"])
    message.content_attributes = {**message.content_attributes, "submitted_values": submitted_values}
    return save_message(locked, message=message, actor=contact_actor(session))


# What may be told of a message's attributes in `changes`; the message itself is read anew by whoever is told.
_KEPT_IN_FEED = {"deleted", "external_error", "submitted_values", "submitted_email"}
_ANSWERED = {"answer:input_select", "answer:form", "answer:input_csat"}


def record_submitted_email(*, session: ContactInbox, message_id: int, email: str) -> Row:
    """What the visitor typed into an input_email."""
    locked, message = _locked_of_session(session, message_id)
    if message.content_type != Message.ContentType.INPUT_EMAIL:
        raise Invalid(_("This message asks for no answer."), attributes=["submitted_email"])
    message.content_attributes = {**message.content_attributes, "submitted_email": email}
    return save_message(locked, message=message, actor=contact_actor(session))


def locked_message(*, access: Access, display_id: int, message_id: int) -> tuple[Locked, Message]:
    """Activity lines are nobody's to change."""
    locked = lock_visible(access=access, display_id=display_id)
    messages = Message.objects.for_account(locked.account_id).exclude(message_type=Message.Type.ACTIVITY)
    message = found(messages.filter(conversation_id=locked.id, pk=message_id).first())
    return locked, message


def _locked_of_session(session: ContactInbox, message_id: int) -> tuple[Locked, Message]:
    messages = Message.objects.for_account(session.account_id).filter(private=False)
    mine = messages.filter(conversation__contact_inbox_id=session.pk)
    if session.hmac_verified:
        mine = messages.filter(
            conversation__contact_id=session.contact_id, conversation__contact_inbox__hmac_verified=True
        )
    of = found(mine.filter(pk=message_id).values_list("conversation_id", flat=True).first())
    locked = lock_by_id(account_id=session.account_id, conversation_id=of)
    return locked, Message.objects.for_account(session.account_id).get(pk=message_id)


def save_message(locked: Locked, *, message: Message, actor: Actor, resend: bool = False) -> Row:
    """Store what differs from the row, and tell of it once. Nothing differs: nothing happens."""
    stored = Message.objects.for_account(locked.account_id).get(pk=message.pk)
    fields = ("content", "content_type", "content_attributes", "status")
    changed = [name for name in fields if getattr(stored, name) != getattr(message, name)]
    if changed:
        message.save(update_fields=[*changed, "updated_at"])
        publish(
            MessageUpdated(
                account_id=locked.account_id,
                message_id=message.pk,
                message_type=message.message_type,
                private=message.private,
                changes={name: [_shown(name, stored), _shown(name, message)] for name in changed},
                resend=resend,
                **locked.routing(actor),
            )
        )
    return _shape(locked, message)


def _shown(name: str, message: Message) -> Any:
    """As the API shows it, without texts: what is removed later must not stay in the feed."""
    if name == "content_attributes":
        return {k: v for k, v in message.content_attributes.items() if k in _KEPT_IN_FEED}
    if name == "status":
        return shapes.MESSAGE_STATUSES[message.status]
    if name == "content_type":
        return shapes.CONTENT_TYPES[message.content_type]
    return None


def _shape(locked: Locked, message: Message) -> Row:
    return messages_by_id(account_id=locked.account_id, ids=[message.pk])[message.pk]
