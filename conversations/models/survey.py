from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from conversations.models.contact import Contact
from conversations.models.conversation import Conversation
from conversations.models.message import Message


class SurveyResponse(TenantModel):
    """What a contact thinks of how they were helped: the answer to one survey message. It may be changed."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    # A person, not a membership: figures outlive somebody's time in the account.
    assigned_agent = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    rating = models.SmallIntegerField(_("rating"))
    feedback_message = models.TextField(_("feedback"), blank=True, default="")
    csat_review_notes = models.TextField(_("review notes"), max_length=20_000, blank=True, default="")
    review_notes_updated_at = models.DateTimeField(null=True, blank=True)
    review_notes_updated_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("survey response")
        verbose_name_plural = _("survey responses")
        constraints: ClassVar = [
            account_key("surveyresponse"),
            models.UniqueConstraint(fields=["account", "message"], name="surveyresponse_message"),
            models.CheckConstraint(name="surveyresponse_rating", condition=Q(rating__gte=1, rating__lte=5)),
            SameAccountKey(
                field="conversation",
                to="conversations.Conversation",
                name="surveyresponse_conversation_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="message",
                to="conversations.Message",
                name="surveyresponse_message_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="contact",
                to="conversations.Contact",
                name="surveyresponse_contact_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-created_at", "-id"], name="surveyresponse_newest"),
            models.Index(fields=["account", "conversation"], name="surveyresponse_conversation"),
            models.Index(fields=["account", "contact"], name="surveyresponse_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5"
