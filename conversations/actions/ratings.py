"""A rating as a row of its own, beside the message that asked for it. Called by whatever takes the answer."""

from __future__ import annotations

from typing import Any

from conversations.actions.locking import Locked
from conversations.models import Message, SurveyResponse


def record_rating(locked: Locked, *, message: Message, answer: dict[str, Any]) -> None:
    """`answer` {rating, feedback_message} has been checked. The assignee at the first answer stays the one rated."""
    values = {
        "rating": answer["rating"],
        "feedback_message": answer.get("feedback_message") or "",
    }
    SurveyResponse.objects.for_account(locked.account_id).update_or_create(
        message_id=message.pk,
        defaults=values,
        create_defaults={
            **values,
            "account_id": locked.account_id,
            "conversation_id": locked.id,
            "contact_id": locked.contact_id,
            "assigned_agent_id": locked.assignee_user_id,
        },
    )
