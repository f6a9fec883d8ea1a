"""Asking how it was, and keeping what is answered (contract, events.md 9)."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Asker, require
from config.problems import Invalid, found
from config.rendering import without_nul
from conversations.actions.answers import answer_message
from conversations.actions.locking import Locked
from conversations.actions.messages import TEMPLATE, MessageDraft, write_message
from conversations.models import ContactInbox, Conversation, Message, SurveyResponse

OPEN_DAYS = 14
ASKED = Message.ContentType.INPUT_CSAT
KEY = "auto-csat"  # echo_id: asked once in a conversation, however often the handler runs


def ask_how_it_was(locked: Locked, *, actor: Any, config: dict[str, Any]) -> None:
    """The survey as a message. `config` is the inbox's csat_config."""
    text = config.get("message") or _("Please rate how we helped you.")
    draft = MessageDraft(
        content=text,
        message_type="template",
        content_type="input_csat",
        content_attributes={"display_type": config.get("display_type") or "emoji"},
        echo_id=KEY,
    )
    write_message(actor=actor, locked=locked, draft=draft, kind=TEMPLATE)


def is_over(message: Message) -> bool:
    """Whether it is too late to answer from outside the widget."""
    return timezone.now() - message.created_at > datetime.timedelta(days=OPEN_DAYS)


@transaction.atomic
def answer_survey(*, message: Message, rating: Any, feedback_message: Any = "") -> None:
    """From the survey's page or the public API; again changes the answer. Raises Invalid after 14 days, and for
    what is no rating."""
    if is_over(message):
        text = _("You cannot update the CSAT survey after %(days)d days")
        raise Invalid(text % {"days": OPEN_DAYS}, code="survey_is_over")
    conversation = Conversation.objects.for_account(message.account_id).get(pk=message.conversation_id)
    sessions = ContactInbox.objects.for_account(message.account_id).select_related("contact")
    values = {"csat_survey_response": {"rating": rating, "feedback_message": feedback_message}}
    answer_message(
        session=sessions.get(pk=conversation.contact_inbox_id), message_id=message.pk, values=values
    )


@transaction.atomic
def review_response(*, access: Asker, response_id: int, notes: str) -> SurveyResponse:
    """What an administrator makes of it. Raises Forbidden, NotFound."""
    require(access, "report.read")
    rows = SurveyResponse.objects.for_account(access.account_id).select_for_update(no_key=True, of=("self",))
    row = found(rows.filter(pk=response_id).first())
    row.csat_review_notes = without_nul(notes)
    row.review_notes_updated_at = timezone.now()
    row.review_notes_updated_by_id = access.user_id
    row.save(
        update_fields=[
            "csat_review_notes",
            "review_notes_updated_at",
            "review_notes_updated_by",
            "updated_at",
        ]
    )
    return row
