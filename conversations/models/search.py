from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from accounts.tenancy import account_key
from config.constraints import SameAccountKey
from conversations.models.contact import Contact


class ContactGrams(models.Model):
    """What search finds a contact by: groups of three letters, kept by a trigger. A row of its own, because a
    contact's row changes with every message of theirs, and an index on it would be written as often."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    grams = SearchVectorField()

    class Meta:
        constraints: ClassVar = [
            account_key("contactgrams"),
            models.UniqueConstraint(fields=["account", "contact"], name="contactgrams_once"),
            SameAccountKey(
                field="contact",
                to="conversations.Contact",
                name="contactgrams_contact_fk",
                on_delete="CASCADE",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["grams"], name="contactgrams_grams", fastupdate=True, gin_pending_list_limit=256)
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id}"
