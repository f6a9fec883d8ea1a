"""Reading a file of contacts, and writing one."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account
from config import filestore
from config.events import StoredEvent
from config.problems import Problem
from conversations.actions.contact_edit import check_fields
from conversations.actions.contacts import cleaned
from conversations.exports import FOLDER, export_path
from conversations.handlers.mails import address_of_actor, mail_of
from conversations.merging import deep_merged
from conversations.models import Contact, DataImport
from conversations.queries.attribute_filters import compiled
from conversations.queries.contacts import ContactPage, every_contact
from conversations.queries.sql import Sql
from conversations.spreadsheets import read_rows, written

_KEYS = ("identifier", "email", "phone_number")
_FIELDS = {"name", *_KEYS}
_ADDITIONAL = {"company", "city"}


def run_import(event: StoredEvent) -> None:
    """Each row on its own: one that cannot be read keeps no other one out. A second run finds nothing to do."""
    imports = DataImport.objects.for_account(event.account_id).filter(pk=event.payload["import_id"])
    stored = imports.select_for_update().filter(state=DataImport.State.PENDING).first()
    if stored is None:
        return
    failed = [(row, reason) for row in read_rows(stored.content) if (reason := _enter(event.account_id, row))]
    stored.state = DataImport.State.COMPLETED
    stored.processed_records = stored.total_records - len(failed)
    stored.failed_records = _failures(failed)
    stored.content = ""  # what was read is contacts now; nobody needs it twice
    stored.save()
    _report_import(event, stored)


def _enter(account_id: int, row: dict[str, str]) -> str:
    """Why it could not be entered, or nothing."""
    row = {key.lower(): value for key, value in row.items()}
    phone = row.get("phone_number", "")
    if phone and not phone.startswith("+"):
        row["phone_number"] = f"+{phone}"
    try:
        clean = cleaned({name: row[name] for name in _FIELDS if row.get(name)})
        check_fields(clean)
        with transaction.atomic():
            _store(account_id, clean, row)
    except Problem as problem:
        return problem.message
    except IntegrityError:
        return _("Somebody else has this e-mail address, phone number or identifier.")
    return ""


def _store(account_id: int, clean: dict[str, Any], row: dict[str, str]) -> None:
    contact = _known(account_id, clean) or Contact(account_id=account_id)
    for name, value in clean.items():
        if value:
            setattr(contact, name, value)
    rest = {key: value for key, value in row.items() if key not in _FIELDS and value}
    additional = {key: value for key, value in rest.items() if key in _ADDITIONAL}
    contact.additional_attributes = deep_merged(contact.additional_attributes, additional)
    contact.custom_attributes = deep_merged(contact.custom_attributes, rest)
    if contact.email or contact.phone_number:
        contact.contact_type = max(contact.contact_type, Contact.Type.LEAD)
    contact.save()


def _known(account_id: int, clean: dict[str, Any]) -> Contact | None:
    contacts = Contact.objects.for_account(account_id).select_for_update()
    for key in _KEYS:
        found = contacts.filter(**{key: clean[key]}).first() if clean.get(key) else None
        if found:
            return found
    return None


def _failures(failed: list[tuple[dict[str, str], str]]) -> str:
    if not failed:
        return ""
    header = list(failed[0][0])
    return written([*header, "errors"], ([*(row.get(name) for name in header), why] for row, why in failed))


def _report_import(event: StoredEvent, stored: DataImport) -> None:
    to = address_of_actor(event)
    if to is None:
        return
    account = Account.objects.get(pk=event.account_id)
    with override(account.locale):
        values = {
            "done": stored.processed_records,
            "total": stored.total_records,
            "failed": stored.total_records - stored.processed_records,
            "account": account.name,
        }
        subject = _("Contacts imported into %(account)s: %(done)d of %(total)d") % values
        text = _("%(done)d of %(total)d contacts were imported, %(failed)d could not be read.") % values
    mail = mail_of(event, to=to, subject=subject, text=text)
    if stored.failed_records:
        mail.attach("failed_contacts.csv", stored.failed_records, "text/csv")
    mail.send()


def send_export(event: StoredEvent) -> None:
    """A file under a random name, and a link to it that is good until the file is swept."""
    to = address_of_actor(event)
    if to is None:
        return
    account = Account.objects.get(pk=event.account_id)
    columns = event.payload["columns"]
    content = written(columns, _rows(event, columns)).encode()
    stored = filestore.put(BytesIO(content), size=len(content), account_id=event.account_id, folder=FOLDER)
    with override(account.locale):
        subject = _("Contacts of %(account)s") % {"account": account.name}
        body = _("Your contacts are ready. The link works for %(hours)d hours:\n%(url)s") % {
            "hours": settings.FILES_GRACE_HOURS,
            "url": settings.PUBLIC_URL + export_path(stored.name),
        }
    mail_of(event, to=to, subject=subject, text=body).send()


def _rows(event: StoredEvent, columns: list[str]) -> Iterator[list[Any]]:
    rows, label = event.payload["rows"], event.payload["label"]
    where = compiled(account_id=event.account_id, rows=rows, model="contact") if rows else Sql("true")
    wanted = ContactPage(where=where, labels=(label,) if label else ())
    for contact in every_contact(account_id=event.account_id, wanted=wanted):
        yield [contact.get(name) for name in columns]
