"""What a contact answers to a message that asks: a choice, a form, an e-mail address, a rating."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils.translation import gettext as _

from config.events import publish
from config.problems import Conflict, Invalid, NotFound
from config.rendering import without_nul
from conversations.actions.inbound import contact_actor
from conversations.actions.locking import Locked, lock_by_id
from conversations.actions.ratings import record_rating
from conversations.events import MessageUpdated
from conversations.models import ContactInbox, Message
from conversations.queries.messages import messages_by_id
from conversations.shapes import CONTENT_TYPES, Row

LONGEST_ANSWER = 10_000
ASKING = ("input_select", "form", "input_email", "input_csat", "input_text", "input_textarea")
_RATINGS = (1, 2, 3, 4, 5)
_STORE = """
UPDATE conversations_message SET content_attributes = content_attributes || %s::jsonb, updated_at = clock_timestamp()
WHERE account_id = %s AND id = %s
"""


def answer_message(*, session: ContactInbox, message_id: int, values: Any) -> Row:
    """Store `values` (contract, events.md 11) as the answer to a message of the session's own conversation.
    Returns the message. The same answer again changes nothing, another one is a Conflict; a rating may be
    changed, because words follow the stars."""
    locked, message = _asked(session, message_id)
    kind = CONTENT_TYPES[message.content_type]
    answer = _ANSWERS[kind](message.content_attributes or {}, values)
    known = {key: message.content_attributes.get(key) for key in answer}
    if known == answer:
        return messages_by_id(account_id=session.account_id, ids=[message_id])[message_id]
    if kind != "input_csat" and any(value is not None for value in known.values()):
        text = _("This has been answered already. The first answer was kept.")
        raise Conflict(text, code="already_answered")
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [orjson.dumps(answer).decode(), session.account_id, message_id])
    if kind == "input_csat":
        record_rating(locked, message=message, answer=answer["submitted_values"]["csat_survey_response"])
    changed = {**message.content_attributes, **answer}
    publish(
        MessageUpdated(
            account_id=session.account_id,
            message_id=message_id,
            message_type=message.message_type,
            private=False,
            changes={"content_attributes": [message.content_attributes, changed]},
            **locked.routing(contact_actor(session)),
        )
    )
    return messages_by_id(account_id=session.account_id, ids=[message_id])[message_id]


def _asked(session: ContactInbox, message_id: int) -> tuple[Locked, Message]:
    """The message and its conversation, locked. What is not theirs looks as if it had never been."""
    found = Message.objects.for_account(session.account_id).filter(
        pk=message_id, private=False, conversation__contact_inbox_id=session.pk
    )
    conversation_id = found.values_list("conversation_id", flat=True).first()
    if conversation_id is None:
        raise NotFound(_("There is no such message."))
    locked = lock_by_id(account_id=session.account_id, conversation_id=conversation_id)
    message = found.first()  # read under the lock: two tabs answer one after the other
    if message is None:
        raise NotFound(_("There is no such message."))
    if CONTENT_TYPES[message.content_type] not in ASKING:
        raise Invalid(_("This message asks for no answer."), attributes=["submitted_values"])
    return locked, message


def _refused(text: str) -> Invalid:
    return Invalid(text, attributes=["submitted_values"])


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float | bool) or len(str(value)) > LONGEST_ANSWER:
        raise _refused(_("An answer is a text of at most %(most)d characters.") % {"most": LONGEST_ANSWER})
    return without_nul(str(value)).strip()


def _entries(values: Any) -> list[dict[str, Any]]:
    if not isinstance(values, list) or not 0 < len(values) <= 100:
        raise _refused(_("submitted_values must be a list of objects."))
    if not all(isinstance(one, dict) for one in values):
        raise _refused(_("submitted_values must be a list of objects."))
    return values


def _objects(value: Any) -> list[dict[str, Any]]:
    """Of a question, which nobody checked before it was sent."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _choice(attributes: Row, values: Any) -> Row:
    wanted = _text(_entries(values)[0].get("value", ""))
    for item in _objects(attributes.get("items")):
        if str(item.get("value")) == wanted:
            return {"submitted_values": [{"title": item.get("title"), "value": item.get("value")}]}
    raise _refused(_("That is not one of the choices."))


def _form(attributes: Row, values: Any) -> Row:
    given = {str(one.get("name")): _text(one.get("value", "")) for one in _entries(values)}
    fields = _objects(attributes.get("items"))
    for field in fields:
        _check_field(field, given.get(str(field.get("name")), ""))
    known = [str(field.get("name")) for field in fields]
    return {"submitted_values": [{"name": name, "value": given[name]} for name in known if name in given]}


def _check_field(field: dict[str, Any], value: str) -> None:
    label = {"label": field.get("label") or field.get("name")}
    if field.get("required") and not value:
        raise _refused(_("%(label)s can't be blank") % label)
    if value and field.get("type") == "email":
        _email(value)
    if value and field.get("type") == "select":
        if value not in [str(one.get("value")) for one in _objects(field.get("options"))]:
            raise _refused(_("%(label)s is not one of the choices") % label)


def _email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        raise Invalid(_("That is no e-mail address."), attributes=["email"]) from None
    return value.lower()


def _address(_attributes: Row, values: Any) -> Row:
    return {"submitted_email": _email(_text(values))}


def _rating(attributes: Row, values: Any) -> Row:
    given = values.get("csat_survey_response") if isinstance(values, dict) else None
    rating = given.get("rating") if isinstance(given, dict) else None
    if isinstance(rating, bool) or rating not in _RATINGS:
        raise _refused(_("A rating is a number from 1 to 5."))
    assert isinstance(given, dict)
    words = _text(given.get("feedback_message") or "")
    return {"submitted_values": {"csat_survey_response": {"rating": rating, "feedback_message": words}}}


def _words(_attributes: Row, values: Any) -> Row:
    return {"submitted_values": [{"value": _text(_entries(values)[0].get("value", ""))}]}


_ANSWERS = {
    "input_select": _choice,
    "form": _form,
    "input_email": _address,
    "input_csat": _rating,
    "input_text": _words,
    "input_textarea": _words,
}
