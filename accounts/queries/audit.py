"""The audit log, page by page, in the contract's words."""

from __future__ import annotations

from accounts import shapes
from accounts.models import AuditEntry
from accounts.permissions import Asker

PER_PAGE = 15
# What a deed is to the contract, by the end of its name here; all others are updates.
_DEEDS = {"created": "create", "invited": "create", "deleted": "destroy", "removed": "destroy"}
_TYPES = {"membership": "AccountUser", "agentbot": "AgentBot", "teammember": "TeamMember"}


def audit_page(access: Asker, *, page: int) -> shapes.Row:
    """{per_page, total_entries, current_page, audit_logs}, newest first."""
    rows = AuditEntry.objects.for_account(access.account_id).order_by("-id")
    start = (page - 1) * PER_PAGE
    return {
        "per_page": PER_PAGE,
        "total_entries": rows.count(),
        "current_page": page,
        "audit_logs": [_entry(row) for row in rows[start : start + PER_PAGE]],
    }


def _entry(row: AuditEntry) -> shapes.Row:
    model = row.subject_type.rpartition(".")[2]
    return {
        "id": row.pk,
        "auditable_id": row.subject_id,
        "auditable_type": _TYPES.get(model, model.capitalize()),
        "auditable": None,
        "associated_id": row.account_id,
        "associated_type": "Account",
        "user_id": row.actor_id,
        "user_type": "User" if row.actor_kind == "user" else row.actor_kind,
        "username": row.actor_name,
        "action": _DEEDS.get(row.action.rpartition(".")[2], "update"),
        "audited_changes": row.changes,
        "version": 1,
        "comment": row.action,
        "request_uuid": row.request_id or None,
        "created_at": shapes.ts(row.created_at),
        "remote_address": None,
    }
