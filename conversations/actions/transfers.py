"""Contacts in and out by the file: asked for here, done by a worker (conversations.handlers.transfers)."""

from __future__ import annotations

import csv
from typing import Any

from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actors import Actor
from accounts.permissions import require
from config.events import publish
from config.problems import Invalid, TooLarge
from config.rendering import without_nul
from conversations.events import ContactsExportRequested, ContactsImportRequested
from conversations.models import DataImport
from conversations.spreadsheets import read_rows
from inboxes.queries import Access

MOST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 20_000
COLUMNS = (
    "id", "name", "email", "phone_number", "identifier", "created_at", "last_activity_at", "blocked", "labels",
    "company_name", "city", "country",
)  # fmt: skip
USUAL = ("id", "name", "email", "phone_number", "identifier", "created_at")


def import_contacts(*, actor: Actor, access: Access, file_name: str, content: bytes) -> DataImport:
    """Keep the file and have it read. Administrators only. Raises TooLarge, and Invalid for what is no table."""
    require(access, "contact.import")
    if len(content) > MOST_BYTES:
        megabytes = MOST_BYTES // (1024 * 1024)
        raise TooLarge(
            _("The file is larger than %(limit)d MB. Nothing was imported.") % {"limit": megabytes}
        )
    try:
        text = without_nul(content.decode("utf-8-sig"))
        rows = read_rows(text)
    except (UnicodeDecodeError, csv.Error):
        raise _refused(_("The file is no CSV in UTF-8. Nothing was imported.")) from None
    if not rows:
        raise _refused(_("The file has no rows. Nothing was imported."))
    if len(rows) > MOST_ROWS:
        raise _refused(_("At most %(most)d rows at once. Nothing was imported.") % {"most": MOST_ROWS})
    stored = DataImport.objects.create(
        account_id=access.account_id,
        user_id=access.user_id,
        file_name=without_nul(file_name)[:255],
        content=text,
        total_records=len(rows),
    )
    record_audit(actor=actor, account_id=access.account_id, action="contacts.imported", subject=stored)
    publish(
        ContactsImportRequested(account_id=access.account_id, import_id=stored.pk, actor=actor.as_payload())
    )
    return stored


def _refused(text: str) -> Invalid:
    return Invalid(text, attributes=["import_file"])


def export_contacts(
    *, actor: Actor, access: Access, columns: list[str], rows: list[Any], label: str = ""
) -> None:
    """Have the contacts written and the link mailed to who asks. `rows` is a filter (contract 4.2) that was
    compiled before. Administrators only. Raises Invalid for an unknown column."""
    require(access, "contact.export")
    unknown = [one for one in columns if one not in COLUMNS]
    if unknown:
        text = _("column_names must be among %(allowed)s") % {"allowed": ", ".join(COLUMNS)}
        raise Invalid(text, attributes=["column_names"])
    publish(
        ContactsExportRequested(
            account_id=access.account_id,
            columns=columns or list(USUAL),
            rows=rows,
            label=label,
            actor=actor.as_payload(),
        )
    )
