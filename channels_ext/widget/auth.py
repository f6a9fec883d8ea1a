"""Who a visitor is: a website token names the inbox, a signed visitor token names the session in it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from urllib.parse import urlsplit

import jwt
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from channels_ext.models import WebWidget
from config.database import platform_scope
from config.problems import Forbidden, NotFound
from conversations.models import ContactInbox

ALGORITHM = "HS256"


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
        widget = (
            WebWidget.objects.select_related("inbox", "account")
            .filter(website_token=website_token[:64], account__status=Account.Status.ACTIVE)
            .first()
        )
    if widget is None:
        raise NotFound(_("There is no such website inbox."), code="unknown_website_token")
    return widget


def issue_visitor_token(session: ContactInbox) -> str:
    now = timezone.now()
    claims = {
        "source_id": session.source_id,
        "inbox_id": session.inbox_id,
        "iat": int(now.timestamp()),
        "exp": int((now + datetime.timedelta(days=settings.VISITOR_TOKEN_DAYS)).timestamp()),
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


def session_of(*, widget: WebWidget, token: str) -> ContactInbox | None:
    """The session that the token opens in this inbox; None if it is forged, expired or of another inbox. Call
    within the account's scope."""
    try:
        claims = jwt.decode(token, settings.SECRET_KEY, algorithms=[ALGORITHM], options={"require": ["exp"]})
    except jwt.InvalidTokenError:
        return None
    if claims.get("inbox_id") != widget.inbox_id or not isinstance(claims.get("source_id"), str):
        return None
    return (
        ContactInbox.objects.for_account(widget.account_id)
        .select_related("contact")
        .filter(inbox_id=widget.inbox_id, source_id=claims["source_id"])
        .first()
    )


def check_origin(widget: WebWidget, origin: str) -> None:
    """A page of another site may not call in for an inbox that lists its sites. Our own frame always may.
    Raises Forbidden. Exact hosts, or a listed `*.` for their subdomains; never a part of a name."""
    allowed = allowed_hosts(widget)
    if not allowed or not origin or origin == settings.PUBLIC_URL:
        return
    if not any(_matches(origin, one) for one in allowed):
        raise Forbidden(_("This site may not use this widget."), code="wrong_origin")


def allowed_hosts(widget: WebWidget) -> list[str]:
    return [one.strip().lower() for one in widget.allowed_domains.split(",") if one.strip()]


def _matches(origin: str, allowed: str) -> bool:
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    wanted = urlsplit(allowed if "://" in allowed else f"//{allowed}")
    if wanted.scheme and wanted.scheme != parts.scheme:
        return False
    if wanted.port is not None and wanted.port != port:
        return False
    name = wanted.hostname or ""
    if name.startswith("*."):
        return host.endswith(name[1:])
    return host == name


def frame_ancestors(widget: WebWidget) -> list[str]:
    """For the frame's Content-Security-Policy: the listed sites, or any site if none is listed."""
    return ["'self'", *allowed_hosts(widget)] if allowed_hosts(widget) else ["*"]


def read_visitor_token(website_token: str, token: str) -> ContactInbox:
    """The session behind both tokens, for sockets. Raises NotFound."""
    widget = find_widget(website_token)
    with platform_scope("a socket is let in before its account's scope exists"):
        session = session_of(widget=widget, token=token)
    if session is None:
        raise NotFound(_("This visit is not known any more."), code="unknown_visitor")
    return session
