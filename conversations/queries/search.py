"""Search over all time. The database's own functions find ids (docs/adr/0009); everything that is shown of them is
read here, under the row-level policies like any other read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import AgentBot, Membership
from config.prepared import prepared_cursor
from config.rendering import without_nul
from conversations.models import Contact
from conversations.queries import rows
from conversations.queries.messages import messages_by_id
from conversations.search_terms import Question
from conversations.shapes import Row
from inboxes.queries import Access, visible_inboxes

PAGE = 25
MOST = 1000  # ids that paging by number may leave behind
OF_ONE_CONTACT = 10  # conversations
_PEOPLE = 50  # that a name may mean
MOST_PEOPLE = 50  # contacts whose conversations are looked for


@dataclass(frozen=True)
class Asked:
    """A question with its names looked up. `senders`: "u7" a user, "c7" a contact, "b7" a bot; None: anybody.
    `since` and `until` to the second, beside the days of the question."""

    question: Question
    senders: list[str] | None = None
    inbox_ids: list[int] | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    hints: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether something other than words says which messages are meant."""
        given = (self.senders, self.inbox_ids, self.since, self.until)
        return self.question.is_about_messages or any(one is not None for one in given)


@dataclass(frozen=True)
class Hits:
    """Messages (PUSH_MESSAGE, newest first) and their conversations (REST, by number). `older` is the id below
    which the next page begins; `is_cut`: it took too long, and nobody knows yet whether there are more."""

    messages: list[Row] = field(default_factory=list)
    conversations: dict[int, Row] = field(default_factory=dict)
    older: int | None = None
    is_cut: bool = False


_MESSAGES = """
SELECT hits, reached FROM conversations_search_messages(%s, %s::bigint[], %s, %s::bigint[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz, %s::timestamptz, %s::bigint, %s)
"""
_CONTACTS = (
    "SELECT hits FROM conversations_search_contacts(%s, %s::bigint[], %s, %s::bigint[], %s::text[], %s)"
)


def look_up_names(*, access: Access, question: Question) -> Asked:
    """Who `from:` and where `in:` mean. A name that nobody has finds nothing, and a hint says so."""
    hints: list[str] = []
    senders: list[str] | None = None
    for name in question.senders:
        found = _senders(access, name)
        senders = (senders or []) + found
        if not found:
            hints.append(_("Nobody here is called “%(name)s”.") % {"name": name})
    inbox_ids: list[int] | None = None
    for name in question.inboxes:
        places = visible_inboxes(access).filter(name__icontains=without_nul(name))
        ids = list(places.values_list("pk", flat=True))
        inbox_ids = (inbox_ids or []) + ids
        if not ids:
            hints.append(_("None of your inboxes is called “%(name)s”.") % {"name": name})
    return Asked(question, senders, inbox_ids, hints=(*question.hints, *hints))


def _senders(access: Access, name: str) -> list[str]:
    """Colleagues and bots by a part of their name or address; contacts as search finds them."""
    if name.lower() == "me":
        return [f"u{access.user_id}"]
    members = Membership.objects.for_account(access.account_id).filter(
        Q(user__name__icontains=name)
        | Q(user__display_name__icontains=name)
        | Q(user__email__istartswith=name)
    )
    bots = AgentBot.objects.for_account(access.account_id).filter(name__icontains=name)
    return [
        *(f"u{pk}" for pk in members.values_list("user_id", flat=True)[:_PEOPLE]),
        *(f"b{pk}" for pk in bots.values_list("pk", flat=True)[:_PEOPLE]),
        *(f"c{pk}" for pk in contact_ids(access=access, names=(name,), most=_PEOPLE)),
    ]


def message_ids(
    *, access: Access, asked: Asked, below: int | None = None, most: int = PAGE
) -> tuple[list[int], int | None]:
    """At most `most` ids below an id, newest first; and the id at which it gave up for time, or None."""
    question = asked.question
    if not (asked.is_narrow or question.words or question.phrases):
        return [], None
    since = max(_given(asked.since, question.after), default=None)
    until = min(_given(asked.until, question.before), default=None)
    params = [
        *_viewer(access), list(question.words), list(question.phrases), list(question.without), asked.senders,
        asked.inbox_ids, list(question.has), since, until, below, most,
    ]  # fmt: skip
    with prepared_cursor() as cursor:
        cursor.execute(_MESSAGES, params)
        hits, reached = cursor.fetchone()
    return hits, reached


def find_messages(*, access: Access, asked: Asked, below: int | None = None, most: int = PAGE) -> Hits:
    ids, reached = message_ids(access=access, asked=asked, below=below, most=most + 1)
    messages = messages_in_order(access=access, ids=ids[:most])
    talks = conversations_by_number(access=access, numbers=[one["conversation_id"] for one in messages])
    older = ids[most - 1] if len(ids) > most else reached
    return Hits(messages, talks, older, is_cut=reached is not None and len(ids) <= most)


