from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantModel, account_key


class CustomAttributeDefinition(TenantModel):
    """A field that the account has added to its conversations or contacts. Values live in their
    `custom_attributes` by `attribute_key`; keys without a definition are kept too."""

    class Model(models.IntegerChoices):
        CONVERSATION = 0, "conversation_attribute"
        CONTACT = 1, "contact_attribute"

    class DisplayType(models.IntegerChoices):
        TEXT = 0, "text"
        NUMBER = 1, "number"
        CURRENCY = 2, "currency"
        PERCENT = 3, "percent"
        LINK = 4, "link"
        DATE = 5, "date"
        LIST = 6, "list"
        CHECKBOX = 7, "checkbox"

    attribute_model = models.SmallIntegerField(choices=Model, default=Model.CONVERSATION)
    attribute_key = models.CharField(_("key"), max_length=255)
    attribute_display_name = models.CharField(_("name"), max_length=255)
    attribute_display_type = models.SmallIntegerField(choices=DisplayType, default=DisplayType.TEXT)
    attribute_description = models.TextField(_("description"), max_length=20_000, blank=True, default="")
    attribute_values = ArrayField(models.TextField(), default=list, blank=True)
    default_value = models.IntegerField(null=True, blank=True)
    regex_pattern = models.CharField(max_length=255, blank=True, default="")
    regex_cue = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        verbose_name = _("custom attribute")
        verbose_name_plural = _("custom attributes")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            account_key("customattributedefinition"),
            models.UniqueConstraint(
                fields=["account", "attribute_model", "attribute_key"], name="customattributedefinition_key"
            ),
        ]

    def __str__(self) -> str:
        return self.attribute_display_name
