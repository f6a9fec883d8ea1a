"""Coming in: who is at the door, and what they may hear from now on. Synchronous; runs in the realtime threads."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user

from accounts.models import Membership
from channels_ext.models import WebWidget
from channels_ext.realtime import rights
from channels_ext.realtime.rights import Agent, SessionStore, Verdict, Visitor
from channels_ext.realtime.sockets import FORBIDDEN, UNAUTHENTICATED, UNKNOWN_TOKEN
from channels_ext.widget.auth import check_origin, find_widget, session_of
from config.database import platform_scope
from config.problems import Forbidden, NotFound

WIDGET_SECONDS = 1.0
MOST_WIDGETS = 1000


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


def admit_by_session(*, session_key: str | None, account_id: int) -> tuple[Agent, Verdict]:
    """The agent of a dashboard. Raises Refused."""
    with platform_scope("realtime: the session's user may belong to several accounts"):
        user = _session_user(session_key)
        if user is None:
            raise Refused(UNAUTHENTICATED)
        agent = _agent(
            user_id=user.pk,
            account_id=account_id,
            proof=user.get_session_auth_hash(),
            session_key=session_key,
        )
        return _admitted(agent)


def admit_by_user_token(*, token: str, account_id: int, user_id: int) -> tuple[Agent, Verdict]:
    """An agent's API client on /cable: all three must belong together. Raises Refused."""
    with platform_scope("realtime: a pubsub token names its user in any account"):
        # Whether the token is this user's is for `judged` to say, as at every re-check.
        return _admitted(_agent(user_id=user_id, account_id=account_id, proof=token, session_key=None))


def admit_by_contact_token(*, token: str) -> tuple[Visitor, Verdict]:
    """A contact on /cable. Raises Refused."""
    with platform_scope("realtime: a session's token names its account"):
        session = next(rights.sessions_by(pubsub_token=token), None)
        if session is None:
            raise Refused(UNAUTHENTICATED)
        return _visitor(session)


def admit_by_visitor_token(*, website_token: str, token: str, origin: str) -> tuple[Visitor, Verdict]:
    """The visitor of a widget. `origin` is the opening page's, "" when it is our own. Raises Refused."""
    try:
        widget = _known_widget(website_token)
        check_origin(widget, origin)
    except NotFound:
        raise Refused(UNKNOWN_TOKEN) from None
    except Forbidden:
        raise Refused(FORBIDDEN) from None
    with platform_scope("realtime: a visitor's rights"):
        found = session_of(widget=widget, token=token)
        if found is None:
            raise Refused(UNAUTHENTICATED)
        return _visitor(
            rights.Session(
                id=found.pk,
                account_id=found.account_id,
                contact_id=found.contact_id,
                inbox_id=found.inbox_id,
                token=found.pubsub_token,
                verified=found.hmac_verified,
                blocked=found.contact.blocked,
                account_status=widget.account.status,
            )
        )


def _visitor(session: rights.Session) -> tuple[Visitor, Verdict]:
    verdict = rights.visitor_verdict(session, session.visitor, rights.siblings_of([session]))
    if verdict.code:
        raise Refused(verdict.code)
    return session.visitor, verdict


_widgets: dict[str, tuple[float, WebWidget]] = {}


def _known_widget(website_token: str) -> WebWidget:
    """Read once a second at most: after a restart all visitors of a site come at once. Raises NotFound."""
    now = time.monotonic()
    known = _widgets.get(website_token)
    if known is None or now - known[0] > WIDGET_SECONDS:
        if len(_widgets) >= MOST_WIDGETS:
            _widgets.clear()
        known = _widgets[website_token] = (now, find_widget(website_token))
    return known[1]


def _session_user(session_key: str | None) -> Any:
    if not session_key:
        return None
    # get_user compares the session's hash with the password's: a session from before its change is none.
    user = get_user(SimpleNamespace(session=SessionStore(session_key)))  # type: ignore[arg-type]
    return user if user.is_authenticated and user.is_active else None


def _agent(*, user_id: int, account_id: int, proof: str, session_key: str | None) -> Agent:
    membership = (
        Membership.objects.for_account(account_id)
        .select_related("user", "account")
        .filter(user_id=user_id)
        .first()
    )
    if membership is None:
        raise Refused(FORBIDDEN)
    return Agent(
        account_id=account_id,
        user_id=user_id,
        membership_id=membership.pk,
        name=membership.user.available_name,
        locale=membership.user.locale or membership.account.locale,
        proof=proof,
        session_key=session_key,
    )


def _admitted(owner: Any) -> tuple[Any, Verdict]:
    verdict = rights.judged([owner])[owner]
    if verdict.code:
        raise Refused(verdict.code)
    return owner, verdict
