"""Rules, macros and integrations as the contract has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from automation.integrations import App
from automation.models import AutomationRule, IntegrationHook, Macro
from inboxes.models import Inbox

Row = dict[str, Any]


def rule(row: AutomationRule) -> Row:
    return {
        "id": row.pk,
        "account_id": row.account_id,
        "name": row.name,
        "description": row.description,
        "event_name": row.event_name,
        "conditions": row.conditions,
        "actions": row.actions,
        "created_on": int(row.created_at.timestamp()),
        "active": row.active,
    }


def macro(row: Macro, people: dict[int, Row]) -> Row:
    """`people`: AGENT shapes by user id; whoever has left is not named."""
    shape: Row = {
        "id": row.pk,
        "name": row.name,
        "visibility": row.get_visibility_display(),
        "account_id": row.account_id,
        "actions": row.actions,
    }
    for key, user_id in (("created_by", row.created_by_id), ("updated_by", row.updated_by_id)):
        if user_id in people:
            shape[key] = people[user_id]
    return shape


def hook(row: IntegrationHook, *, app: App, with_settings: bool, inbox: Inbox | None = None) -> Row:
    """Settings, without the keys themselves, are for administrators."""
    shape: Row = {
        "id": row.pk,
        "app_id": row.app_id,
        "status": row.enabled,
        "inbox": {"id": inbox.pk, "name": inbox.name} if inbox else None,
        "account_id": row.account_id,
        "hook_type": "inbox" if app.of_inbox else "account",
    }
    if with_settings:
        settings = orjson.loads(row.settings)
        shape["settings"] = {name: settings[name] for name in app.shown if name in settings}
        shape["reference_id"] = row.reference_id or None
    return shape


def integration(app: App, hooks: Iterable[Row], *, with_configuration: bool) -> Row:
    rows = list(hooks)
    shape: Row = {
        "id": app.id,
        "name": app.name,
        "description": str(app.description),
        "short_description": str(app.description),
        "enabled": bool(rows) or app.id in ("webhook", "dashboard_apps"),
        "hooks": rows,
    }
    if with_configuration:
        shape["hook_type"] = "inbox" if app.of_inbox else "account"
        shape["allow_multiple_hooks"] = app.many
        shape["settings_json_schema"] = {
            "type": "object",
            "properties": {name: {} for name in app.settings},
            "required": list(app.required),
            "additionalProperties": False,
        }
        shape["visible_properties"] = list(app.shown)
    return shape
