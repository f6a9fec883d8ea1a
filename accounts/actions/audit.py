"""The audit log: one row for every change to people, access and settings, in the change's transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from accounts.actors import Actor
from accounts.models import AuditEntry
from config import context


def record_audit(
    *, actor: Actor, account_id: int, action: str, subject: Model, changes: dict[str, Any] | None = None
) -> None:
    """`action` as "member.invited"; `changes` as {field: [old, new]}, plain values, never a secret."""
    AuditEntry.objects.create(
        account_id=account_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:255],
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        changes=changes or {},
        request_id=context.current().request_id,
    )
