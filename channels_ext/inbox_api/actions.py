"""Inboxes together with their channels."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.actions.caching import touch_cache_key
from accounts.permissions import Asker, require
from channels_ext.inbox_api.kinds import KINDS
from channels_ext.models import ApiChannel
from config.encryption import new_token
from config.problems import NotFound
from inboxes.actions.hours import store_usual_week
from inboxes.actions.inboxes import create_inbox, lock_inbox
from inboxes.models import Inbox


@transaction.atomic
def open_inbox(*, access: Asker, kind: str, name: str, channel: dict[str, Any], **values: Any) -> Inbox:
    """An inbox with its channel and the usual hours; `channel` are columns of the settings row. Raises Forbidden,
    Invalid, LimitReached."""
    inbox = create_inbox(access=access, name=name, kind=kind, **values)
    KINDS[kind].model.objects.create(account_id=access.account_id, inbox=inbox, **channel)
    _keep_window(inbox, channel)
    store_usual_week(access=access, inbox_id=inbox.pk)
    return inbox


@transaction.atomic
def update_channel(*, access: Asker, inbox_id: int, **columns: Any) -> None:
    """Raises Forbidden, NotFound."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    channel = _channel(inbox)
    changes = {field: [getattr(channel, field), new] for field, new in columns.items()}
    changes = {field: pair for field, pair in changes.items() if pair[0] != pair[1]}
    if not changes:
        return
    for field, (_old, new) in changes.items():
        setattr(channel, field, new)
    channel.save(update_fields=[*changes, "updated_at"])
    _keep_window(inbox, columns)
    _audit(access, inbox, "inbox.channel_updated", changes)
    touch_cache_key(account_id=access.account_id, kind="inbox")


@transaction.atomic
def reset_webhook_secret(*, access: Asker, inbox_id: int) -> str:
    """What signs the webhook of an API inbox, anew; the former one ends at once. Shown this once. Raises
    Forbidden, NotFound."""
    inbox = lock_inbox(access=access, inbox_id=inbox_id)
    require(access, "inbox.manage", inbox)
    channel = _channel(inbox)
    if not isinstance(channel, ApiChannel):
        raise NotFound()
    channel.secret = new_token()
    channel.save(update_fields=["secret", "updated_at"])
    _audit(access, inbox, "inbox.secret_reset", {})
    return channel.secret


def _keep_window(inbox: Inbox, columns: dict[str, Any]) -> None:
    """On the inbox, where every conversation's can_reply is read."""
    if "additional_attributes" in columns:
        hours = columns["additional_attributes"].get("agent_reply_time_window")
        inbox.reply_window_hours = int(hours) if hours else None
        inbox.save(update_fields=["reply_window_hours", "updated_at"])


def _channel(inbox: Inbox) -> Any:
    kind = KINDS.get(inbox.kind)
    channel = kind.model.objects.for_account(inbox.account_id).filter(inbox=inbox).first() if kind else None
    if channel is None:
        raise NotFound()
    return channel


def _audit(access: Asker, inbox: Inbox, action: str, changes: dict[str, Any]) -> None:
    record_audit(
        actor=access.actor, account_id=access.account_id, action=action, subject=inbox, changes=changes
    )
