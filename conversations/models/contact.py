from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key
from config.constraints import SameAccountKey
from config.encryption import new_token


class Contact(TenantModel):
    """A customer, as one account knows them."""

    class Type(models.IntegerChoices):
        VISITOR = 0, _("visitor")
        LEAD = 1, _("lead")
        CUSTOMER = 2, _("customer")

    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    email = models.EmailField(_("e-mail"), max_length=254, null=True, blank=True)
    phone_number = models.CharField(_("phone number"), max_length=32, null=True, blank=True)
    identifier = models.CharField(_("identifier"), max_length=255, null=True, blank=True)
    additional_attributes = models.JSONField(default=dict, blank=True)
    custom_attributes = models.JSONField(default=dict, blank=True)
    contact_type = models.SmallIntegerField(choices=Type, default=Type.VISITOR)
    last_activity_at = models.DateTimeField(null=True, blank=True)
    blocked = models.BooleanField(_("blocked"), default=False)
    labels = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints: ClassVar = [
            account_key("contact"),
            models.UniqueConstraint("account", Lower("email"), name="contact_email"),
            models.UniqueConstraint(fields=["account", "phone_number"], name="contact_phone"),
            models.UniqueConstraint(fields=["account", "identifier"], name="contact_identifier"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-last_activity_at"], name="contact_activity"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"#{self.pk}"


class ContactLabel(models.Model):
    """A label on a contact, for finding; `Contact.labels` has the same for showing (see ConversationLabel)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    title = models.TextField()

    class Meta:
        constraints: ClassVar = [
            account_key("contactlabel"),
            models.UniqueConstraint(fields=["account", "contact", "title"], name="contactlabel_once"),
            SameAccountKey(
                field="contact",
                to="conversations.Contact",
                name="contactlabel_contact_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "title", "contact"], name="contactlabel_title"),
        ]

    def __str__(self) -> str:
        return self.title


class ContactInbox(TenantModel):
    """A contact's session in one inbox: how that inbox knows them, and the key of their own stream."""

    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, db_constraint=False, related_name="contact_inboxes", db_index=False
    )
    inbox = models.ForeignKey(
        "inboxes.Inbox", on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    source_id = models.TextField()
    hmac_verified = models.BooleanField(default=False)
    pubsub_token = models.CharField(max_length=24, unique=True, default=new_token, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints: ClassVar = [
            account_key("contactinbox"),
            models.UniqueConstraint(fields=["account", "inbox", "source_id"], name="contactinbox_source"),
            SameAccountKey(
                field="contact",
                to="conversations.Contact",
                name="contactinbox_contact_fk",
                on_delete="CASCADE",
            ),
            SameAccountKey(
                field="inbox", to="inboxes.Inbox", name="contactinbox_inbox_fk", on_delete="CASCADE"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "contact"], name="contactinbox_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.inbox_id}"

    @property
    def is_visible_across_sessions(self) -> bool:
        """A verified contact sees all conversations of their verified sessions."""
        return self.hmac_verified
