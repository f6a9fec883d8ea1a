"""Contacts in and out by the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config.database import account_scope
from config.events import StoredEvent
from conversations.handlers.transfers import run_import, send_export
from conversations.models import Contact, DataImport
from conversations.spreadsheets import harmless_cell
from tests import factories
from tests.factories import Cast

CSV = (
    "Name,email,phone_number,identifier,company,city,plan\n"
    "Ann,ann@home.test,4915112345,a-1,Acme,Rome,gold\n"
    "Ben,ben@home.test,,,,,\n"
    ",,,,,,\n"
    "Cid,not an address,,,,,\n"
    "=cmd|' /C calc'!A0,dan@home.test,0151,,,,\n"
)


def upload(client: Any, content: bytes, name: str = "contacts.csv") -> Any:
    return client.post(client.base + "/contacts/import", {"import_file": SimpleUploadedFile(name, content)})


def handle(cast: Cast, outbox: Any, name: str, handler: Callable[[StoredEvent], None]) -> None:
    for number, (known, payload) in enumerate(outbox()):
        if known == name:
            event = StoredEvent(number, number, cast.account.pk, name, 1, payload, timezone.now())
            with account_scope(cast.account.pk):
                handler(event)


def test_a_file_is_read_row_by_row_and_failures_are_mailed(cast: Cast, api: Any, outbox: Any) -> None:
    known = factories.make_session(cast.inbox, "Benjamin", email="ben@home.test", identifier="b-1").contact
    answer = upload(api(cast.alice), CSV.encode("utf-8-sig"))
    assert (answer.status_code, answer.content) == (200, b"")

    for _time in range(2):  # a second run does nothing
        handle(cast, outbox, "contacts.import_requested", run_import)

    with account_scope(cast.account.pk):
        ann = Contact.objects.get(email="ann@home.test")
        assert (ann.name, ann.phone_number, ann.identifier) == ("Ann", "+4915112345", "a-1")
        assert ann.additional_attributes == {"company": "Acme", "city": "Rome"}
        assert ann.custom_attributes == {"company": "Acme", "city": "Rome", "plan": "gold"}
        known.refresh_from_db()
        assert (known.name, known.identifier) == ("Ben", "b-1")
        stored = DataImport.objects.get()
    assert (stored.state, stored.total_records, stored.processed_records, stored.content) == (2, 4, 2, "")
    (sent,) = mail.outbox
    assert sent.to == [cast.alice.user.email]
    ((name, failures, kind),) = sent.attachments
    assert (name, kind) == ("failed_contacts.csv", "text/csv")
    assert "Cid,not an address,,,,,,Email is invalid" in failures
    assert "'=cmd|' /C calc'!A0,dan@home.test" in failures


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"name,email\n", b"\n", b'name\n"unfinished', b"name\n" + b"x\n" * 20_001]
)
def test_what_is_no_table_is_refused(cast: Cast, api: Any, content: bytes, stored: Callable[[], Any]) -> None:
    alice, bob = api(cast.alice), api(cast.bob)
    before = stored()
    assert upload(alice, content).status_code == 422
    assert upload(bob, CSV.encode()).status_code == 401
    assert alice.send("/contacts/import", {"import_file": "x"}).status_code == 422
    assert stored() == before


def test_an_export_is_a_link_for_a_day(cast: Cast, api: Any, client: Any, outbox: Any, settings: Any) -> None:
    factories.make_session(cast.inbox, "=1+1", email="ann@home.test", phone_number="+4915112345")
    factories.make_session(cast.inbox, "Ben", email="ben@home.test")
    rows = [{"attribute_key": "email", "filter_operator": "contains", "values": ["ann"]}]
    body = {"column_names": ["name", "email", "phone_number"], "payload": rows}
    assert api(cast.alice).send("/contacts/export", body).content == b""
    handle(cast, outbox, "contacts.export_requested", send_export)

    (sent,) = mail.outbox
    path = "/exports/" + sent.body.split("/exports/")[1].strip()
    answer = client.get(path)
    assert b"".join(answer.streaming_content).decode() == (
        "name,email,phone_number\r\n'=1+1,ann@home.test,+4915112345\r\n"
    )
    assert answer["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert client.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
    settings.FILES_GRACE_HOURS = -1
    assert client.get(path).status_code == 404


def test_an_export_is_refused_by_name(cast: Cast, api: Any, stored: Callable[[], Any]) -> None:
    alice, bob = api(cast.alice), api(cast.bob)
    before = stored()
    assert bob.send("/contacts/export").status_code == 401
    for body in (
        {"column_names": ["password"]},
        {"column_names": "name"},
        {"payload": [{"attribute_key": "password", "filter_operator": "equal_to", "values": ["x"]}]},
        {"payload": "x"},
    ):
        assert alice.send("/contacts/export", body).status_code == 422, body
    assert stored() == before


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1", "'=1"),
        ("+49 151", "+49 151"),
        ("-1.5", "-1.5"),
        ("@x", "'@x"),
        ("-x", "'-x"),
        (None, ""),
        (7, "7"),
    ],
)
def test_no_cell_is_taken_for_a_formula(value: Any, shown: str) -> None:
    assert harmless_cell(value) == shown
