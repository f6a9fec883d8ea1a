"""Who asks about a survey: the conversation's uuid is the only secret there is."""

from __future__ import annotations

import uuid

from accounts.models import Account
from config.database import platform_scope
from config.problems import NotFound
from conversations.models import Message
from conversations.queries.surveys import find_survey


def survey_of(conversation_uuid: str) -> Message:
    """With its conversation, inbox and account. Raises NotFound."""
    try:
        wanted = str(uuid.UUID(conversation_uuid))
    except ValueError:
        raise NotFound("Not Found") from None
    with platform_scope("a conversation's uuid names a survey whose account is not known yet"):
        message = find_survey(wanted)
    if message is None or message.account.status != Account.Status.ACTIVE:
        raise NotFound("Not Found")
    return message
