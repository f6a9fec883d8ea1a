"""The account's labels. What carries one carries its title, so a new title is written there too, by a worker."""

from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.caching import touch_cache_key
from accounts.actions.limits import require_space
from accounts.permissions import Asker, require
from config.events import StoredEvent, publish
from config.problems import Invalid, NotFound
from conversations.events import LabelRenamed
from conversations.models import Label

_TITLE = re.compile(r"[^\W_][\w-]+")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
MOST_LABELS = 2000
_FIELDS = {"title", "description", "color", "show_on_sidebar"}


@transaction.atomic
def create_label(*, access: Asker, title: str, **values: Any) -> Label:
    """Description, color, show_on_sidebar. The title is stored in lower case. Raises Forbidden, Invalid."""
    require(access, "label.manage")
    require_space(Label.objects.for_account(access.account_id), most=MOST_LABELS)
    label = Label(account_id=access.account_id)
    _assign(access, label, {"title": title, **values}, "label.created")
    return label


@transaction.atomic
def update_label(*, access: Asker, label_id: int, **values: Any) -> Label:
    """Raises Forbidden, NotFound, Invalid."""
    require(access, "label.manage")
    label = _lock(access, label_id)
    before = label.title
    _assign(access, label, values, "label.updated")
    if label.title != before:
        publish(
            LabelRenamed(
                account_id=access.account_id, actor=access.actor.as_payload(), old=before, new=label.title
            )
        )
    return label


@transaction.atomic
def delete_label(*, access: Asker, label_id: int) -> None:
    """What carries it keeps the word. Raises Forbidden, NotFound."""
    require(access, "label.manage")
    label = _lock(access, label_id)
    _audit(access, label, "label.deleted", {"title": [label.title, None]})
    label.delete()


def _assign(access: Asker, label: Label, values: dict[str, Any], action: str) -> None:
    if values.keys() - _FIELDS:
        raise Invalid(_("These fields cannot be changed here."), attributes=sorted(values.keys() - _FIELDS))
    if "title" in values:
        values["title"] = _clean_title(values["title"])
    if "color" in values and not _COLOR.fullmatch(str(values["color"])):
        raise Invalid(_("Color must be written as #1f93ff."), attributes=["color"])
    changes = {field: [getattr(label, field), new] for field, new in values.items()}
    for field, new in values.items():
        setattr(label, field, new)
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError:
        raise Invalid(_("Title is in use already."), attributes=["title"], code="taken") from None
    changes = {field: pair for field, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        _audit(access, label, action, changes)


def _clean_title(title: Any) -> str:
    text = title.strip().lower() if isinstance(title, str) else ""
    if not _TITLE.fullmatch(text) or len(text) > 255:
        message = _("Title must begin with a letter or digit, and go on with letters, digits, _ and -.")
        raise Invalid(message, attributes=["title"])
    return text


def _lock(access: Asker, label_id: int) -> Label:
    labels = Label.objects.for_account(access.account_id).select_for_update(no_key=True)
    label = labels.filter(pk=label_id).first()
    if label is None:
        raise NotFound(_("There is no such label."))
    return label


def _audit(access: Asker, label: Label, action: str, changes: dict[str, Any]) -> None:
    touch_cache_key(account_id=access.account_id, kind="label")
    record_audit(
        actor=access.actor, account_id=access.account_id, action=action, subject=label, changes=changes
    )


# Where the new title is there already the old one goes; so it may run twice, and after another rename.
_TITLES = """ARRAY(SELECT title FROM (
    SELECT CASE WHEN one = %(old)s THEN %(new)s ELSE one END AS title, min(place) AS place
    FROM unnest(labels) WITH ORDINALITY AS at(one, place) GROUP BY 1) AS named ORDER BY place)"""
_RENAME = (
    f"""
    UPDATE conversations_conversation SET updated_at = now(), labels = {_TITLES}
    WHERE account_id = %(account)s AND id IN (
        SELECT conversation_id FROM conversations_conversationlabel
        WHERE account_id = %(account)s AND title = %(old)s)
    """,
    f"""
    UPDATE conversations_contact SET updated_at = now(), labels = {_TITLES}
    WHERE account_id = %(account)s AND id IN (
        SELECT contact_id FROM conversations_contactlabel
        WHERE account_id = %(account)s AND title = %(old)s)
    """,
    """
    INSERT INTO conversations_conversationlabel (account_id, conversation_id, title)
    SELECT account_id, conversation_id, %(new)s FROM conversations_conversationlabel
    WHERE account_id = %(account)s AND title = %(old)s ON CONFLICT DO NOTHING
    """,
    "DELETE FROM conversations_conversationlabel WHERE account_id = %(account)s AND title = %(old)s",
    """
    INSERT INTO conversations_contactlabel (account_id, contact_id, title)
    SELECT account_id, contact_id, %(new)s FROM conversations_contactlabel
    WHERE account_id = %(account)s AND title = %(old)s ON CONFLICT DO NOTHING
    """,
    "DELETE FROM conversations_contactlabel WHERE account_id = %(account)s AND title = %(old)s",
)


def rename_everywhere(event: StoredEvent) -> None:
    """Handler: the new title on all conversations and contacts that carry the old one."""
    values = {"account": event.account_id, "old": event.payload["old"], "new": event.payload["new"]}
    with connection.cursor() as cursor:
        for statement in _RENAME:
            cursor.execute(statement, values)
