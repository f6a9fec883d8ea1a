"""Who a visitor is: a website token names the inbox, a signed visitor token names the session in it."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from channels_ext.models import WebWidget
from channels_ext.visitor_api import may_exist
from channels_ext.widget import sites
from config.database import platform_scope
from config.prepared import prepared_cursor, prepared_first
from config.problems import NotFound
from conversations.actions.locking import Locked, lock_latest_through
from conversations.models import Contact, ContactInbox

ALGORITHM = "HS256"
MOST_KEPT = 10_000  # tokens, in memory


@dataclass(frozen=True)
class Visit:
    """A visitor at the door: the widget, and their session if they have one."""

    widget: WebWidget
    session: ContactInbox | None

    @property
    def account_id(self) -> int:
        return self.widget.account_id


def find_widget(website_token: str) -> WebWidget:
    """With inbox and account. Raises NotFound for an unknown token and for a suspended account alike."""
    with platform_scope("a website token names an inbox whose account is not known yet"):
        widget = _active(website_token) if may_exist(website_token) else None
    return _existing(widget)


_accounts: dict[str, int] = {}


def account_of(website_token: str) -> int:
    """Raises NotFound. Kept for good, because a token never changes hands; whether it is still valid, `widget_in`
    says within the account."""
    account_id = _accounts.get(website_token)
    if account_id is None:
        if len(_accounts) >= MOST_KEPT:
            _accounts.clear()
        account_id = _accounts[website_token] = find_widget(website_token).account_id
    return account_id


def widget_in(*, account_id: int, website_token: str) -> WebWidget:
    """The same as find_widget, within the account's scope."""
    return _existing(_active(website_token, also="AND it.account_id = %s", params=[account_id]))


def _active(website_token: str, *, also: str = "", params: Sequence[int] = ()) -> WebWidget | None:
    return prepared_first(
        WebWidget,
        related=("inbox", "account"),
        without=("hmac_token",),
        where=f"it.website_token = %s AND account.status = %s {also}",
        params=[website_token[:64], int(Account.Status.ACTIVE), *params],
    )


def _existing(widget: WebWidget | None) -> WebWidget:
    if widget is None:
        raise _unknown()
    return widget


def _unknown() -> NotFound:
    return NotFound(_("There is no such website inbox."), code="unknown_website_token")


