"""Answers kept for a day under the `Idempotency-Key` of their request. What they say is encrypted: some hold a token.
Two tables, because what an account is asked belongs to the account, and the rest to nobody's."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.tenancy import TenantModel, Timestamped, account_key
from config.encryption import EncryptedTextField


class _Answer(models.Model):
    key_digest = models.CharField(max_length=64)  # of who asks and their key
    request_digest = models.CharField(max_length=64)  # of what they asked
    status = models.SmallIntegerField()
    body = EncryptedTextField(blank=True, default="")

    class Meta:
        abstract = True


class AccountAnswer(TenantModel, _Answer):
    class Meta:
        constraints: ClassVar = [
            account_key("accountanswer"),
            models.UniqueConstraint(fields=["account", "key_digest"], name="accountanswer_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="accountanswer_age")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key_digest[:8]}"


class PersonAnswer(Timestamped, _Answer):
    """To a person about themselves, or to a platform app."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key_digest"], name="personanswer_key")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="personanswer_age")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key_digest[:8]}"
