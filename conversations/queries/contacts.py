"""Contacts as dictionaries (CONTACT of the contract, 3.3): lists, one by one, and what belongs to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _

from config.prepared import prepared_cursor
from config.problems import Invalid
from conversations import shapes
from conversations.models import Contact, ContactInbox
from conversations.queries.json_columns import decoded
from conversations.queries.sql import Sql, joined
from conversations.shapes import Row
from inboxes.models import Inbox
from inboxes.queries import Access, visible_inboxes

PAGE_SIZE, MOST_PAGES = 15, 10_000

# "Resolved": somebody who can be recognised again. Anonymous visitors are not listed.
RESOLVED = Sql("(c.email IS NOT NULL OR c.phone_number IS NOT NULL OR c.identifier IS NOT NULL)")

_SORTS = {
    "name": "lower(c.name)",
    "email": "c.email",
    "phone_number": "c.phone_number",
    "last_activity_at": "c.last_activity_at",
    "created_at": "c.created_at",
    "company": "lower(c.additional_attributes ->> 'company_name')",
    "city": "lower(c.additional_attributes ->> 'city')",
    "country": "lower(c.additional_attributes ->> 'country')",
}


@dataclass(frozen=True)
class ContactPage:
    """Which contacts. `sort` is a key of _SORTS, with a minus in front for the other way round. Raises Invalid
    on construction. `cursor` walks by creation, newest first, instead of by pages."""

    page: int = 1
    sort: str = ""
    labels: tuple[str, ...] = ()
    q: str = ""
    ids: tuple[int, ...] | None = None
    where: Sql = field(default=Sql("true"))
    include_contact_inboxes: bool = True
    anybody: bool = False  # also those who could not be recognised again
    cursor: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.page <= MOST_PAGES:
            text = _("page must be between 1 and %(most)d") % {"most": MOST_PAGES}
            raise Invalid(text, attributes=["page"])
        if self.sort and self.sort.removeprefix("-") not in _SORTS:
            text = _("sort must be one of %(allowed)s") % {"allowed": ", ".join(_SORTS)}
            raise Invalid(text, attributes=["sort"])

    @property
    def order(self) -> str:
        if self.cursor is not None:
            return "c.id DESC"
        if not self.sort:
            return "c.last_activity_at DESC NULLS LAST, c.id DESC"
        down = self.sort.startswith("-")
        column = _SORTS[self.sort.removeprefix("-")]
        return f"{column} {'DESC' if down else 'ASC'} NULLS LAST, c.id {'DESC' if down else 'ASC'}"


def _conditions(account_id: int, wanted: ContactPage) -> Sql:
    where = [Sql("c.account_id = %s", (account_id,)), wanted.where]
    if not wanted.anybody:
        where.append(RESOLVED)
    if wanted.labels:
        where.append(
            Sql(
                "c.id IN (SELECT contact_id FROM conversations_contactlabel WHERE account_id = %s AND title = ANY(%s))",
                (account_id, list(wanted.labels)),
            )
        )
    if wanted.ids is not None:
        where.append(Sql("c.id = ANY(%s)", (list(wanted.ids),)))
    if wanted.q:
        like = f"%{escaped(wanted.q)}%"
        where.append(
            Sql(
                "(c.name ILIKE %s OR c.email ILIKE %s OR c.phone_number ILIKE %s OR c.identifier LIKE %s "
                "OR c.additional_attributes ->> 'company_name' ILIKE %s)",
                (like,) * 5,
            )
        )
    return joined(where)


def escaped(text: str) -> str:
    """For LIKE: what is typed is meant literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_COLUMNS = (
    "id name email phone_number identifier additional_attributes custom_attributes blocked last_activity_at "
    "created_at contact_inboxes"
).split()

# As JSON, so that any number of sessions comes with the contact's own row.
_SESSIONS = """(
    SELECT json_agg(json_build_array(session.source_id, inbox.id, inbox.name, inbox.kind) ORDER BY session.id)
    FROM conversations_contactinbox AS session
    JOIN inboxes_inbox AS inbox ON inbox.account_id = session.account_id AND inbox.id = session.inbox_id
    WHERE session.account_id = c.account_id AND session.contact_id = c.id)"""

_SELECT = f"""
SELECT c.id, c.name, c.email, c.phone_number, c.identifier, c.additional_attributes, c.custom_attributes, c.blocked,
       c.last_activity_at, c.created_at, {{sessions}}
FROM (SELECT c.* FROM conversations_contact AS c WHERE {{where}} ORDER BY {{order}} LIMIT {PAGE_SIZE} OFFSET {{offset}})
  AS c ORDER BY {{order}}
"""


def list_contacts(*, account_id: int, wanted: ContactPage) -> list[Row]:
    """A page of CONTACT, in one statement."""
    where = _conditions(account_id, wanted)
    if wanted.cursor is not None:
        where = joined([where, Sql("c.id < %s", (wanted.cursor,))])
    sql = _SELECT.format(
        sessions=_SESSIONS if wanted.include_contact_inboxes else "NULL",
        where=where.text,
        order=wanted.order,
        offset=(wanted.page - 1) * PAGE_SIZE,
    )
    with connection.cursor() as cursor:  # not prepared: the plan depends on what is asked for
        return _fetch(cursor, sql, where.params, with_inboxes=wanted.include_contact_inboxes)