def messages_in_order(*, access: Access, ids: list[int]) -> list[Row]:
    """PUSH_MESSAGE in the order of `ids`."""
    found = messages_by_id(account_id=access.account_id, ids=ids)
    return [found[one] for one in ids if one in found]


def contact_ids(*, access: Access, names: tuple[str, ...], most: int = PAGE) -> list[int]:
    """Those whose name, address, number, identifier or company has every word, at the beginning of a word first."""
    if not names:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(_CONTACTS, [*_viewer(access), [without_nul(one) for one in names], most])
        hits: list[int] = cursor.fetchone()[0]
    return hits


def contacts_by_id(*, access: Access, ids: list[int]) -> list[Contact]:
    """In the order of `ids`."""
    found = Contact.objects.for_account(access.account_id).in_bulk(ids)
    return [found[one] for one in ids if one in found]


_BY_NUMBER = (
    "(SELECT id, 1 AS place FROM conversations_conversation "
    "WHERE account_id = %s AND display_id = ANY(%s::bigint[])) AS page"
)


def conversations_by_number(*, access: Access, numbers: list[int]) -> dict[int, Row]:
    """REST shapes without their messages, by number. The caller has made sure that they may be seen."""
    if not numbers:
        return {}
    params = [access.account_id, sorted(set(numbers))]
    found = rows.raw_rows(account_id=access.account_id, source=_BY_NUMBER, params=params)
    return {row["display_id"]: _with_place(row, access=access, messages={}) for row in found}


# The newest few of each contact, so that one of many thousand conversations does not cost them all.
_OF_CONTACTS = """(
    SELECT id, row_number() OVER (ORDER BY bool_or(is_it) DESC, max(last_activity_at) DESC, id DESC) AS place FROM (
        SELECT c.id, c.last_activity_at, false AS is_it FROM unnest(%s::bigint[]) AS contact(id)
        CROSS JOIN LATERAL (
            SELECT * FROM conversations_conversation AS c WHERE c.account_id = %s AND c.contact_id = contact.id
              AND (%s OR c.inbox_id = ANY(%s::bigint[]) OR c.assignee_id = %s OR c.team_id = ANY(%s::bigint[]))
            ORDER BY c.id DESC LIMIT %s) AS c
        UNION ALL
        SELECT c.id, c.last_activity_at, true FROM conversations_conversation AS c
        WHERE c.account_id = %s AND c.display_id = %s
          AND (%s OR c.inbox_id = ANY(%s::bigint[]) OR c.assignee_id = %s OR c.team_id = ANY(%s::bigint[]))
    ) AS hit GROUP BY id ORDER BY place LIMIT %s OFFSET %s
) AS page"""


def find_conversations(
    *, access: Access, number: int | None, contacts: list[int], most: int = PAGE, skip: int = 0
) -> list[Row]:
    """That with the number, then those with these contacts, last active first: REST shapes, for what is to be seen."""
    seen = _visible(access)
    params = [
        contacts, access.account_id, *seen, OF_ONE_CONTACT, access.account_id, number or 0, *seen, most, skip
    ]  # fmt: skip
    found, lines = rows.rows_and_lines(account_id=access.account_id, source=_OF_CONTACTS, params=params)
    return [_with_place(row, access=access, messages=lines) for row in found]


def _with_place(row: Row, *, access: Access, messages: dict[int, Row]) -> Row:
    shape = rows.rest_shape(row, account_id=access.account_id, messages=messages)
    return {**shape, "_inbox_name": row["inbox_name"]}


def _viewer(access: Access) -> list[Any]:
    inbox_ids = None if access.is_administrator else list(access.inbox_ids)
    return [access.account_id, inbox_ids, access.membership_id, list(access.team_ids)]


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def _given(moment: datetime.datetime | None, day: datetime.date | None) -> list[datetime.datetime]:
    return [*([moment] if moment else []), *([_midnight(day)] if day else [])]


_NEWEST = """
SELECT contact.id, c.display_id, c.last_activity_at FROM unnest(%s::bigint[]) AS contact(id)
CROSS JOIN LATERAL (
    SELECT * FROM conversations_conversation AS c WHERE c.account_id = %s AND c.contact_id = contact.id
      AND (%s OR c.inbox_id = ANY(%s::bigint[]) OR c.assignee_id = %s OR c.team_id = ANY(%s::bigint[]))
    ORDER BY c.id DESC LIMIT 1) AS c
"""


def newest_conversations(*, access: Access, contacts: list[int]) -> dict[int, Row]:
    """{contact id: {id (the number), last_activity_at}} of each contact's newest conversation that may be seen."""
    if not contacts:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_NEWEST, [contacts, access.account_id, *_visible(access)])
        return {pk: {"id": number, "last_activity_at": at} for pk, number, at in cursor.fetchall()}


def _visible(access: Access) -> list[Any]:
    return [access.is_administrator, list(access.inbox_ids), access.membership_id, list(access.team_ids)]
