"""What every tenant model shares: the account, and the composite key that others point to."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models.functions import Now


class TenantQuerySet(models.QuerySet):
    def for_account(self, account: Any) -> Self:
        """The rows of this account (an Account or its id). Everything an edge fetches comes through here."""
        return self.filter(account_id=getattr(account, "pk", account))


TenantManager = models.Manager.from_queryset(TenantQuerySet)


class Timestamped(models.Model):
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class TenantModel(Timestamped):
    # No index of its own: UNIQUE (account, id) of `account_key` starts with it.
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, db_index=False, related_name="+"
    )

    objects = TenantManager()

    class Meta:
        abstract = True


def account_key(name: str) -> models.UniqueConstraint:
    """UNIQUE (account_id, id): the target of composite foreign keys (config.constraints.SameAccountKey)."""
    return models.UniqueConstraint(fields=["account", "id"], name=f"{name}_account_id")