def count_contacts(*, account_id: int, wanted: ContactPage) -> int:
    where = _conditions(account_id, wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM conversations_contact AS c WHERE {where.text}", where.params)
        return int(cursor.fetchone()[0])


def find_contact(*, account_id: int, contact_id: int, include_contact_inboxes: bool = True) -> Row | None:
    """CONTACT, whether or not anybody could recognise them."""
    sql = _SELECT.format(
        sessions=_SESSIONS if include_contact_inboxes else "NULL",
        where="c.account_id = %s AND c.id = %s",
        order="c.id",
        offset=0,
    )
    with prepared_cursor() as cursor:
        found = _fetch(cursor, sql, (account_id, contact_id), with_inboxes=include_contact_inboxes)
    return found[0] if found else None


def _fetch(cursor: Any, sql: str, params: Any, *, with_inboxes: bool) -> list[Row]:
    cursor.execute(sql, params)
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return [_shape(row, with_inboxes=with_inboxes) for row in rows]


def _shape(row: Row, *, with_inboxes: bool) -> Row:
    for name in ("additional_attributes", "custom_attributes"):
        row[name] = decoded(row[name])
    shape = shapes.contact_rest(row)
    if with_inboxes:
        listing = decoded(row["contact_inboxes"]) or []
        shape["contact_inboxes"] = [
            {"source_id": source_id, "inbox": inbox_slim(inbox_id, name, kind)}
            for source_id, inbox_id, name, kind in listing
        ]
    return shape


def inbox_slim(inbox_id: int, name: str, kind: str) -> Row:
    """INBOX_SLIM. A channel's settings have the number of their inbox."""
    return {
        "id": inbox_id,
        "avatar_url": "",
        "channel_id": inbox_id,
        "name": name,
        "channel_type": shapes.CHANNELS.get(kind, kind),
        "provider": None,
    }


_BATCH = 1000


def every_contact(*, account_id: int, wanted: ContactPage) -> Iterator[Row]:
    """All that `wanted` names, whatever its page, by id: columns and what a table shows of them."""
    where, last = _conditions(account_id, wanted), 0
    while True:
        sql = _SELECT_BATCH.format(where=where.text)
        with connection.cursor() as cursor:
            cursor.execute(sql, [*where.params, last])
            rows = cursor.fetchall()
        for row in rows:
            known = dict(zip(_BATCH_COLUMNS, row, strict=True))
            known["labels"] = ", ".join(known["labels"])
            for name in ("created_at", "last_activity_at"):
                known[name] = shapes.iso(known[name])
            yield known
        if len(rows) < _BATCH:
            return
        last = rows[-1][0]


_BATCH_COLUMNS = (
    "id name email phone_number identifier created_at last_activity_at blocked labels company_name city country"
).split()
_SELECT_BATCH = f"""
SELECT c.id, c.name, c.email, c.phone_number, c.identifier, c.created_at, c.last_activity_at, c.blocked, c.labels,
       c.additional_attributes ->> 'company_name', c.additional_attributes ->> 'city',
       c.additional_attributes ->> 'country'
FROM conversations_contact AS c WHERE {{where}} AND c.id > %s ORDER BY c.id LIMIT {_BATCH}
"""


def contact_inbox_shape(session: ContactInbox) -> Row:
    """CONTACT_INBOX, of a session that was loaded with its inbox."""
    inbox = session.inbox
    return {"source_id": session.source_id, "inbox": inbox_slim(inbox.pk, inbox.name, inbox.kind)}


def contactable_inboxes(*, access: Access, contact: Contact) -> list[Row]:
    """Where somebody may write to them first: API inboxes (a new source id if they have none there), and websites
    on which they have a session and have not talked yet."""
    found = []
    sessions = ContactInbox.objects.for_account(access.account_id).filter(contact_id=contact.pk)
    known = list(sessions.annotate(talks=Count("conversations")).order_by("pk"))
    for inbox in visible_inboxes(access):
        own = [one for one in known if one.inbox_id == inbox.pk]
        if inbox.kind == "api":
            source_id = own[-1].source_id if own else str(uuid.uuid4())
        elif own and own[-1].talks == 0:
            source_id = own[-1].source_id
        else:
            continue
        found.append({"inbox": inbox_slim(inbox.pk, inbox.name, inbox.kind), "source_id": source_id})
    return found


def inbox_raw(inbox: Inbox) -> Row:
    """Every column, as the answer to a new contact has them."""
    fields = (
        field.attname for field in inbox._meta.concrete_fields if field.attname not in {"kind", "updated_at"}
    )
    row = {name: getattr(inbox, name) for name in fields}
    row["sender_name_type"] = ("friendly", "professional")[inbox.sender_name_type]
    row["created_at"], row["updated_at"] = shapes.iso(inbox.created_at), shapes.iso(inbox.updated_at)
    return {**row, "channel_id": inbox.pk, "channel_type": shapes.CHANNELS.get(inbox.kind, inbox.kind)}