def issue_visitor_token(session: ContactInbox) -> str:
    now = timezone.now()
    claims = {
        "source_id": session.source_id,
        "inbox_id": session.inbox_id,
        "iat": int(now.timestamp()),
        "exp": int((now + datetime.timedelta(days=settings.VISITOR_TOKEN_DAYS)).timestamp()),
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


@dataclass(frozen=True)
class Pass:
    """What a visitor's token says: the session with this source id in this inbox."""

    inbox_id: int
    source_id: str


def pass_of(token: str) -> Pass | None:
    """None if the token is forged or expired. Reads nothing from the database."""
    try:
        claims = _signed(token, settings.SECRET_KEY)
    except jwt.InvalidTokenError:
        return None
    inbox_id, source_id = claims.get("inbox_id"), claims.get("source_id")
    if claims["exp"] <= time.time() or not isinstance(inbox_id, int) or not isinstance(source_id, str):
        return None
    return Pass(inbox_id, source_id)


def session_of(*, widget: WebWidget, token: str) -> ContactInbox | None:
    """The session that the token opens in this inbox; None if it is forged, expired or of another inbox. Call
    within the account's scope."""
    shown = pass_of(token)
    if shown is None or shown.inbox_id != widget.inbox_id:
        return None
    return prepared_first(
        ContactInbox,
        related=("contact",),
        where="it.account_id = %s AND it.inbox_id = %s AND it.source_id = %s",
        params=[widget.account_id, widget.inbox_id, shown.source_id],
    )


_LOCKED_DOOR = """
JOIN channels_ext_webwidget AS widget ON widget.account_id = session.account_id AND widget.inbox_id = session.inbox_id
JOIN accounts_account AS account ON account.id = widget.account_id
"""
_LOCKED_WHERE = """
session.account_id = %s AND session.inbox_id = %s AND session.source_id = %s AND widget.website_token = %s
AND account.status = %s
"""


def lock_at_the_door(
    *, account_id: int, website_token: str, origin: str, shown: Pass
) -> tuple[ContactInbox, Locked] | None:
    """session_at_the_door and the visitor's newest conversation, locked, in one statement: nearly every message is
    not a visitor's first. None when anything of it is missing: session_at_the_door says what."""
    locked, allowed_domains = lock_latest_through(
        door=_LOCKED_DOOR,
        where=_LOCKED_WHERE,
        column="widget.allowed_domains",
        params=[account_id, shown.inbox_id, shown.source_id, website_token[:64], int(Account.Status.ACTIVE)],
    )
    if locked is None:
        return None
    sites.check(typed=str(allowed_domains), origin=origin)
    contact = locked.contact
    session = ContactInbox.from_db(
        DEFAULT_DB_ALIAS,
        ("id", "account_id", "contact_id", "inbox_id", "source_id"),
        (locked.contact_inbox_id, account_id, locked.contact_id, locked.inbox_id, shown.source_id),
    )
    session.contact = Contact.from_db(
        DEFAULT_DB_ALIAS, _OF_CONTACT, (contact["id"], account_id, contact["name"], contact["blocked"])
    )
    return session, locked


# The door of the busiest request there is: only what writing a message asks for, in one statement.
_DOOR = """
SELECT widget.allowed_domains, session.id, session.account_id, session.contact_id, session.inbox_id,
       session.source_id, session.hmac_verified, contact.id, contact.account_id, contact.name, contact.blocked
FROM channels_ext_webwidget AS widget
JOIN accounts_account AS account ON account.id = widget.account_id
LEFT JOIN conversations_contactinbox AS session ON session.account_id = widget.account_id
  AND session.inbox_id = widget.inbox_id AND session.inbox_id = %s AND session.source_id = %s
LEFT JOIN conversations_contact AS contact
  ON contact.account_id = session.account_id AND contact.id = session.contact_id
WHERE widget.account_id = %s AND widget.website_token = %s AND account.status = %s
"""
# In the order of the models' fields: from_db goes by it, whatever is asked for.
_OF_SESSION = ("id", "account_id", "contact_id", "inbox_id", "source_id", "hmac_verified")
_OF_CONTACT = ("id", "account_id", "name", "blocked")


def session_at_the_door(
    *, account_id: int, website_token: str, origin: str, shown: Pass | None
) -> ContactInbox | None:
    """widget_in, check_origin and session_of in one, within the account's scope. The session and its contact
    hold only what `receive_message` needs; the rest is read when asked for."""
    who = shown or Pass(0, "")
    active = int(Account.Status.ACTIVE)
    with prepared_cursor() as cursor:
        cursor.execute(_DOOR, [who.inbox_id, who.source_id, account_id, website_token[:64], active])
        row = cursor.fetchone()
    if row is None:
        raise _unknown()
    sites.check(typed=row[0], origin=origin)
    if shown is None or row[1] is None:
        return None
    session = ContactInbox.from_db(DEFAULT_DB_ALIAS, _OF_SESSION, row[1:7])
    session.contact = Contact.from_db(DEFAULT_DB_ALIAS, _OF_CONTACT, row[7:])
    return session


@lru_cache(maxsize=MOST_KEPT)
def _signed(token: str, key: str) -> dict[str, Any]:
    """What a token says, whether expired or not. Kept: a visitor's token comes with each of their requests."""
    options: Any = {"require": ["exp"], "verify_exp": False}
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], options=options)
    if not isinstance(claims["exp"], int):
        raise jwt.DecodeError("exp is not a number")
    return claims


def hmac_key(widget: WebWidget) -> str:
    """Fetched apart: it is the only secret of a widget, and hardly a request needs it."""
    return str(
        WebWidget.objects.for_account(widget.account_id)
        .values_list("hmac_token", flat=True)
        .get(pk=widget.pk)
    )


def check_origin(widget: WebWidget, origin: str) -> None:
    """Raises Forbidden for a page of a site that the inbox does not list."""
    sites.check(typed=widget.allowed_domains, origin=origin)
